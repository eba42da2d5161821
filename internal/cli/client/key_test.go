// This file owns the tests of where the API key comes from.

package client_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheKeyIsThatOfTheFlagElseThatOfTheEnvironment(t *testing.T) {
	t.Parallel()
	s := script(t, http.StatusOK, "application/json", "[]")
	file := write(t, "key", "from-file\n")
	for _, test := range []struct {
		flags []string
		env   map[string]string
		want  string
	}{
		{nil, nil, ""},
		{nil, map[string]string{"PYOCO_API_KEY": "from-env"}, "from-env"},
		{nil, map[string]string{"PYOCO_API_KEY_FILE": file}, "from-file"},
		{[]string{"--api-key", "from-flag"}, map[string]string{"PYOCO_API_KEY": "from-env"}, "from-flag"},
		{[]string{"--api-key", "from-flag"}, map[string]string{"PYOCO_API_KEY_FILE": "/nosuch/key"}, "from-flag"},
		{[]string{"--api-key", ""}, map[string]string{"PYOCO_API_KEY": "from-env"}, "from-env"},
	} {
		r := runIn(t.Context(), test.env, "", append([]string{"--server", s.URL, "list"}, test.flags...)...)
		require.Zero(t, r.code, r.errs)
		require.Equal(t, test.want, s.headers[len(s.headers)-1].Get("X-API-Key"), test)
	}
}

func TestAKeyThatCannotBeReadIsNotLeftOut(t *testing.T) {
	t.Parallel()
	s := script(t, http.StatusOK, "application/json", "[]")
	r := runIn(t.Context(), map[string]string{"PYOCO_API_KEY_FILE": "/nosuch/key"}, "", "--server", s.URL, "list")
	require.Equal(t, failed("ERR-PYOCO-0018", "bad command line",
		"PYOCO_API_KEY_FILE: the secret can't be used: stat /nosuch/key: no such file or directory",
		"a file with one line that this user may read: export PYOCO_API_KEY_FILE=~/.pyoco-key"), r)
	require.Empty(t, s.asked())
}

// This file owns the tests of nats-server's command line.

package natsd_test

import (
	"bytes"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/natsd"
)

func TestFlagsAreNATSOwn(t *testing.T) {
	t.Parallel()
	opts := parse(t, "-js", "-a", "127.0.0.1", "-p", "4222", "-m", "8222")
	assert.Equal(t, []any{true, "127.0.0.1", 4222, 8222}, []any{opts.JetStream, opts.Host, opts.Port, opts.HTTPPort})
	opts = parse(t, "--jetstream", "--addr=::1", "--port", "1", "--http_port=2", "--user", "u", "--pass", "p", "-DV")
	assert.Equal(t, []any{"::1", 1, 2, "u", "p", true, true},
		[]any{opts.Host, opts.Port, opts.HTTPPort, opts.Username, opts.Password, opts.Debug, opts.Trace})
	opts = parseFile(t, "port: 1\nhttp: 2", "-p", "3")
	assert.Equal(t, []int{3, 2}, []int{opts.Port, opts.HTTPPort}, "a flag wins over the file")
}

func TestQuestionsAreAnswered(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "nats.conf", "port: 1")
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"-v"}, []string{"nats-server: v" + server.VERSION + "\n"}},
		{[]string{"--version"}, []string{"nats-server: v" + server.VERSION + "\n"}},
		{[]string{"-t", "-c", file}, []string{"configuration file " + file + " is valid (sha256:"}},
		{[]string{"-h"}, []string{"  -a, --net, --addr <string>            Network host to listen on.\n", "  -js, --jetstream                      Enable JetStream.\n"}},
		{[]string{"--help_tls"}, []string{"  --tlsverify           Enable TLS with client verification.\n"}},
	} {
		var out bytes.Buffer
		opts, err := natsd.ParseFlags(test.args, &out)
		require.NoError(t, err, test.args)
		assert.Nil(t, opts, test.args)
		for _, want := range test.want {
			assert.Contains(t, out.String(), want, test.args)
		}
	}
}

func TestBadFlagsAreErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-nosuch"}, "flag provided but not defined: -nosuch"},
		{[]string{"-p", "x"}, `invalid value "x" for flag -p`},
		{[]string{"-js=false"}, "can't do without JetStream"},
		{[]string{"-t"}, "must specify [-c, --config] option"},
		{[]string{"-c", "nosuch.conf"}, "nosuch.conf"},
		{[]string{"-t", "-c", writeFile(t, "bad.conf", "port: x")}, "bad.conf:1:0"},
		{[]string{"word"}, "unrecognized command: \"word\""},
		{[]string{"-sl", "nosuch=1"}, `unknown signal "nosuch"`},
		{[]string{"-sl", "stop=x"}, "invalid pid: x"},
		{[]string{"--routes", "nats://127.0.0.1:1"}, "solicited routes require cluster capabilities"},
	} {
		var out bytes.Buffer
		opts, err := natsd.ParseFlags(test.args, &out)
		require.ErrorContains(t, err, test.want, test.args)
		assert.Nil(t, opts)
		assert.Empty(t, out.String())
	}
}

// This file owns the test of what counts as open to everybody; a server that is so doesn't run in tests.

package bootstrap

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/natsd"
)

func TestOpenToAll(t *testing.T) {
	t.Parallel()
	for args, open := range map[string]bool{
		"-p 4222": true, "-a 0.0.0.0": true, "-a 10.0.0.1": true, "-a ::": true, "-a example.org": true,
		"-a 127.0.0.1": false, "-a ::1": false, "-a localhost": false, "--user u --pass p": false, "--auth token": false,
	} {
		var out bytes.Buffer
		opts, err := natsd.ParseFlags(strings.Fields(args), &out)
		require.NoError(t, err)
		require.Equal(t, open, openToAll(opts), args)
	}
}

// This file owns the tests of the replicas command.

package replicas_test

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/replicas"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs the command under a root that has its one flag.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	p := cli.Process{Lookup: func(name string) (string, bool) {
		if name == "PYOCO_LOAD_DOTENV" {
			return "0", true
		}
		return "", false
	}}
	root := &cobra.Command{Use: "pyoco-server-admin", SilenceErrors: true, SilenceUsage: true}
	root.PersistentFlags().String("nats-url", "", "")
	root.AddCommand(replicas.Command(p))
	root.SetOut(&out)
	root.SetArgs(append([]string{"replicas"}, args...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestReplicasAreShownAndSet(t *testing.T) {
	t.Parallel()
	cluster := natstest.StartCluster(t, 3)
	nc := cluster.Connect(t, 0)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "PYOCO_WORK"})
	require.NoError(t, err)
	url := nc.ConnectedUrl()

	out, err := run(t, "--nats-url", url)
	require.NoError(t, err)
	require.Equal(t, `[{"stream": "PYOCO_WORK", "replicas": 1}]`+"\n", out)
	out, err = run(t, "--nats-url", url, "--set", "3")
	require.NoError(t, err)
	require.Equal(t, `[{"stream": "PYOCO_WORK", "replicas": 3}]`+"\n", out)
	_, err = run(t, "--nats-url", url, "--set", "0")
	require.ErrorIs(t, err, pyoco.ErrInvalid)
	_, err = run(t, "--nats-url", url, "extra")
	require.ErrorContains(t, err, `unknown command "extra"`)
}

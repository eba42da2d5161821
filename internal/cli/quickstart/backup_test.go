// This file owns the test of a backup as an operator makes it: everything is wiped, and every run and key is back.

package quickstart_test

import (
	"context"
	"encoding/json"
	"testing"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd"
)

const (
	keyedServer = "export PYOCO_HTTP_AUTH_MODE=api_key PYOCO_AUTH_PEPPER=salt\npyoco-server up --port 8000 --nats-url nats://127.0.0.1:4222"
	singleNode  = "nats-bootstrap up --client-port 4222 --http-port 8222"
)

func TestABackupBringsBackEveryRunAndKeyAfterAWipe(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	nats := s.start(singleNode)
	server := s.start(keyedServer)
	worker := s.start("pyoco-worker --nats-url nats://127.0.0.1:4222 --tags hello --worker-id w1")
	key, revoked := s.createKey("demo"), s.createKey("demo")
	s.run("pyoco-server-admin --nats-url nats://127.0.0.1:4222 api-key revoke --key-id " + revoked.ID)

	client := s.client(key.Text)
	var waiting []string
	for range 20 {
		s.completes(client, s.submit(client, "hello"))
		waiting = append(waiting, s.submit(client, "later"))
	}
	listed, err := client.List(t.Context(), pyoco.ListOptions{Limit: 200, Full: true})
	require.NoError(t, err)
	require.Len(t, listed.Items, 40)
	s.ends(worker, server)

	before := s.stored()
	require.Contains(t, before, "KV_pyoco_auth")
	require.Len(t, before["PYOCO_WORK"], 20)
	s.run("nats-bootstrap backup --all --output backup-1 --nats-url nats://127.0.0.1:4222")
	s.run("nats-bootstrap down --confirm")
	require.Zero(t, nats.Code(t))
	s.run("rm -r nats-bootstrap-data")

	nats = s.start(singleNode)
	require.Empty(t, s.stored())
	s.run("nats-bootstrap restore --input backup-1 --confirm --nats-url nats://127.0.0.1:4222")
	require.Equal(t, before, s.stored())

	server = s.start(keyedServer)
	again, err := client.List(t.Context(), pyoco.ListOptions{Limit: 200, Full: true})
	require.NoError(t, err)
	require.Equal(t, listed.Items, again.Items)
	_, err = s.client(revoked.Text).Get(t.Context(), waiting[0])
	var refused *pyoco.APIError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 403, refused.StatusCode, refused)
	worker = s.start("pyoco-worker --nats-url nats://127.0.0.1:4222 --tags later --worker-id w2")
	for _, run := range waiting {
		s.completes(client, run)
	}
	s.ends(worker, server, nats)
}

// createKey makes a key as the README says.
func (s *session) createKey(tenant string) (key struct {
	ID   string `json:"key_id"`
	Text string `json:"api_key"`
}) {
	s.t.Helper()
	line := s.run("PYOCO_AUTH_PEPPER=salt pyoco-server-admin --nats-url nats://127.0.0.1:4222 api-key create --tenant " + tenant)
	require.NoError(s.t, json.Unmarshal([]byte(line), &key))
	return key
}

func (s *session) client(key string) *pyoco.Client {
	s.t.Helper()
	client, err := pyoco.NewClient(s.own.Replace("http://127.0.0.1:8000"), pyoco.ClientConfig{APIKey: key})
	require.NoError(s.t, err)
	s.t.Cleanup(client.Close)
	return client
}

func (s *session) submit(client *pyoco.Client, tag string) string {
	s.t.Helper()
	run, err := client.Submit(s.t.Context(), pyoco.Submission{Flow: "main", Tag: tag, Params: map[string]any{"ts": 1, "name": tag}})
	require.NoError(s.t, err)
	return run.ID
}

func (s *session) completes(client *pyoco.Client, id string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), clitest.Patience)
	defer cancel()
	run, err := client.Wait(ctx, id)
	require.NoError(s.t, err)
	require.Equal(s.t, pyoco.StatusCompleted, run.Status, run.Error)
}

// stored is every record of every stream, but for what a server writes at its start.
func (s *session) stored() map[string][]natstest.Record {
	s.t.Helper()
	nc, err := natsgo.Connect(s.own.Replace("nats://127.0.0.1:4222"))
	require.NoError(s.t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(s.t, err)
	all := natstest.AllRecords(s.t, js)
	delete(all, natsd.ProbeStream)
	return all
}

// This file owns the tests of the client against a real gateway: its calls, and errors that can be told apart.

package pyoco_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func (r *gatewayRig) client(t testing.TB, server string) *pyoco.Client {
	t.Helper()
	client, err := pyoco.NewClient(server, pyoco.ClientConfig{})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func TestClientSubmitsReadsListsAndCancels(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	client := rig.client(t, rig.url+"/")
	ctx := t.Context()
	named, err := client.Submit(ctx, pyoco.Submission{Flow: "f", Tag: "x", Tags: []string{"l"}, Params: map[string]any{"n": 1, "html": "<&>"}})
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusPending, named.Status)
	require.Nil(t, named.BundleHash)
	const text = "version: 1\nflow: {graph: a, defaults: {n: 1, k: 2}}\ntasks: {a: {}, b: {}}\n"
	filed, err := client.Submit(ctx, pyoco.Submission{Flow: "g", Workflow: []byte(text), Params: map[string]int{"n": 5}})
	require.NoError(t, err)
	require.Len(t, filed.Warnings, 1)
	yaml, err := client.SubmitYAML(ctx, []byte(text), "h", "y")
	require.NoError(t, err)

	run, err := client.Get(ctx, named.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"f", "x", "l", `{"html":"<&>","n":1}`}, []string{run.Flow, run.Tag, run.Tags[0], string(run.Params)})
	run, err = client.Get(ctx, filed.ID)
	require.NoError(t, err)
	require.JSONEq(t, `{"n":5,"k":2}`, string(run.Params))
	require.Equal(t, "default", run.Tag)
	run, err = client.Get(ctx, yaml.ID)
	require.NoError(t, err)
	require.JSONEq(t, `{"n":1,"k":2}`, string(run.Params))
	require.Equal(t, "y", run.Tag)
	tasks, err := client.Tasks(ctx, yaml.ID)
	require.NoError(t, err)
	require.Equal(t, "h", tasks.Flow)
	require.Empty(t, tasks.Tasks)

	run, err = client.Cancel(ctx, named.ID)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCancelling, run.Status)
	page, err := client.List(ctx, pyoco.ListOptions{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []string{named.ID, yaml.ID}, []string{page.Items[0].ID, page.Items[1].ID})
	page, err = client.List(ctx, pyoco.ListOptions{Limit: 2, Cursor: page.NextCursor, Full: true})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.JSONEq(t, `{"n":5,"k":2}`, string(page.Items[0].Params))
	require.Empty(t, page.NextCursor)
	for name, o := range map[string]pyoco.ListOptions{
		"status": {Status: pyoco.StatusCancelling}, "flow": {Flow: "f"}, "tag": {Tag: "x"}, "after": {UpdatedAfter: run.UpdatedAt - 1e-6, Records: true},
	} {
		page, err = client.List(ctx, o)
		require.NoError(t, err, name)
		require.Len(t, page.Items, 1, name)
		require.Equal(t, named.ID, page.Items[0].ID, name)
	}
	page, err = client.List(ctx, pyoco.ListOptions{WorkflowSHA256: "none", ScheduleID: "none"})
	require.NoError(t, err)
	require.Empty(t, page.Items)

	rig.seenWorker(t, "w", "STOPPED_GRACEFUL", 0, `,"hidden":true`)
	require.Eventually(t, func() bool { return rig.workers(t, "scope=all&include_hidden=1") == "w" }, 5*time.Second, 5*time.Millisecond)
	workers, err := client.Workers(ctx, pyoco.WorkerListOptions{All: true, State: pyoco.WorkerStopped, IncludeHidden: true, Limit: 5})
	require.NoError(t, err)
	require.Len(t, workers, 1)
	require.Equal(t, "w", workers[0].ID)
	workers, err = client.Workers(ctx, pyoco.WorkerListOptions{})
	require.NoError(t, err)
	require.Empty(t, workers)
}

func TestClientErrorsCanBeToldApart(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	client := rig.client(t, rig.url)
	ctx := t.Context()
	var fault *pyoco.APIError

	for name, call := range map[string]func() error{
		"get":    func() error { _, err := client.Get(ctx, "none"); return err },
		"tasks":  func() error { _, err := client.Tasks(ctx, "a/../b"); return err },
		"cancel": func() error { _, err := client.Cancel(ctx, "a b?c#d"); return err },
		"wait":   func() error { _, err := client.Wait(ctx, "none"); return err },
		"no id":  func() error { _, err := client.Get(ctx, ""); return err },
	} {
		err := call()
		require.ErrorIs(t, err, pyoco.ErrNotFound, name)
		require.ErrorAs(t, err, &fault)
		require.Equal(t, 404, fault.StatusCode)
		require.NotEmpty(t, fault.RequestID)
		require.NotErrorIs(t, err, pyoco.ErrInvalid)
		require.NotErrorIs(t, err, pyoco.ErrUnavailable)
	}
	_, err := client.Submit(ctx, pyoco.Submission{Flow: "f", Tag: "a.b"})
	require.ErrorIs(t, err, pyoco.ErrInvalid)
	require.NotErrorIs(t, err, pyoco.ErrTooLarge)
	require.EqualError(t, err, `HTTP 422: tag: must match [A-Za-z0-9_-]+, got "a.b" (ERR-PYOCO-0002)`)
	_, err = client.List(ctx, pyoco.ListOptions{Cursor: "x"})
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "ERR-PYOCO-0017", fault.ErrID)
	_, err = client.SubmitYAML(ctx, []byte("#"+strings.Repeat("x", 262_144)), "f", "")
	require.ErrorIs(t, err, pyoco.ErrTooLarge)
	require.ErrorIs(t, err, pyoco.ErrInvalid)
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "ERR-PYOCO-0016", fault.ErrID)
	_, err = client.Submit(ctx, pyoco.Submission{Flow: "f", Params: []int{1}})
	require.ErrorIs(t, err, pyoco.ErrInvalid)

	rig.nats.Stop(t)
	_, err = client.Get(ctx, "none")
	require.ErrorIs(t, err, pyoco.ErrUnavailable)
	require.ErrorAs(t, err, &fault)
	require.Equal(t, 503, fault.StatusCode)
	require.Equal(t, "ERR-PYOCO-0003", fault.ErrID)
	rig.nats.Start(t)
}

func TestClientErrorsWithoutAGateway(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	client, err := pyoco.NewClient("http://"+l.Addr().String(), pyoco.ClientConfig{})
	require.NoError(t, err)
	_, err = client.Get(t.Context(), "r")
	require.ErrorIs(t, err, pyoco.ErrUnavailable)
	require.NotErrorIs(t, err, pyoco.ErrNotFound)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = client.Get(gone, "r")
	require.ErrorIs(t, err, context.Canceled)
	_, err = client.Wait(gone, "r")
	require.ErrorIs(t, err, context.Canceled)
	for _, server := range []string{"", "127.0.0.1:8000", "ftp://host", "http://", "http://a b"} {
		_, err := pyoco.NewClient(server, pyoco.ClientConfig{})
		require.ErrorIs(t, err, pyoco.ErrInvalid, server)
	}
}

func TestClientReadsAnswersOfOtherServers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		detail string
	}{
		"a Python gateway's list": {422, `{"detail":[{"loc":["body","flow_name"],"msg":"field required"}]}`, `[{"loc":["body","flow_name"],"msg":"field required"}]`},
		"a proxy's page":          {502, "<h1>Bad Gateway</h1>\n", "<h1>Bad Gateway</h1>"},
		"nothing":                 {504, "", "Gateway Timeout"},
		"a redirect":              {300, "", "Multiple Choices"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := make(chan http.Header, 1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				header <- r.Header
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			t.Cleanup(server.Close)
			client, err := pyoco.NewClient(server.URL, pyoco.ClientConfig{APIKey: "secret", APIKeyHeader: "X-Key"})
			require.NoError(t, err)
			t.Cleanup(client.Close)
			_, err = client.Get(t.Context(), "r")
			var fault *pyoco.APIError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, pyoco.APIError{StatusCode: c.status, Detail: c.detail}, *fault)
			require.Equal(t, "secret", (<-header).Get("X-Key"))
		})
	}
	t.Run("success that is no JSON", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }))
		t.Cleanup(server.Close)
		client, err := pyoco.NewClient(server.URL, pyoco.ClientConfig{})
		require.NoError(t, err)
		t.Cleanup(client.Close)
		_, err = client.Get(t.Context(), "r")
		require.ErrorContains(t, err, "the answer is not what this client knows")
	})
	t.Run("no answer in time", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		t.Cleanup(server.Close)
		client, err := pyoco.NewClient(server.URL, pyoco.ClientConfig{Timeout: 50 * time.Millisecond})
		require.NoError(t, err)
		t.Cleanup(client.Close)
		_, err = client.Get(t.Context(), "r")
		require.ErrorIs(t, err, pyoco.ErrUnavailable)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// This file owns the tests of answers as the gateway sent them.

package pyoco_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// answering is a client of a gateway that answers everything alike and then, if told so, keeps the connection open.
func answering(t *testing.T, answer string, open bool) *pyoco.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, answer)
		if open {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	c, err := pyoco.NewClient(server.URL, pyoco.ClientConfig{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func TestRawAnswersAreWhatTheGatewaySent(t *testing.T) {
	t.Parallel()
	const sent = `{"z": 1.0, "a":123456789012345678901234567890,"later":{"x":1e3}}`
	c := answering(t, sent+"\n", false)
	got, err := c.Raw(t.Context(), http.MethodGet, "/runs/r", url.Values{"include": {"records"}})
	require.NoError(t, err)
	require.Equal(t, sent, string(got))
	got, err = c.SubmitRaw(t.Context(), pyoco.Submission{Flow: "main"})
	require.NoError(t, err)
	require.Equal(t, sent, string(got))
	text, err := c.Metrics(t.Context())
	require.NoError(t, err)
	require.Equal(t, sent+"\n", text)
}

const rawStream = "event: snapshot\ndata: {\"ts\":1.0}\n\n: comment\n\nevent: heartbeat\ndata: {\"ts\": 2}\n\n"

func TestWatchRawEndsWithItsStream(t *testing.T) {
	t.Parallel()
	var got []string
	for event, err := range answering(t, rawStream, false).WatchRaw(t.Context(), "r", nil) {
		require.NoError(t, err)
		got = append(got, event.Name+" "+string(event.Data))
	}
	require.Equal(t, []string{`snapshot {"ts":1.0}`, `heartbeat {"ts": 2}`}, got)
}

func TestWatchRawEndsWithItsReaderOrItsContext(t *testing.T) {
	t.Parallel()
	c := answering(t, rawStream, true)
	for event, err := range c.WatchRaw(t.Context(), "r", nil) {
		require.NoError(t, err)
		require.Equal(t, "snapshot", event.Name)
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	var last error
	for event, err := range c.WatchRaw(ctx, "r", nil) {
		if last = err; event.Name == "heartbeat" {
			cancel()
		}
	}
	require.ErrorIs(t, last, context.Canceled)
	cancel()
}

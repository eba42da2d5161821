// This file owns the reading of event streams in tests.

package pyoco_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sseEvent is an event, or a comment, of which only the text is set.
type sseEvent struct {
	id, name, data string
	comment        bool
}

// eventStream is an open stream. Its events come over a channel that is closed when the stream ends.
type eventStream struct {
	status int
	header http.Header
	events chan sseEvent
	close  func()
}

// watch opens a stream. It ends with the test at the latest. header are pairs of name and value.
func (r *gatewayRig) watch(t testing.TB, path string, header ...string) *eventStream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := r.http.Do(request) //nolint:bodyclose // closed by the goroutine that reads it
	require.NoError(t, err)
	s := &eventStream{status: answer.StatusCode, header: answer.Header, events: make(chan sseEvent, 1000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(s.events)
		defer answer.Body.Close()
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, 1<<20)
		var e sseEvent
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ":")
			value = strings.TrimPrefix(value, " ")
			switch {
			case lines.Text() == "":
				if e != (sseEvent{}) {
					s.events <- e
				}
				e = sseEvent{}
			case field == "":
				e.comment, e.data = true, value
			case field == "id":
				e.id = value
			case field == "event":
				e.name = value
			case field == "data":
				e.data += value
			}
		}
	}()
	s.close = func() {
		cancel()
		<-done
	}
	t.Cleanup(s.close)
	return s
}

// next gives the next event that is no comment, or false at the end of the stream.
func (s *eventStream) next(t testing.TB) (sseEvent, bool) {
	t.Helper()
	limit := time.After(15 * time.Second)
	for {
		select {
		case e, ok := <-s.events:
			if ok && e.comment {
				continue
			}
			return e, ok
		case <-limit:
			require.FailNow(t, "no event within 15 s")
		}
	}
}

// snapshot gives the run of the next event, which must be a snapshot; a busy machine may take long enough for heartbeats.
func (s *eventStream) snapshot(t testing.TB) map[string]any {
	t.Helper()
	e, ok := s.next(t)
	for ok && e.name == "heartbeat" {
		e, ok = s.next(t)
	}
	require.True(t, ok, "the stream ended")
	require.Equal(t, "snapshot", e.name)
	var body struct {
		RunID    string         `json:"run_id"`
		Snapshot map[string]any `json:"snapshot"`
		TS       float64        `json:"ts"`
	}
	require.NoError(t, json.Unmarshal([]byte(e.data), &body))
	require.Equal(t, body.RunID, body.Snapshot["run_id"])
	require.InDelta(t, time.Now().Unix(), body.TS, 10)
	return body.Snapshot
}

// ended checks that the stream ends without another event.
func (s *eventStream) ended(t testing.TB) {
	t.Helper()
	e, ok := s.next(t)
	require.False(t, ok, "an event after the last: %+v", e)
}

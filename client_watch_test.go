// This file owns the tests of following a run with the client, over outages of the gateway.

package pyoco_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// servedAt serves the gateway at an address, ":0" for a free one, until stop is called.
func (r *gatewayRig) servedAt(t testing.TB, address string) (url string, stop func()) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	require.NoError(t, err)
	server := &http.Server{Handler: r.gw, ReadHeaderTimeout: time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	return l.Addr().String(), func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	}
}

func TestAClientsWatchComesBackAfterARestartOfTheGateway(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	address, stop := rig.servedAt(t, "127.0.0.1:0")
	client := rig.client(t, "http://"+address)
	rig.putState(t, "r", "PENDING", 1)
	events := make(chan string, 10)
	go func() {
		defer close(events)
		for event, err := range client.Watch(t.Context(), "r") {
			if err != nil {
				events <- err.Error()
				return
			}
			events <- string(event.Snapshot.Status) + strconv.Itoa(len(event.Snapshot.TaskRecords))
		}
	}()
	require.Equal(t, "PENDING1", <-events)
	rig.putState(t, "r", "RUNNING", 2)
	require.Equal(t, "RUNNING1", <-events)
	stop()
	rig.putState(t, "r", "CANCELLING", 3)
	_, stop = rig.servedAt(t, address)
	defer stop()
	require.Equal(t, "CANCELLING1", <-events, "what came meanwhile, and nothing twice")
	rig.putState(t, "r", "CANCELLED", 4)
	require.Equal(t, "CANCELLED1", <-events)
	_, more := <-events
	require.False(t, more, "the watch ends after the end")
}

func TestWaitGivesTheLastSnapshotWhateverItsStatus(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	client := rig.client(t, rig.url)
	for _, status := range []pyoco.Status{pyoco.StatusCompleted, pyoco.StatusFailed, pyoco.StatusCancelled} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			id := string(status)
			rig.putState(t, id, "RUNNING", 1)
			ended := make(chan *pyoco.Run, 1)
			go func() {
				run, err := client.Wait(t.Context(), id)
				if err != nil {
					run = &pyoco.Run{Error: err.Error()}
				}
				ended <- run
			}()
			rig.putRun(t, id, fmt.Sprintf(`{"run_id":%q,"flow_name":"f","status":%q,"updated_at":2,"task_records":{"a":{"state":"SUCCEEDED","output":7}}}`, id, status))
			run := <-ended
			require.Equal(t, status, run.Status, run.Error)
			var output int
			require.NoError(t, run.Output("a", &output))
			require.Equal(t, 7, output)
			require.ErrorAs(t, run.Output("b", &output), new(*pyoco.MissingOutputError))
		})
	}
}

func TestAClientsWatchEndsWithItsContextItsReaderOrItsRun(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	client := rig.client(t, rig.url)
	rig.putState(t, "r", "RUNNING", 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for event, err := range client.Watch(ctx, "r") {
		if err != nil {
			require.Nil(t, event)
			last = err
		}
		cancel()
	}
	require.ErrorIs(t, last, context.Canceled)

	short, done := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer done()
	_, err := client.Wait(short, "r")
	require.ErrorIs(t, err, context.DeadlineExceeded)

	for event, err := range client.Watch(t.Context(), "r") {
		require.NoError(t, err)
		require.Equal(t, pyoco.StatusRunning, event.Snapshot.Status)
		break
	}
	for event, err := range client.Watch(t.Context(), "r") {
		if last = err; err == nil {
			require.Equal(t, pyoco.StatusRunning, event.Snapshot.Status)
			require.NoError(t, rig.bucket(t, "pyoco_runs").Purge(t.Context(), "r"))
		}
	}
	require.ErrorIs(t, last, pyoco.ErrNotFound)
}

// This file owns the tests of what the watchers of a run share.

package pyoco

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWatchersOfAChangeShareItsView(t *testing.T) {
	t.Parallel()
	var cache viewCache
	record := func(n int) []byte {
		return fmt.Appendf(nil, `{"run_id":"r","flow_name":"f","status":"RUNNING","task_records":{"a":{"state":"RUNNING"}},"n":%d}`, n)
	}
	first, err := cache.of(record(1), 5)
	require.NoError(t, err)
	again, err := cache.of(record(1), 5)
	require.NoError(t, err)
	require.Same(t, first, again)
	anew, err := cache.of(record(2), 5) // of a bucket that was made anew
	require.NoError(t, err)
	require.NotSame(t, first, anew)
	pushed, err := cache.of(record(1), 5+uint64(len(cache)))
	require.NoError(t, err)
	require.NotSame(t, first, pushed)
	_, err = cache.of([]byte("{"), 6)
	require.Error(t, err)

	short, err := first.event(`"x"`, false, 7.5)
	require.NoError(t, err)
	require.JSONEq(t, `{"run_id":"\"x\"","snapshot":{"run_id":"r","flow_name":"f","status":"RUNNING","n":1},"ts":7.5}`, string(short))
	full, err := first.event("r", true, 0)
	require.NoError(t, err)
	require.Contains(t, string(full), `"task_records":{"a":{"state":"RUNNING"}}`)
}

func TestManyWatchersMayAskForViewsAtOnce(t *testing.T) {
	t.Parallel()
	var cache viewCache
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for n := range 50 {
				record := fmt.Appendf(nil, `{"run_id":"r%d","flow_name":"f","status":"RUNNING"}`, n%20)
				view, err := cache.of(record, uint64(n%20))
				if err != nil || view.run.ID != fmt.Sprintf("r%d", n%20) {
					t.Errorf("view of %s: %v", record, err)
					return
				}
				if _, err := view.event("r", i%2 == 0, 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

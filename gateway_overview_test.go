// This file owns the tests of the overview.

package pyoco_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func overviewOf(t testing.TB, a httpAnswer) *pyoco.Overview {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, a.body)
	o := &pyoco.Overview{}
	require.NoError(t, json.Unmarshal([]byte(a.body), o))
	return o
}

func TestTheOverviewCountsWhatEndedByTheMinuteAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	at := time.Now().Add(-5 * time.Minute).Truncate(time.Minute)
	for i, status := range []string{"COMPLETED", "COMPLETED", "FAILED", "CANCELLED"} {
		rig.putRun(t, fmt.Sprint("r", i), fmt.Sprintf(`{"run_id":"r%d","flow_name":"f","tag":"x","status":%q,"updated_at":%d}`, i, status, at.Unix()+int64(i)))
	}
	rig.putRun(t, "old", fmt.Sprintf(`{"run_id":"old","flow_name":"f","tag":"x","status":"FAILED","updated_at":%d}`, at.Unix()-7200))
	rig.listedRun(t, "old", hasStatus("FAILED"))
	rig.submit(t, `{"flow_name":"f","tag":"x"}`)
	rig.putWorker(t, "w1", fmt.Sprintf(`{"worker_id":"w1","state":"RUNNING","tags":["x","y"],"last_seen_at":%d,"concurrency":1,"current_run_ids":["r9"]}`, time.Now().Unix()))
	require.Eventually(t, func() bool { return len(overviewOf(t, rig.get(t, "/overview")).Workers) == 1 }, 20*time.Second, 5*time.Millisecond)
	second, err := pyoco.NewGateway(rig.nats.Connect(t), pyoco.GatewayConfig{SweepPeriod: time.Hour})
	require.NoError(t, err)
	runGateway(t, second)
	fresh, err := second.Overview(t.Context())
	require.NoError(t, err)
	for _, o := range []*pyoco.Overview{overviewOf(t, rig.get(t, "/overview")), fresh} {
		require.Equal(t, map[pyoco.Status]int{"COMPLETED": 2, "FAILED": 2, "CANCELLED": 1, "PENDING": 1}, o.Runs)
		require.Equal(t, map[pyoco.WorkerState]int{"RUNNING": 1}, o.Workers)
		require.NotNil(t, o.DeadLetters)
		require.Len(t, o.Minutes, 60)
		var sum pyoco.OverviewMinute
		for _, m := range o.Minutes {
			sum.Completed, sum.Failed, sum.Cancelled = sum.Completed+m.Completed, sum.Failed+m.Failed, sum.Cancelled+m.Cancelled
			if m.Completed > 0 {
				require.EqualValues(t, at.Unix(), m.At)
			}
		}
		require.Equal(t, [3]int{2, 1, 1}, [3]int{sum.Completed, sum.Failed, sum.Cancelled}, "the old one is over an hour ago")
		require.Equal(t, []pyoco.QueueLoad{{Tag: "x", Waiting: 1, Workers: 1}, {Tag: "y", Workers: 1}}, o.Queues)
	}
}

func TestTheOverviewTellsHowLongRunsWaited(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	const waits = 20
	for i := range waits {
		id, at := fmt.Sprint("r", i), time.Now().Unix()
		rig.putRun(t, id, fmt.Sprintf(`{"run_id":%q,"flow_name":"f","tag":"x","status":"PENDING","updated_at":%d}`, id, at))
		rig.listedRun(t, id, hasStatus("PENDING"))
		rig.putRun(t, id, fmt.Sprintf(`{"run_id":%q,"flow_name":"f","tag":"x","status":"RUNNING","updated_at":%d,"start_time":%d}`, id, at+2, at+2))
		rig.listedRun(t, id, hasStatus("RUNNING"))
	}
	require.Eventually(t, func() bool {
		started := 0
		for _, m := range overviewOf(t, rig.get(t, "/overview")).Minutes {
			started += m.Started
			if m.Started > 0 {
				require.InDelta(t, 2.2, *m.WaitP50, .25)
				require.GreaterOrEqual(t, *m.WaitP95, *m.WaitP50)
			} else {
				require.Nil(t, m.WaitP50)
			}
		}
		return started == waits
	}, 20*time.Second, 5*time.Millisecond)
}

func TestATenantsOverviewIsItsOwn(t *testing.T) {
	t.Parallel()
	r := startTenants(t)
	mine := overviewOf(t, r.with(t, r.mine.Text, http.MethodGet, "/overview", ""))
	require.Equal(t, map[pyoco.Status]int{"PENDING": 1}, mine.Runs)
	require.Equal(t, []pyoco.QueueLoad{{Tag: "x", Waiting: 1, Workers: 1, Free: 1}}, mine.Queues)
	require.Equal(t, 1, *mine.DeadLetters)
	ended := 0
	for _, m := range mine.Minutes {
		ended += m.Completed + m.Failed + m.Cancelled
	}
	require.Zero(t, ended)
	all := overviewOf(t, r.with(t, r.admin.Text, http.MethodGet, "/overview", ""))
	require.Equal(t, map[pyoco.Status]int{"PENDING": 2, "FAILED": 1, "COMPLETED": 1}, all.Runs)
	require.Equal(t, 3, *all.DeadLetters)
}

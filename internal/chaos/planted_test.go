//go:build unix

// This file owns the tests of the judge: a history without a fault passes, and a planted violation of each invariant
// is found, named, and counted.

package chaos

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

const second = moment(time.Second)

// written is a snapshot of run r1 as the next revision.
func (h *history) written(status pyoco.Status, attempt int, owner string, outputs ...proof) *pyoco.Run {
	return h.writtenAs("r1", "s1", status, attempt, owner, outputs...)
}

func (h *history) writtenAs(key, submission string, status pyoco.Status, attempt int, owner string, outputs ...proof) *pyoco.Run {
	params, _ := json.Marshal(order{Submission: submission})
	run := &pyoco.Run{ID: key, Flow: "quick", Status: status, Attempt: attempt, WorkerID: owner, Params: params}
	for i, output := range outputs {
		data, _ := json.Marshal(output)
		run.TaskRecords = map[string]*pyoco.TaskRecord{fmt.Sprint(i): {Output: data}}
	}
	h.Revisions = append(h.Revisions, revision{Sequence: uint64(len(h.Revisions) + 1), Key: key, Run: run})
	return run
}

// did notes the execution of run r1's only task.
func (h *history) did(process string, attempt int, from, to moment) {
	s := step{At: from, Process: process, Run: "r1", Attempt: attempt, Task: "only", Submission: "s1"}
	h.Steps = append(h.Steps, s)
	s.At, s.End = to, true
	h.Steps = append(h.Steps, s)
}

// sound is a history in which worker-1 dies during attempt 1, and worker-2 ends the run in attempt 2.
func sound() *history {
	h := &history{
		Lease: 2 * time.Second, Slots: 1, MaxDeliver: 20, Flows: map[string]flowKind{"quick": {Tasks: []string{"only"}}},
		Lists: map[string]map[string]pyoco.Status{"gateway-1": {"r1": pyoco.StatusCompleted}},
		Submissions: []submission{
			{ID: "s1", Key: "k1", Flow: "quick", Answer: accepted, Run: "r1"},
			{ID: "s1", Key: "k1", Flow: "quick", Answer: refused, Detail: "HTTP 503"}, // and sent again
			{ID: "s2", Key: "k1", Flow: "quick", Answer: refused, Detail: "HTTP 503"},
		},
		Ends: []end{{Run: "r1", Status: pyoco.StatusCompleted}},
		Lives: []life{
			{Role: roleWorker, Name: "worker-1", Process: "worker-1.1", Span: span{0, 3 * second}, Killed: true},
			{Role: roleWorker, Name: "worker-2", Process: "worker-2.1", Span: span{0, 20 * second}},
			{Role: roleNATS, Name: "nats", Process: "nats.1", Span: span{0, 30 * second}},
			{Role: roleGateway, Name: "gateway-1", Process: "gateway-1.1", Span: span{0, 5 * second}, Killed: true},
		},
		Ticks:     []tick{{Schedule: "hourly", Run: "t1"}, {Schedule: "hourly", Fire: time.Unix(3600, 0), Run: "t2"}},
		Consumers: map[string]int{"KV_pyoco_runs": 1},
	}
	h.written(pyoco.StatusPending, 0, "")
	h.written(pyoco.StatusRunning, 1, "worker-1")
	h.written(pyoco.StatusRunning, 2, "worker-2")
	h.written(pyoco.StatusCompleted, 2, "worker-2", proof{Process: "worker-2.1", Attempt: 2})
	h.Steps = append(h.Steps, step{At: second, Process: "worker-1.1", Run: "r1", Attempt: 1, Task: "only", Submission: "s1"})
	h.did("worker-2.1", 2, 6*second, 7*second)
	return h
}

func TestAHistoryWithoutAFaultPasses(t *testing.T) {
	t.Parallel()
	r := check(sound())
	require.Empty(t, r.Violations)
	require.Equal(t, counts{
		Accepted: 1, Refused: 2, Completed: 1, Executions: 2, Repeated: map[cause]int{afterKill: 1}, WorkerKills: 1, WorkerDrains: 1, Written: 4,
	}, r.counts)
}

// running turns the sound history into one in which worker-1 lives on and does its task until a moment.
func running(h *history, until moment, pauses ...span) {
	h.Lives[0].Killed, h.Lives[0].Span.To, h.Lives[0].Pauses = false, 20*second, pauses
	s := h.Steps[0]
	s.At, s.End = until, true
	h.Steps = append(h.Steps, s)
}

// planted are faults, what the judge must say of each, and which count must rise.
var planted = []struct {
	invariant, says string
	plant           func(*history)
	count           func(counts) int
}{
	{"I1", "lost: submission s3", func(h *history) {
		h.Submissions = append(h.Submissions, submission{ID: "s3", Answer: accepted, Run: "r3"})
	}, func(c counts) int { return c.Lost }},
	{"I1", "lost", func(h *history) { h.Revisions = append(h.Revisions, revision{Sequence: 5, Key: "r1"}) },
		func(c counts) int { return c.Lost }},
	{"I1", "stuck: PENDING", func(h *history) { h.writtenAs("r2", "s9", pyoco.StatusPending, 0, "") },
		func(c counts) int { return c.Stuck }},
	{"I1", "its flow does not fail: gone", func(h *history) {
		h.Revisions[3].Run.Status, h.Revisions[3].Run.Error = pyoco.StatusFailed, "gone"
	}, nil},
	{"I1", "its flow always fails", func(h *history) { h.Flows["quick"] = flowKind{Fails: true} }, nil},
	{"I1", "never did task only", func(h *history) { h.Steps = h.Steps[:2] }, nil},
	{"I1", `gateway-1 lists it as "RUNNING"`, func(h *history) { h.Lists["gateway-1"]["r1"] = pyoco.StatusRunning }, nil},
	{"I2", "COMPLETED at revision 5", func(h *history) { h.written(pyoco.StatusCompleted, 2, "worker-2") },
		func(c counts) int { return c.Doubled }},
	{"I2", "written at revision 5", func(h *history) { h.written(pyoco.StatusRunning, 3, "worker-1") },
		func(c counts) int { return c.Overwritten }},
	{"I2", "a client saw it end FAILED", func(h *history) { h.Ends[0].Status = pyoco.StatusFailed }, nil},
	{"I3", "attempt 3 follows 1", func(h *history) { h.Revisions[2].Run.Attempt, h.Revisions[3].Run.Attempt = 3, 3 }, nil},
	{"I3", "attempt 2 begins RUNNING, owned by \"\"", func(h *history) { h.Revisions[2].Run.WorkerID = "" }, nil},
	{"I3", "attempt 2 is of worker-2, and of worker-1", func(h *history) { h.Revisions[3].Run.WorkerID = "worker-1" }, nil},
	{"I3", "attempt 2 was executed by worker-2.1 and by worker-3.1", func(h *history) { h.did("worker-3.1", 2, 8*second, 9*second) }, nil},
	{"I3", "its owner was \"worker-2\"", func(h *history) { h.Lives[1].Name = "worker-9" }, nil},
	{"I4", "attempt 1 is written at revision 4 after 2", func(h *history) { h.Revisions[3].Run.Attempt = 1 }, nil},
	{"I4", "has the output of 0 from attempt 1", func(h *history) {
		h.Revisions = h.Revisions[:3]
		h.written(pyoco.StatusCompleted, 2, "worker-2", proof{Process: "worker-1.1", Attempt: 1})
	}, nil},
	{"I5", "overlap for 500ms", func(h *history) { running(h, 6*second+second/2) },
		func(c counts) int { return c.Overlapping }},
	{"I5", "overlap for 500ms", func(h *history) { running(h, 6*second+second/2, span{5 * second, 8 * second}) }, // too short
		func(c counts) int { return c.Overlapping }},
	{"I5", "overlap for 900ms", func(h *history) { running(h, 6*second+second*9/10, span{3 * second, 5 * second}) }, // over
		func(c counts) int { return c.Overlapping }},
	{"I5", "overlap for 500ms", func(h *history) { // alone, it must stop in time
		running(h, 6*second+second/2)
		h.Lives[0].Cuts = []span{{2 * second, 8 * second}}
	}, func(c counts) int { return c.Overlapping }},
	{"I5", "though nothing had happened", func(h *history) { running(h, 2*second) },
		func(c counts) int { return c.Executions - 1 }},
	{"I5", "were repeated after 1 kills", func(h *history) { h.Slots = 0 }, func(c counts) int { return c.Repeated[afterKill] }},
	{"I6", "3 jobs are left", func(h *history) { h.Queued = 3 }, nil},
	{"I7", "submission s1 was refused: HTTP 503", func(h *history) { h.Submissions[0].Answer, h.Submissions[0].Detail = refused, "HTTP 503" }, nil},
	{"I8", "COMPLETED though its cancel was taken", func(h *history) {
		h.Cancels = []cancel{{Run: "r1", Status: pyoco.StatusCancelling}}
	}, func(c counts) int { return c.CancelsTaken }},
	{"I8", "the cancel was answered with CANCELLED", func(h *history) {
		h.Cancels = []cancel{{Run: "r1", Status: pyoco.StatusCancelled}}
	}, nil},
	{"I8", "the cancel was answered with RUNNING", func(h *history) {
		h.Cancels = []cancel{{Run: "r1", Status: pyoco.StatusRunning}}
	}, nil},
	{"I8", "cancelled before it was claimed", func(h *history) { h.Revisions[0].Run.Status = pyoco.StatusCancelling }, nil},
	{"I9", "schedule hourly at", func(h *history) { h.Ticks[1].Fire = h.Ticks[0].Fire }, nil},
	{"I10", "submission s1 made it beside r1", func(h *history) {
		h.writtenAs("r2", "s1", pyoco.StatusFailed, 0, "")
	}, func(c counts) int { return c.Duplicates }},
	{"I10", "submission s1 was answered with it and with r1", func(h *history) {
		h.Submissions = append(h.Submissions, submission{ID: "s1", Key: "k1", Answer: accepted, Run: "r2"})
	}, nil},
	{"I11", "ended by itself", func(h *history) { h.Lives[1].Fault = "ended by itself" }, nil},
	{"I11", "left at its end: a goroutine", func(h *history) { h.Lives[1].Leaks = []string{"a goroutine"} }, nil},
	{"I11", "2 watches are left, beyond 1", func(h *history) { h.Consumers["KV_pyoco_runs"] = 2 }, nil},
	{"I11", "1 watches are left, beyond 0", func(h *history) { h.Lives[2].Span.From = 6 * second }, nil},
	{"I11", "3 watches are left, beyond 2", func(h *history) { // of one gateway with its server, and of one that was killed
		h.Lives = append(h.Lives, life{Role: roleNATS, Name: "n2", Process: "n2.1", Span: span{0, 30 * second}, Killed: true})
		h.Consumers["KV_pyoco_runs"] = 3
	}, nil},
}

func TestAPlantedViolationOfEachInvariantIsFound(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, p := range planted {
		h := sound()
		p.plant(h)
		r := check(h)
		require.True(t, slices.ContainsFunc(r.Violations, func(v violation) bool {
			return v.Invariant == p.invariant && strings.Contains(v.Detail, p.says)
		}), "%s %s: %s", p.invariant, p.says, r)
		if p.count != nil {
			require.Equal(t, 1, p.count(r.counts), "%s %s: %s", p.invariant, p.says, r)
		}
		require.Contains(t, r.String(), p.says)
		found[p.invariant] = true
	}
	for _, invariant := range invariants {
		require.True(t, found[invariant.id], "no violation of %s is planted: %s", invariant.id, invariant.holds)
	}
}

// TestWhatAFaultExplainsIsNoViolation keeps the judge from crying wolf.
func TestWhatAFaultExplainsIsNoViolation(t *testing.T) {
	t.Parallel()
	h := sound()
	running(h, 6*second+second/2, span{3 * second, 6*second + second/4}) // it wakes, and its task sees that a moment later
	r := check(h)
	require.Empty(t, r.Violations)
	require.Equal(t, []int{0, 1, 1, 1}, []int{r.Overlapping, r.OverlappingPaused, r.Repeated[afterPause], r.WorkerPauses})

	h = sound()
	running(h, 2*second)
	h.Outages = []span{{second / 2, second * 9 / 10}}
	r = check(h)
	require.Empty(t, r.Violations)
	require.Equal(t, map[cause]int{afterOutage: 1}, r.Repeated)

	h = sound()
	running(h, 2*second)
	h.Lives[0].Stalls = []span{{second, second * 3 / 2}}
	r = check(h)
	require.Empty(t, r.Violations)
	require.Equal(t, map[cause]int{afterStall: 1}, r.Repeated)

	h = sound()
	running(h, 6*second+second/2)
	h.Lives[0].Stalls = []span{{3 * second, 6*second + second/2}}
	require.Empty(t, check(h).Violations)

	h = sound()
	running(h, 2*second)
	h.Lives[2].Stalls = []span{{second, second * 3 / 2}} // of NATS
	require.Equal(t, map[cause]int{afterOutage: 1}, check(h).Repeated)

	h = sound()
	running(h, 2*second)
	h.Lives[0].Asked = 3 * second
	require.Equal(t, map[cause]int{afterDrain: 1}, check(h).Repeated)

	h = sound()
	running(h, 2*second)
	h.Lives[0].Cuts = []span{{second, 3 * second}}
	r = check(h)
	require.Empty(t, r.Violations)
	require.Equal(t, map[cause]int{afterCut: 1}, r.Repeated)
	require.Equal(t, 1, r.WorkerCuts)

	h = sound()
	h.MaxDeliver = 2 // the run has had that many
	h.Revisions[3].Run.Status, h.Ends[0].Status, h.Lists["gateway-1"]["r1"] = pyoco.StatusFailed, pyoco.StatusFailed, pyoco.StatusFailed
	r = check(h)
	require.Empty(t, r.Violations)
	require.Equal(t, 1, r.Spent)

	h = sound()
	h.Flows["quick"] = flowKind{Tasks: []string{"only"}, Fails: true}
	h.Revisions[3].Run.Status, h.Ends[0].Status, h.Lists["gateway-1"]["r1"] = pyoco.StatusFailed, pyoco.StatusFailed, pyoco.StatusFailed
	require.Empty(t, check(h).Violations)

	h = sound()
	h.Submissions[2].Answer = unknown // the same key again, and both were made
	h.Lists["gateway-1"]["r2"] = pyoco.StatusCancelled
	h.writtenAs("r2", "s2", pyoco.StatusCancelled, 0, "")
	r = check(h)
	require.Empty(t, r.Violations)
	require.Equal(t, 1, r.Duplicates)
}

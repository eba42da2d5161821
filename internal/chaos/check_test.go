//go:build unix

// This file owns the judge: a pure function of a history, its counts, and the list of what must hold.

package chaos

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pyoco/pyoco"
)

// invariants are what must hold; each adds to the counts and names what breaks it.
var invariants = []struct {
	id    string
	holds string
	check func(*judge)
}{
	{"I1", "every accepted run ends", (*judge).everyRunEnds},
	{"I2", "exactly one terminal revision and nothing after it", (*judge).endsAreFinal},
	{"I3", "attempts strictly increase, each with one owner", (*judge).attemptsHaveOneOwner},
	{"I4", "nothing is written with an older attempt", (*judge).olderAttemptsWriteNothing},
	{"I5", "executions overlap only while the older owner is paused longer than the lease", (*judge).executionsDoNotOverlap},
	{"I6", "the queue is empty at the end", (*judge).queueIsEmpty},
	{"I7", "a refused submission never runs", (*judge).refusedNeverRuns},
	{"I8", "a cancelled run ends CANCELLED or had finished before", (*judge).cancelsHold},
	{"I9", "a schedule tick makes at most one run", (*judge).ticksMakeOneRun},
	{"I10", "a submission makes at most one run; duplicates are counted", (*judge).submissionsMakeOneRun},
	{"I11", "no goroutine, file or consumer leaks, and no process ends by itself", (*judge).nothingLeaks},
}

// judge is one check of a history, with what it has found so far.
type judge struct {
	*history
	report
	invariant string
	runs      map[string]*trace
	lives     map[string]*life
}

// trace is all that is known of one run.
type trace struct {
	id         string
	submission string // from its params
	revisions  []revision
	executions []*execution // by start
}

// last is the newest snapshot, or nil where there is none (any more).
func (t *trace) last() *pyoco.Run {
	if len(t.revisions) == 0 {
		return nil
	}
	return t.revisions[len(t.revisions)-1].Run
}

func check(h *history) report {
	j := &judge{history: h, runs: map[string]*trace{}, lives: map[string]*life{}}
	j.Repeated = map[cause]int{}
	for i, life := range h.Lives {
		j.lives[life.Process] = &h.Lives[i]
	}
	for _, r := range h.Revisions {
		t := j.trace(r.Key)
		t.revisions = append(t.revisions, r)
		if r.Run != nil && t.submission == "" {
			t.submission = submissionOf(r.Run)
		}
	}
	j.collectExecutions()
	for _, invariant := range invariants {
		j.invariant = invariant.id
		invariant.check(j)
	}
	j.count()
	return j.report
}

func (j *judge) trace(run string) *trace {
	if j.runs[run] == nil {
		j.runs[run] = &trace{id: run}
	}
	return j.runs[run]
}

// life is that of a process; one that the driver knows nothing of has an empty one.
func (j *judge) life(process string) *life {
	if known := j.lives[process]; known != nil {
		return known
	}
	return &life{}
}

// violated notes what breaks the invariant that is being checked.
func (j *judge) violated(run, format string, args ...any) {
	j.Violations = append(j.Violations, violation{Invariant: j.invariant, Run: run, Detail: fmt.Sprintf(format, args...)})
}

// sorted are the runs in a stable order.
func (j *judge) sorted() []*trace {
	traces := make([]*trace, 0, len(j.runs))
	for _, t := range j.runs {
		traces = append(traces, t)
	}
	slices.SortFunc(traces, func(a, b *trace) int { return cmp.Compare(a.id, b.id) })
	return traces
}

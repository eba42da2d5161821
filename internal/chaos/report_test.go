//go:build unix

// This file owns what is reported of a run of the driver: its counts, and what it has found.

package chaos

import (
	"fmt"
	"strings"

	"github.com/pyoco/pyoco"
)

// counts are what is reported, whether or not it is a violation.
type counts struct {
	Accepted, Refused, Unknown   int // submissions
	Duplicates                   int // runs beyond the first for one key
	CancelsTaken                 int
	Completed, Failed, Cancelled int // runs, accepted or not
	Spent                        int // of Failed: for their deliveries alone
	Lost, Stuck                  int
	Written                      int // revisions
	Cut                          int // histories of which the bucket has dropped the beginning
	Doubled, Overwritten         int // revisions after the terminal one: terminal, or not
	Executions                   int
	Overlapping                  int // pairs of executions, beside those of
	OverlappingPaused            int // an older owner that was paused
	Repeated                     map[cause]int
	WorkerKills                  int
	WorkerDrains                 int // those at the end of the test too
	WorkerPauses                 int // that may cost a lease
	WorkerCuts                   int
}

// cause is why a run was executed again.
type cause string

const (
	afterKill   cause = "a kill"
	afterDrain  cause = "a drain"
	afterPause  cause = "a pause"
	afterCut    cause = "a cut"
	afterOutage cause = "an outage"
	afterStall  cause = "a stall of the machine"
)

type violation struct{ Invariant, Run, Detail string }

type report struct {
	counts
	Violations []violation
}

func (j *judge) count() {
	j.Written = len(j.Revisions)
	for _, s := range j.Submissions {
		switch s.Answer {
		case accepted:
			j.Accepted++
		case refused:
			j.Refused++
		case unknown:
			j.Unknown++
		}
	}
	for _, t := range j.runs {
		if len(t.revisions) > 0 && t.revisions[0].Run != nil && t.revisions[0].Run.Attempt > 0 {
			j.Cut++ // the bucket keeps 64 revisions of a key
		}
		run := t.last()
		if run == nil {
			continue
		}
		switch run.Status {
		case pyoco.StatusCompleted:
			j.Completed++
		case pyoco.StatusFailed:
			j.Failed++
		case pyoco.StatusCancelled:
			j.Cancelled++
		}
	}
}

func (r report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "submissions: %d accepted, %d refused, %d without an answer, %d duplicates, %d cancels taken\n",
		r.Accepted, r.Refused, r.Unknown, r.Duplicates, r.CancelsTaken)
	fmt.Fprintf(&b, "runs: %d completed, %d failed (%d for spent deliveries), %d cancelled, %d lost, %d stuck\n",
		r.Completed, r.Failed, r.Spent, r.Cancelled, r.Lost, r.Stuck)
	fmt.Fprintf(&b, "snapshots: %d revisions, %d doubled terminal, %d overwritten, %d histories cut at 64\n",
		r.Written, r.Doubled, r.Overwritten, r.Cut)
	fmt.Fprintf(&b, "executions: %d, %d overlapping, and %d while the older owner was paused\n",
		r.Executions, r.Overlapping, r.OverlappingPaused)
	fmt.Fprintf(&b, "workers: %d kills, %d clean ends, %d pauses beyond a lease, %d cuts", r.WorkerKills, r.WorkerDrains, r.WorkerPauses, r.WorkerCuts)
	for _, why := range []cause{afterKill, afterDrain, afterPause, afterCut, afterOutage, afterStall} {
		fmt.Fprintf(&b, "\nrepeated executions after %s: %d", why, r.Repeated[why])
	}
	const most = 40
	for _, v := range r.Violations[:min(most, len(r.Violations))] {
		fmt.Fprintf(&b, "\n%s %s: %s", v.Invariant, v.Run, v.Detail)
	}
	if len(r.Violations) > most {
		fmt.Fprintf(&b, "\n… and %d more", len(r.Violations)-most)
	}
	return b.String()
}

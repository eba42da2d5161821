//go:build unix

// This file owns what must hold of who executes a run and who writes it: I3, I4 and I5.

package chaos

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/pyoco/pyoco"
)

// wakeGrace is how long tasks may go on after their paused process was continued, until they see that they have lost.
const wakeGrace = time.Second

// reconnecting is how long after an outage a connection may take to come back.
const reconnecting = 1500 * time.Millisecond

// execution is what one process did of one attempt of a run.
type execution struct {
	run, process string
	attempt      int
	span         span
	cutOff       bool // a task of it ended with the process
	steps        []step
}

// collectExecutions puts the steps of tasks together. A task without an end ended with its process.
func (j *judge) collectExecutions() {
	type id struct {
		run, process string
		attempt      int
	}
	found := map[id]*execution{}
	open := map[*execution]int{}
	for _, s := range j.Steps {
		key := id{s.Run, s.Process, s.Attempt}
		e := found[key]
		if e == nil {
			e = &execution{run: s.Run, process: s.Process, attempt: s.Attempt, span: span{s.At, s.At}}
			found[key] = e
			t := j.trace(s.Run)
			t.executions = append(t.executions, e)
		}
		e.steps = append(e.steps, s)
		e.span.From, e.span.To = min(e.span.From, s.At), max(e.span.To, s.At)
		if s.End {
			open[e]--
		} else {
			open[e]++
		}
	}
	for e, n := range open {
		if n > 0 {
			e.cutOff, e.span.To = true, max(e.span.To, j.life(e.process).Span.To)
		}
	}
	for _, t := range j.runs {
		slices.SortFunc(t.executions, func(a, b *execution) int { return cmp.Compare(a.span.From, b.span.From) })
	}
}

// stood are the times in which the process stood still, whoever has noticed.
func (l *life) stood() []span { return slices.Concat(l.Pauses, l.Stalls) }

// outages are the times in which NATS was away or took nothing, or stood still because the machine was too busy.
func (j *judge) outages() []span {
	all := j.Outages
	for _, life := range j.Lives {
		if life.Role == roleNATS {
			all = slices.Concat(all, life.Stalls)
		}
	}
	return all
}

func (j *judge) attemptsHaveOneOwner() {
	for _, t := range j.sorted() {
		owners := map[int]string{} // by the snapshots
		attempt, known := 0, false
		for _, r := range t.revisions {
			if r.Run == nil {
				continue
			}
			switch {
			case known && r.Run.Attempt > attempt+1:
				j.violated(t.id, "attempt %d follows %d at revision %d", r.Run.Attempt, attempt, r.Sequence)
			case known && r.Run.Attempt == attempt+1 && (r.Run.Status != pyoco.StatusRunning || r.Run.WorkerID == ""):
				j.violated(t.id, "attempt %d begins %s, owned by %q, at revision %d", r.Run.Attempt, r.Run.Status, r.Run.WorkerID, r.Sequence)
			}
			if owner := owners[r.Run.Attempt]; r.Run.Attempt > 0 && r.Run.WorkerID != "" {
				if owner != "" && owner != r.Run.WorkerID {
					j.violated(t.id, "attempt %d is of %s, and of %s at revision %d", r.Run.Attempt, owner, r.Run.WorkerID, r.Sequence)
				}
				owners[r.Run.Attempt] = r.Run.WorkerID
			}
			attempt, known = r.Run.Attempt, true
		}
		j.executionsAreClaimed(t, owners)
	}
}

// executionsAreClaimed wants each attempt to be executed by one process, and by the one that the snapshots name.
func (j *judge) executionsAreClaimed(t *trace, owners map[int]string) {
	by := map[int]string{}
	for _, e := range t.executions {
		if other, ok := by[e.attempt]; ok && other != e.process {
			j.violated(t.id, "attempt %d was executed by %s and by %s", e.attempt, other, e.process)
		}
		by[e.attempt] = e.process
		whole := len(t.revisions) > 0 && t.revisions[0].Run != nil && t.revisions[0].Run.Attempt == 0
		if whole && owners[e.attempt] != j.life(e.process).Name {
			j.violated(t.id, "attempt %d was executed by %s, and its owner was %q", e.attempt, e.process, owners[e.attempt])
		}
	}
}

// olderAttemptsWriteNothing looks at the attempt that a snapshot names, and at those that its outputs were made in.
func (j *judge) olderAttemptsWriteNothing() {
	for _, t := range j.sorted() {
		newest := 0
		for _, r := range t.revisions {
			if r.Run == nil {
				continue
			}
			if r.Run.Attempt < newest {
				j.violated(t.id, "attempt %d is written at revision %d after %d", r.Run.Attempt, r.Sequence, newest)
			}
			newest = max(newest, r.Run.Attempt)
			for task, record := range r.Run.TaskRecords {
				var p proof
				if json.Unmarshal(record.Output, &p) == nil && p.Attempt > 0 && p.Attempt != r.Run.Attempt {
					j.violated(t.id, "revision %d of attempt %d has the output of %s from attempt %d (%s)",
						r.Sequence, r.Run.Attempt, task, p.Attempt, p.Process)
				}
			}
		}
	}
}

// executionsDoNotOverlap also wants a cause for each repeated execution: what happened to the one before. Kills may
// cost no more than the slots of what was killed.
func (j *judge) executionsDoNotOverlap() {
	for _, life := range j.Lives {
		if life.Role != roleWorker {
			continue
		}
		if life.Killed {
			j.WorkerKills++
		} else {
			j.WorkerDrains++
		}
		j.WorkerCuts += len(life.Cuts)
		for _, pause := range life.Pauses {
			if j.costsALease(pause) {
				j.WorkerPauses++
			}
		}
	}
	for _, t := range j.sorted() {
		j.Executions += len(t.executions)
		for i, newer := range t.executions {
			for _, older := range t.executions[:i] {
				j.overlap(t, older, newer)
			}
			if i > 0 {
				j.repetition(t, t.executions[i-1], newer)
			}
		}
	}
	if repeated := j.Repeated[afterKill]; repeated > j.Slots*j.WorkerKills {
		j.violated("", "%d executions were repeated after %d kills of workers with %d slots", repeated, j.WorkerKills, j.Slots)
	}
}

// costsALease says that others may have waited out the lease during a pause: the owner writes each fifth of it.
func (j *judge) costsALease(pause span) bool { return pause.length() >= j.Lease*4/5 }

func (j *judge) overlap(t *trace, older, newer *execution) {
	both := span{max(older.span.From, newer.span.From), min(older.span.To, newer.span.To)}
	if both.From >= both.To {
		return
	}
	for _, pause := range j.life(older.process).stood() {
		if both.From >= pause.From+moment(j.Lease*4/5) && both.To <= pause.To+moment(wakeGrace) {
			j.OverlappingPaused++
			return
		}
	}
	j.Overlapping++
	j.violated(t.id, "attempts %d (%s) and %d (%s) overlap for %s", older.attempt, older.process, newer.attempt, newer.process, both.length())
}

// repetition finds why a run was executed again. What a kill cut off is the kill's; an execution that had ended before
// may have lost its lease in an outage, or its run's end may not have been written when the process was killed.
func (j *judge) repetition(t *trace, before, after *execution) {
	between := span{before.span.From, after.span.From}
	life := j.life(before.process)
	killed := life.Killed && life.Span.To <= between.To
	drained := life.Asked > 0 && life.Asked <= between.To // what is handed back may run before the process has ended
	paused := slices.ContainsFunc(life.Pauses, func(p span) bool { return j.costsALease(p) && p.meets(between) })
	cut := slices.ContainsFunc(life.Cuts, span{between.From - moment(reconnecting), between.To}.meets)
	stalled := slices.ContainsFunc(life.Stalls, between.meets)
	out := slices.ContainsFunc(j.outages(), span{between.From - moment(reconnecting), between.To}.meets)
	switch {
	case killed && before.cutOff:
		j.Repeated[afterKill]++
	case drained:
		j.Repeated[afterDrain]++
	case paused:
		j.Repeated[afterPause]++
	case cut:
		j.Repeated[afterCut]++
	case out:
		j.Repeated[afterOutage]++
	case killed:
		j.Repeated[afterKill]++
	case stalled:
		j.Repeated[afterStall]++
	default:
		j.violated(t.id, "executed again in attempt %d (%s) though nothing had happened to attempt %d (%s)",
			after.attempt, after.process, before.attempt, before.process)
	}
}

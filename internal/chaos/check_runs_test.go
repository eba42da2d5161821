//go:build unix

// This file owns what must hold of runs and of what clients were told of them: I1, I2 and I6 to I11.

package chaos

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/pyoco/pyoco"
)

// submissionOf is the submission that a run was made by.
func submissionOf(r *pyoco.Run) string {
	var params struct {
		Submission string `json:"submission"`
	}
	_ = json.Unmarshal(r.Params, &params)
	return params.Submission
}

// everyRunEnds also wants runs that nobody knows to be accepted to end, and each to end as its flow does.
func (j *judge) everyRunEnds() {
	for _, s := range j.Submissions {
		if s.Answer == accepted && j.trace(s.Run).last() == nil {
			j.Lost++
			j.violated(s.Run, "lost: submission %s was accepted", s.ID)
		}
	}
	for _, t := range j.sorted() {
		run := t.last()
		switch {
		case run == nil:
		case !run.Status.Terminal():
			j.Stuck++
			j.violated(t.id, "stuck: %s, attempt %d, owner %q, since revision %d", run.Status, run.Attempt, run.WorkerID,
				t.revisions[len(t.revisions)-1].Sequence)
		default:
			j.endsAsItsFlow(t, run)
		}
		for gateway, list := range j.Lists {
			if run != nil && list[t.id] != run.Status {
				j.violated(t.id, "%s lists it as %q, and it is %s", gateway, list[t.id], run.Status)
			}
		}
	}
}

// endsAsItsFlow wants each task of a completed run to have succeeded in the attempt that the run ended with, and a run
// to fail only where its flow does, or when it has spent its deliveries.
func (j *judge) endsAsItsFlow(t *trace, run *pyoco.Run) {
	flow := j.Flows[run.Flow]
	switch {
	case run.Status == pyoco.StatusFailed && !flow.Fails && run.Attempt < j.MaxDeliver:
		j.violated(t.id, "FAILED in attempt %d, and its flow does not fail: %s", run.Attempt, run.Error)
	case run.Status == pyoco.StatusFailed && !flow.Fails:
		j.Spent++
	case run.Status == pyoco.StatusCompleted && flow.Fails:
		j.violated(t.id, "COMPLETED, and its flow always fails")
	}
	if run.Status != pyoco.StatusCompleted {
		return
	}
	done := map[string]bool{}
	for _, e := range t.executions {
		for _, s := range e.steps {
			if s.Attempt == run.Attempt && s.End && s.Error == "" {
				done[s.Task] = true
			}
		}
	}
	for _, task := range flow.Tasks {
		if !done[task] {
			j.violated(t.id, "COMPLETED, but attempt %d never did task %s", run.Attempt, task)
		}
	}
}

func (j *judge) endsAreFinal() {
	for _, t := range j.sorted() {
		ended := pyoco.Status("")
		for _, r := range t.revisions {
			switch {
			case ended == "" && r.Run != nil && r.Run.Status.Terminal():
				ended = r.Run.Status
			case ended != "" && r.Run != nil && r.Run.Status.Terminal():
				j.Doubled++
				j.violated(t.id, "%s at revision %d after it had ended %s", r.Run.Status, r.Sequence, ended)
			case ended != "":
				j.Overwritten++
				j.violated(t.id, "written at revision %d after it had ended %s", r.Sequence, ended)
			}
		}
	}
	for _, e := range j.Ends {
		if run := j.trace(e.Run).last(); run != nil && run.Status != e.Status {
			j.violated(e.Run, "a client saw it end %s, and it is %s", e.Status, run.Status)
		}
	}
}

func (j *judge) queueIsEmpty() {
	if j.Queued > 0 {
		j.violated("", "%d jobs are left", j.Queued)
	}
}

func (j *judge) refusedNeverRuns() {
	refusals := map[string]submission{}
	for _, s := range j.Submissions {
		if s.Answer == refused {
			refusals[s.ID] = s
		}
	}
	for _, s := range j.Submissions {
		if s.Answer != refused { // the same, sent again
			delete(refusals, s.ID)
		}
	}
	for _, t := range j.sorted() {
		if s, ok := refusals[t.submission]; ok && len(t.executions) > 0 {
			j.violated(t.id, "executed, though submission %s was refused: %s", s.ID, s.Detail)
		}
	}
}

// cancelsHold also wants a run that was cancelled before its first claim never to start.
func (j *judge) cancelsHold() {
	for _, c := range j.Cancels {
		run := j.trace(c.Run).last()
		switch {
		case c.Detail != "" || run == nil:
		case c.Status.Terminal() && run.Status != c.Status:
			j.violated(c.Run, "the cancel was answered with %s, and it is %s", c.Status, run.Status)
		case c.Status.Terminal():
		case c.Status != pyoco.StatusCancelling:
			j.violated(c.Run, "the cancel was answered with %s", c.Status)
		default:
			j.CancelsTaken++
			if run.Status != pyoco.StatusCancelled {
				j.violated(c.Run, "%s though its cancel was taken", run.Status)
			}
		}
	}
	for _, t := range j.sorted() {
		for _, r := range t.revisions {
			if r.Run != nil && r.Run.Status == pyoco.StatusCancelling && r.Run.Attempt == 0 && len(t.executions) > 0 {
				j.violated(t.id, "executed, though it was cancelled before it was claimed")
				break
			}
		}
	}
}

func (j *judge) ticksMakeOneRun() {
	made := map[string][]string{}
	for _, t := range j.Ticks {
		key := t.Schedule + " at " + t.Fire.UTC().String()
		if made[key] = append(made[key], t.Run); len(made[key]) == 2 {
			j.violated(t.Run, "schedule %s made this run beside %s", key, made[key][0])
		}
	}
}

func (j *judge) submissionsMakeOneRun() {
	keys, runs := map[string]string{}, map[string]string{}
	for _, s := range j.Submissions {
		if keys[s.ID] = s.Key; s.Answer == accepted {
			if other := runs[s.ID]; other != "" && other != s.Run {
				j.violated(s.Run, "submission %s was answered with it and with %s", s.ID, other)
			}
			runs[s.ID] = s.Run
		}
	}
	first, made := map[string]string{}, map[string]int{}
	for _, t := range j.sorted() {
		if t.submission == "" || t.last() == nil {
			continue
		}
		if other := first[t.submission]; other != "" {
			j.violated(t.id, "submission %s made it beside %s", t.submission, other)
		}
		first[t.submission] = t.id
		if made[keys[t.submission]]++; made[keys[t.submission]] > 1 {
			j.Duplicates++
		}
	}
}

func (j *judge) nothingLeaks() {
	for _, life := range j.Lives {
		if life.Fault != "" {
			j.violated(life.Process, "%s", life.Fault)
		}
		for _, leak := range life.Leaks {
			j.violated(life.Process, "left at its end: %s", leak)
		}
	}
	abandoned := j.abandonedWatches()
	for _, stream := range slices.Sorted(maps.Keys(j.Consumers)) {
		if n := j.Consumers[stream]; n > abandoned {
			j.violated(stream, "%d watches are left, beyond %d of gateways and servers that were killed", n, abandoned)
		}
	}
}

// abandonedWatches is how many watches a stream may still have: those of killed gateways go after a while, or with NATS.
// Of a cluster, a server that was killed may have had a watch of each gateway, and has it again until it misses them.
func (j *judge) abandonedWatches() int {
	var started moment
	servers, gateways, serverKills := map[string]bool{}, map[string]bool{}, 0
	for _, life := range j.Lives {
		switch life.Role {
		case roleNATS:
			servers[life.Name], started = true, max(started, life.Span.From)
			if life.Killed {
				serverKills++
			}
		case roleGateway:
			gateways[life.Name] = true
		}
	}
	n := 0
	if len(servers) > 1 {
		n, started = serverKills*len(gateways), 0 // they were never away all at once
	}
	for _, life := range j.Lives {
		if life.Role == roleGateway && life.Killed && life.Span.To > started {
			n++
		}
	}
	return n
}

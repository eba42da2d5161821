//go:build unix

// This file owns the flows that clients submit, and the diary in which their tasks write down what they do.

package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/pyoco/pyoco"
)

// flowKind is a flow that clients submit.
type flowKind struct {
	Tasks    []string // those that have succeeded where a run is COMPLETED
	Workflow string   // the flow file; "": the workers know the flow by its name
	Fails    bool
	Least    time.Duration // of each task
	Most     time.Duration
	Share    int // of a hundred submissions
}

const flakyFile = `
version: 1
flow: {graph: first >> (flaky & second) >> last}
tasks:
  first: {callable: "chaos:work"}
  second: {callable: "chaos:work"}
  flaky: {callable: "chaos:flaky", retries: 3, retry_delay_sec: 0.02}
  last: {callable: "chaos:work"}
`

const failingFile = `
version: 1
flow: {graph: first >> broken >> never}
tasks:
  first: {callable: "chaos:work"}
  broken: {callable: "chaos:broken", retries: 1, retry_delay_sec: 0.01}
  never: {callable: "chaos:work"}
`

// flowKinds are the flows by name. A long one outlives its lease if nobody renews that.
var flowKinds = map[string]flowKind{
	"quick":   {Tasks: []string{"only"}, Least: 0, Most: 20 * time.Millisecond, Share: 67},
	"fan":     {Tasks: []string{"a", "b", "c", "d"}, Least: 10 * time.Millisecond, Most: 80 * time.Millisecond, Share: 15},
	"flaky":   {Tasks: []string{"first", "second", "flaky", "last"}, Workflow: flakyFile, Most: 50 * time.Millisecond, Share: 10},
	"failing": {Workflow: failingFile, Fails: true, Most: 30 * time.Millisecond, Share: 6},
	"long":    {Tasks: []string{"a", "b"}, Least: 300 * time.Millisecond, Most: 4 * time.Second, Share: 2},
}

// order is what each task gets from the run's params.
type order struct {
	Submission string `json:"submission"`
	Millis     int    `json:"millis"`
}

// diary is the append-only file of one worker process, apart from all snapshots: a line is in it whole, or not at all,
// whenever the process is killed.
type diary struct {
	part part
	file *os.File
}

const diarySuffix = ".tasks"

func openDiary(p part) (*diary, error) {
	file, err := os.OpenFile(filepath.Join(p.Dir, p.Process+diarySuffix), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	return &diary{part: p, file: file}, err
}

func (d *diary) close() { _ = d.file.Close() }

// note writes one line, and fails the task where it can't: what is not noted must not have been done.
func (d *diary) note(ctx context.Context, in order, end bool, outcome error) error {
	run := pyoco.TaskContextFrom(ctx)
	s := step{
		At: now(), Wall: time.Now(), PID: os.Getpid(), Process: d.part.Process, Run: run.RunID, Attempt: run.Attempt,
		Task: run.Task, Try: run.Try, Submission: in.Submission, End: end,
	}
	if outcome != nil {
		s.Error = outcome.Error()
	}
	line, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = d.file.Write(append(line, '\n'))
	return err
}

// task is a task that notes its start, works and notes its end.
func (d *diary) task(outcome func(*pyoco.TaskContext) error) *pyoco.Task {
	return pyoco.Func(func(ctx context.Context, in order) (proof, error) {
		run := pyoco.TaskContextFrom(ctx)
		if err := d.note(ctx, in, false, nil); err != nil {
			return proof{}, err
		}
		err := work(ctx, time.Duration(in.Millis)*time.Millisecond)
		if err == nil {
			err = outcome(run)
		}
		return proof{Process: d.part.Process, Attempt: run.Attempt}, errors.Join(err, d.note(ctx, in, true, err))
	})
}

// work takes a time, and ends early with its context.
func work(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// flows are what a worker knows: the flows without a file, and the tasks of the files.
func (d *diary) flows() (func(string) (*pyoco.Flow, bool), *pyoco.Tasks, error) {
	good := d.task(func(*pyoco.TaskContext) error { return nil })
	flaky := d.task(func(run *pyoco.TaskContext) error {
		if run.Try < 3 {
			return errors.New("flaky: not yet")
		}
		return nil
	})
	broken := d.task(func(*pyoco.TaskContext) error { return errors.New("broken: never works") })

	quick := pyoco.NewFlow("quick")
	quick.Task("only", good)
	fan := pyoco.NewFlow("fan")
	fan.Then(fan.Task("a", good), fan.All(fan.Task("b", good), fan.Task("c", good)), fan.Task("d", good))
	long := pyoco.NewFlow("long")
	long.Then(long.Task("a", good), long.Task("b", good))
	var flows []*pyoco.Flow
	var failed error
	for _, builder := range []*pyoco.FlowBuilder{quick, fan, long} {
		flow, err := builder.Build()
		flows, failed = append(flows, flow), errors.Join(failed, err)
	}
	tasks := pyoco.NewTasks()
	for name, task := range map[string]*pyoco.Task{"chaos:work": good, "chaos:flaky": flaky, "chaos:broken": broken} {
		failed = errors.Join(failed, tasks.Register(name, task))
	}
	return pyoco.FlowMap(flows...), tasks, failed
}

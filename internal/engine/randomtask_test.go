// This file owns the random tasks of the property test.

package engine_test

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/pyoco/pyoco/internal/engine"
)

// randomTask does at each attempt what the script of its round says; its last entry stands for all that follow.
type randomTask struct {
	scripts  [][]string
	verdicts []verdict // what each script comes to
	script   func(path []int) int
	takes    time.Duration
	stubborn bool // doesn't look at its context
}

func (rt *randomTask) Run(ctx context.Context, call engine.Call) (any, error) {
	script := rt.scripts[rt.script(path(call.Loops))]
	does := script[min(call.Attempt, len(script))-1]
	takes, done := rt.takes, ctx.Done()
	if does == "hang" || does == "obey" {
		takes = time.Hour
	}
	if does == "hang" || rt.stubborn && does != "obey" {
		done = nil
	}
	select {
	case <-time.After(takes):
	case <-done:
		return nil, ctx.Err()
	}
	switch does {
	case "fail":
		return nil, errBoom
	case "permanent":
		return nil, permanentError(true)
	case "panic":
		panic(errBoom)
	case "exit":
		runtime.Goexit()
	}
	return call, nil
}

// step is a random task with a random policy. In a calm run, few fail.
func (s *scenario) step(name string, calm bool) engine.Step {
	r := s.rand
	task := &randomTask{takes: time.Duration(r.IntN(8)) * time.Millisecond, stubborn: r.IntN(2) == 0}
	step := engine.Step{Task: task, Policy: engine.Policy{
		Retries: r.IntN(3), RetryDelay: time.Duration(r.IntN(5)) * time.Millisecond, Isolate: r.IntN(2) == 0,
		Backoff: engine.Backoff{Factor: float64(r.IntN(4)), Cap: time.Duration(r.IntN(10)) * time.Millisecond},
	}}
	does := []string{"ok", "ok", "ok", "ok", "ok", "ok", "fail", "fail", "permanent", "panic", "exit"}
	if calm {
		does = append(does, slices.Repeat([]string{"ok"}, 40)...)
	}
	if r.IntN(3) == 0 {
		step.Policy.Timeout = 10 * time.Millisecond
		does = append(does, "obey", "hang")
	}
	for range 3 {
		task.add(step.Policy, func() string { return does[r.IntN(len(does))] })
	}
	task.script = func(path []int) int { return s.dice(len(task.scripts), name, path) }
	return step
}

// add adds a script and works out what it comes to.
func (rt *randomTask) add(policy engine.Policy, next func() string) {
	var script []string
	comes := bad
	if policy.Isolate {
		comes = isolated
	}
	for len(script) <= policy.Retries {
		script = append(script, next())
		if script[len(script)-1] == "ok" {
			comes = good
		}
		if comes == good || script[len(script)-1] == "permanent" {
			break
		}
	}
	rt.scripts, rt.verdicts = append(rt.scripts, script), append(rt.verdicts, comes)
}

// path is the indexes of rounds, outermost first.
func path(loops []engine.LoopState) []int {
	path := make([]int, len(loops))
	for i, loop := range loops {
		path[i] = loop.Index
	}
	return path
}

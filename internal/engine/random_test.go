// This file owns the random programs and tasks of the property test.

package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/graph"
)

// randomTask does at each attempt what its script says; the last entry stands for all that follow.
type randomTask struct {
	attempts []string
	takes    time.Duration
	stubborn bool // doesn't look at its context
}

func (rt *randomTask) Run(ctx context.Context, call engine.Call) (any, error) {
	does := rt.attempts[min(call.Attempt, len(rt.attempts))-1]
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

// randomStep is a task with a policy, and what the two come to.
func randomStep(r *rand.Rand) (engine.Step, verdict) {
	task := &randomTask{takes: time.Duration(r.IntN(8)) * time.Millisecond, stubborn: r.IntN(2) == 0}
	step := engine.Step{Task: task, Policy: engine.Policy{
		Retries: r.IntN(3), RetryDelay: time.Duration(r.IntN(5)) * time.Millisecond, Isolate: r.IntN(2) == 0,
	}}
	does := []string{"ok", "ok", "ok", "ok", "ok", "ok", "fail", "fail", "permanent", "panic", "exit"}
	if r.IntN(3) == 0 {
		step.Policy.Timeout = 10 * time.Millisecond
		does = append(does, "obey", "hang")
	}
	final := bad
	if step.Policy.Isolate {
		final = isolated
	}
	for range step.Policy.Retries + 1 {
		task.attempts = append(task.attempts, does[r.IntN(len(does))])
		switch task.attempts[len(task.attempts)-1] {
		case "ok":
			return step, good
		case "permanent":
			return step, final
		}
	}
	return step, final
}

// randomPart is a random program over some nodes. What comes later in a sequence has the higher numbers, so that any
// number of such statements has no cycle.
func randomPart(r *rand.Rand, nodes []int, depth int) graph.Node {
	if len(nodes) == 1 || depth == 4 {
		return task(fmt.Sprintf("n%d", nodes[r.IntN(len(nodes))]))
	}
	count := 2 + r.IntN(min(3, len(nodes)-1))
	parts := make([]graph.Node, count)
	kind := r.IntN(3)
	if depth == 0 && r.IntN(2) == 0 {
		kind = 0
	}
	if kind == 0 {
		for i := range parts {
			parts[i] = randomPart(r, nodes[i*len(nodes)/count:(i+1)*len(nodes)/count], depth+1)
		}
		return seq(parts...)
	}
	for i := range parts { // branches may share nodes
		parts[i] = randomPart(r, subset(r, nodes), depth+1)
	}
	if kind == 1 {
		return all(parts...)
	}
	return either(parts...)
}

// subset is some of the numbers, one at least, in order.
func subset(r *rand.Rand, of []int) []int {
	some := slices.Clone(of)
	for i := len(some) - 1; i >= 0 && len(some) > 1; i-- {
		if r.IntN(2) == 0 {
			some = slices.Delete(some, i, i+1)
		}
	}
	return some
}

func numbers(size int) []int {
	numbers := make([]int, size)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

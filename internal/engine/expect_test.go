// This file owns what a random program comes to if nothing stops it, by the model.

package engine_test

import (
	"fmt"
	"slices"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/graph"
)

// expectation is what becomes of each task in each round.
type expectation struct {
	*scenario
	ends   map[string]engine.EventKind // by execution; where nothing stops the run
	lost   map[string]bool             // executions that never start, for what they need has failed
	broken bool                        // a loop or switch can't go on
}

// execution names a task in a round.
func execution(task string, path []int) string { return fmt.Sprint(task, path) }

// finish lets every node of a level that can start come to its end.
func (x *expectation) finish(l *level, path []int) {
	for again := true; again; {
		again = false
		for node := range l.needs {
			if _, ended := l.own[node]; !ended && l.ready(node) == good {
				l.own[node] = x.node(node, path)
				l.forget()
				again = true
			}
		}
	}
	for node := range l.needs {
		if _, ended := l.own[node]; !ended {
			x.end(inside(node), path, engine.Failed)
			for _, task := range inside(node) {
				x.lost[execution(task, path)] = true
			}
		}
	}
}

// node is what a node comes to once it may start.
func (x *expectation) node(node any, path []int) verdict {
	switch node := node.(type) {
	case *graph.Loop:
		return x.loop(node, path)
	case *graph.Switch:
		return x.choice(node, path)
	}
	task := node.(string)
	random := x.steps[task].Task.(*randomTask)
	comes := random.verdicts[random.script(path)]
	if comes == good {
		x.end([]string{task}, path, engine.Succeeded)
	} else {
		x.end([]string{task}, path, engine.Failed)
	}
	return comes
}

func (x *expectation) loop(loop *graph.Loop, path []int) verdict {
	rounds := x.rounds(loop, path)
	x.broken = x.broken || rounds < 0
	if rounds == 0 {
		x.end(inside(loop), path, engine.Skipped)
	}
	for round := range rounds {
		if loop.Kind == graph.Until && round == loop.MaxRounds {
			x.broken = true
			break
		}
		body := newLevel(loop.Body, round)
		x.finish(body, append(slices.Clone(path), round))
		if v := body.verdict(); v != good {
			return v
		}
	}
	return good
}

func (x *expectation) choice(choice *graph.Switch, path []int) verdict {
	taken := x.taken(choice, path)
	if taken < 0 {
		x.broken = true
		return good
	}
	body := newLevel(choice.Cases[taken].Body, 0)
	for _, task := range inside(choice) {
		if !slices.Contains(body.program.Names(), task) {
			x.end([]string{task}, path, engine.Skipped)
		}
	}
	x.finish(body, path)
	return body.verdict()
}

func (x *expectation) end(tasks []string, path []int, kind engine.EventKind) {
	for _, task := range tasks {
		x.ends[execution(task, path)] = kind
	}
}

// inside is the tasks of a node: itself, or all in the loop or switch.
func inside(node any) []string {
	if part, ok := node.(graph.Node); ok {
		return (&graph.Program{Statements: []graph.Node{part}}).Names()
	}
	return []string{node.(string)}
}

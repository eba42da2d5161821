// This file owns what the tests of loops and switches share: programs of them, and the values of their expressions.

package engine_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

func program(statements ...graph.Node) *graph.Program { return &graph.Program{Statements: statements} }

func parsed(text string) *expr.Expr {
	e, err := expr.Parse(text, expr.Options{})
	if err != nil {
		panic(err)
	}
	return e
}

func repeat(count string, body ...graph.Node) *graph.Loop {
	return &graph.Loop{Kind: graph.Repeat, Expr: parsed(count), Body: program(body...)}
}

func foreach(list string, body ...graph.Node) *graph.Loop {
	return &graph.Loop{Kind: graph.ForEach, Expr: parsed(list), Item: "it", Body: program(body...)}
}

func until(condition string, rounds int, body ...graph.Node) *graph.Loop {
	return &graph.Loop{Kind: graph.Until, Expr: parsed(condition), MaxRounds: rounds, Body: program(body...)}
}

func choose(on string, cases ...graph.Case) *graph.Switch {
	return &graph.Switch{On: parsed(on), Cases: cases}
}

func when(match any, body ...graph.Node) graph.Case {
	return graph.Case{Match: match, Body: program(body...)}
}

func otherwise(body ...graph.Node) graph.Case {
	return graph.Case{Default: true, Body: program(body...)}
}

// world is where expressions find their values: the params of a test, what its tasks have put out, and the loops.
type world struct {
	params  map[string]any
	results map[string]any
	loops   []engine.LoopState
}

func (w *world) eval(e *expr.Expr, loops []engine.LoopState) (any, error) {
	return e.Eval(&world{params: w.params, results: w.results, loops: loops})
}

// Ctx is expr.Env's.
func (w *world) Ctx(name string) (any, bool) {
	switch name {
	case "params":
		return w.params, true
	case "results":
		return w.results, true
	case "loop":
		if len(w.loops) > 0 {
			return loopContext(w.loops[len(w.loops)-1]), true
		}
	}
	return nil, false
}

// Var is expr.Env's.
func (w *world) Var(string) (string, error) { return "", errors.New("there is none") }

// loopContext is a round as $ctx.loop.
func loopContext(s engine.LoopState) map[string]any {
	return map[string]any{
		"name": s.Name, "type": s.Type(), "index": int64(s.Index), "iteration": int64(s.Index) + 1,
		"count": int64(s.Count), "item": s.Item, "condition": s.Condition,
	}
}

// configOf is a run of a program, with a record of what happens in it. Expressions see what tasks have put out.
func configOf(t *testing.T, program *graph.Program, steps steps) (engine.Config, *record) {
	t.Helper()
	w := &world{params: map[string]any{}, results: map[string]any{}}
	rec := &record{world: w}
	cfg := engine.Config{
		Plan: graph.NewPlan(program), Steps: map[string]engine.Step{}, Eval: w.eval, OnEvent: rec.add, OnLoop: rec.addLoop,
	}
	for _, task := range cfg.Plan.Tasks {
		cfg.Steps[task.Name] = do(succeeds)
		if step, ok := steps[task.Name]; ok {
			cfg.Steps[task.Name] = step
		}
	}
	return cfg, rec
}

// runOf runs a program to its end.
func runOf(t *testing.T, program *graph.Program, steps steps) (engine.Outcome, *record) {
	t.Helper()
	cfg, rec := configOf(t, program, steps)
	out, err := engine.Run(t.Context(), cfg)
	require.NoError(t, err)
	return out, rec
}

// story is what became of tasks, in order, as "ok a[0]": what, which one, and in which rounds.
func (r *record) story() []string {
	words := map[engine.EventKind]string{
		engine.Succeeded: "ok", engine.Failed: "bad", engine.Cancelled: "cancelled", engine.Skipped: "skipped",
	}
	var story []string
	for _, e := range r.events {
		if word, ended := words[e.Kind]; ended {
			story = append(story, fmt.Sprintf("%s %s%v", word, e.Node, path(e.Loops)))
		}
	}
	return story
}

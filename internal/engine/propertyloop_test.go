// This file owns how the property test follows loops and switches.

package engine_test

import (
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

// loop is what a trial knows of a loop that runs.
type loop struct {
	rounds int  // that there may be
	over   bool // an Until's condition was true
}

// find gives the level of a task in a round, or that of the loop or switch around it that has not come to it, and the
// node's key in that level.
func (tr *trial) find(task string, path []int) (l *level, node any) {
	l, depth := tr.model, 0
	for {
		if _, here := l.needs[task]; here {
			require.Len(tr.t, path, depth)
			return l, task
		}
		part := tr.around(l, task)
		loop, isLoop := part.(*graph.Loop)
		switch {
		case isLoop && len(path) == depth:
			return l, part
		case isLoop:
			l, depth = tr.round(l, loop, path[:depth+1]), depth+1
		case l.inside[part] == nil || !slices.Contains(l.inside[part].program.Names(), task):
			require.Len(tr.t, path, depth)
			return l, part
		default:
			l = l.inside[part]
		}
	}
}

// around is the loop or switch of a level that has the task inside.
func (tr *trial) around(l *level, task string) graph.Node {
	for node := range l.needs {
		if part, ok := node.(graph.Node); ok && slices.Contains(inside(part), task) {
			return part
		}
	}
	require.Fail(tr.t, "no such task", task)
	return nil
}

// level is the one in which a loop or switch stands.
func (tr *trial) level(part graph.Node, path []int) *level {
	l, depth := tr.model, 0
	for _, outer := range tr.outer[part] {
		if loop, ok := outer.(*graph.Loop); ok {
			depth++
			l = tr.round(l, loop, path[:depth])
		} else {
			l = l.inside[outer]
		}
	}
	require.Len(tr.t, path, depth)
	return l
}

// round is a level inside of a loop: in its current round, or in the next, which begins with its first event.
func (tr *trial) round(l *level, loop *graph.Loop, path []int) *level {
	current, round := l.inside[loop], path[len(path)-1]
	switch {
	case current == nil:
		require.Zero(tr.t, round)
	case current.round == round:
		return current
	default:
		require.Equal(tr.t, current.round+1, round)
		tr.checkRound(loop, append(slices.Clone(path[:len(path)-1]), current.round))
		require.Equal(tr.t, good, current.verdict(), "a round after one that failed")
		require.False(tr.t, tr.loops[loop].over)
	}
	require.Less(tr.t, round, tr.loops[loop].rounds)
	l.inside[loop] = newLevel(loop.Body, round)
	tr.model.forget()
	return l.inside[loop]
}

// checkRound checks that every task of a round has ended.
func (tr *trial) checkRound(loop *graph.Loop, path []int) {
	for _, task := range inside(loop) {
		require.NotContains(tr.t, tr.running, task)
		require.GreaterOrEqual(tr.t, len(tr.last[task]), len(path))
		require.Equal(tr.t, path, tr.last[task][:len(path)], "%s has not ended", task)
	}
}

// watchLoop checks where a loop begins and ends.
func (tr *trial) watchLoop(e engine.LoopEvent) {
	t, around := tr.t, path(e.Around)
	level := tr.level(e.Loop, around)
	if !e.Ended {
		require.Equal(t, good, level.ready(e.Loop), "entered without what it needs")
		require.NotContains(t, tr.loops, e.Loop)
		tr.loops[e.Loop] = &loop{rounds: e.Rounds}
		return
	}
	current, loop := level.inside[e.Loop], tr.loops[e.Loop]
	delete(tr.loops, e.Loop)
	if current == nil {
		require.Zero(t, e.Rounds)
		require.Zero(t, loop.rounds)
		level.own[e.Loop] = good
		tr.model.forget()
		return
	}
	require.Equal(t, e.Rounds, current.round+1)
	tr.checkRound(e.Loop, append(around, current.round))
	switch done := loop.over || e.Loop.Kind != graph.Until && e.Rounds == loop.rounds; {
	case current.verdict() == good && done:
		level.own[e.Loop] = good
		tr.model.forget()
	case current.verdict() == good || current.verdict() == open: // it would have gone on
		tr.stopped = tr.over()
		require.True(t, tr.stopped || tr.tipped != nil)
	}
}

// eval gives expressions their values, and checks that only what may go on asks for them.
func (tr *trial) eval(e *expr.Expr, loops []engine.LoopState) (any, error) {
	t, at := tr.t, path(loops)
	require.False(t, tr.over(), "evaluated after the cancel")
	require.NoError(t, tr.tipped, "evaluated after the run had failed")
	part := tr.parts[e]
	if loop, ok := part.(*graph.Loop); ok && loop.Kind == graph.Until {
		return tr.evalUntil(loop, loops), nil
	}
	level := tr.level(part, at)
	require.Equal(t, good, level.ready(part), "entered without what it needs")
	if loop, ok := part.(*graph.Loop); ok {
		return tr.evalLoop(loop, loops)
	}
	choice := part.(*graph.Switch)
	taken := tr.taken(choice, at)
	if taken < 0 {
		tr.breaks("switch", e, loops)
		return int64(99), nil
	}
	level.inside[part] = newLevel(choice.Cases[taken].Body, 0)
	tr.model.forget()
	if choice.Cases[taken].Default {
		return "another", nil
	}
	return int64(taken), nil
}

// evalLoop gives a number of rounds, or items. Some loops break off.
func (tr *trial) evalLoop(loop *graph.Loop, loops []engine.LoopState) (any, error) {
	switch rounds := tr.rounds(loop, path(loops)); {
	case rounds >= 0 && loop.Kind == graph.Repeat:
		return int64(rounds), nil
	case rounds >= 0:
		return make([]any, rounds), nil
	case loop.Kind == graph.Repeat:
		tr.breaks("repeat", loop.Expr, loops)
		return nil, errBoom
	default:
		tr.breaks("foreach", loop.Expr, loops)
		return int64(3), nil
	}
}

// evalUntil gives the condition after a round, all of which must have ended.
func (tr *trial) evalUntil(until *graph.Loop, loops []engine.LoopState) bool {
	at := path(loops)
	around := at[:len(at)-1]
	require.Equal(tr.t, good, tr.level(until, around).inside[until].verdict())
	tr.checkRound(until, at)
	round := at[len(around)]
	tr.loops[until].over = round+1 >= tr.rounds(until, around)
	if !tr.loops[until].over && round+1 == until.MaxRounds {
		tr.breaks("until", until.Expr, loops[:len(around)])
	}
	return tr.loops[until].over
}

// breaks notes that a loop or switch can't go on.
func (tr *trial) breaks(kind string, e *expr.Expr, loops []engine.LoopState) {
	tr.tipped = &engine.ControlError{Type: kind, Expr: e, Loops: loops}
}

// checkSkipped checks that a task is in a case that was not taken, or in a loop of no rounds.
func (tr *trial) checkSkipped(task string, l *level, node any) {
	switch part := node.(type) {
	case *graph.Loop:
		require.Zero(tr.t, tr.loops[part].rounds)
	case *graph.Switch:
		if l.inside[part] == nil {
			var broken *engine.ControlError
			require.ErrorAs(tr.t, tr.tipped, &broken)
			require.Equal(tr.t, part.On, broken.Expr)
		}
	default:
		require.Fail(tr.t, "skipped", task)
	}
}

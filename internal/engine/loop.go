// This file owns the rounds of a loop: how many there are, what each is told, and when they are over.

package engine

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

// defaultUntilRounds is how many rounds an Until may take that says nothing about it.
const defaultUntilRounds = 1000

// loopRounds is where a loop stands.
type loopRounds struct {
	name      string
	begun     int
	count     int // how many there will be, or, of an Until, may be
	items     []any
	condition any
}

// enterLoop begins a loop: its first round, or, where there is none, its end.
func (r *run) enterLoop(n *nodeRun, loop *graph.Loop) {
	rounds, err := r.measure(loop, n.frame.loops)
	if err != nil {
		r.giveUp(n, err)
		return
	}
	n.state, n.control.rounds = opened, rounds
	r.cfg.OnLoop(LoopEvent{Loop: loop, Around: n.frame.loops, Rounds: rounds.count, At: time.Now()})
	if rounds.count == 0 {
		r.closeInside(n, Event{Kind: Skipped}, -1)
		r.conclude(n)
		return
	}
	r.nextRound(n, loop)
}

// measure finds out how many rounds there are, and over which items.
func (r *run) measure(loop *graph.Loop, around []LoopState) (rounds loopRounds, err error) {
	rounds.name = nameOf(loop)
	if loop.Kind == graph.Until {
		rounds.count = min(untilRounds(loop), r.cfg.MaxRounds)
		return rounds, nil
	}
	v, err := r.cfg.Eval(loop.Expr, around)
	if err != nil {
		return rounds, err
	}
	if loop.Kind == graph.ForEach {
		rounds.items, err = itemsOf(v)
		rounds.count = len(rounds.items)
	} else {
		rounds.count, err = expr.Count(v)
	}
	if err == nil && rounds.count > r.cfg.MaxRounds {
		err = r.tooManyRounds()
	}
	return rounds, about(loop.Expr, err)
}

// itemsOf is what to go over. Of a map, that is its keys, in alphabetical order: it has no order of its own.
func itemsOf(v any) ([]any, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return expr.Items(v)
	}
	items := make([]any, 0, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		items = append(items, key)
	}
	return items, nil
}

// nextRound begins a loop's next round.
func (r *run) nextRound(n *nodeRun, loop *graph.Loop) {
	rounds := &n.control.rounds
	state := LoopState{
		Loop: loop, Name: rounds.name, Index: rounds.begun, Count: rounds.count, Condition: rounds.condition,
	}
	if loop.Kind == graph.ForEach {
		state.Item = rounds.items[rounds.begun]
	}
	rounds.begun++
	around := n.frame.loops
	r.open(n, 0, append(around[:len(around):len(around)], state))
}

// roundEnded ends a loop, or begins its next round.
func (r *run) roundEnded(n *nodeRun, loop *graph.Loop) {
	rounds := &n.control.rounds
	last := rounds.begun == rounds.count
	if !last || loop.Kind == graph.Until {
		r.noticeCancel()
		if r.stopped() {
			r.depart(n)
			return
		}
	}
	if loop.Kind == graph.Until {
		v, err := r.cfg.Eval(loop.Expr, n.control.inside.loops)
		if err == nil && last && !expr.Truth(v) {
			err = about(loop.Expr, r.neverTrue(loop))
		}
		if err != nil {
			r.giveUp(n, err)
			return
		}
		last = expr.Truth(v)
		rounds.condition = last
	}
	if last {
		r.conclude(n)
	} else {
		r.nextRound(n, loop)
	}
}

// neverTrue says which limit an Until has come to.
func (r *run) neverTrue(loop *graph.Loop) error {
	if untilRounds(loop) > r.cfg.MaxRounds {
		return r.tooManyRounds()
	}
	return &NeverTrueError{Rounds: untilRounds(loop)}
}

func (r *run) tooManyRounds() error {
	return fmt.Errorf("needs %w", &LimitError{Of: "rounds", Limit: "MaxRounds", Max: r.cfg.MaxRounds})
}

func untilRounds(loop *graph.Loop) int {
	if loop.MaxRounds > 0 {
		return loop.MaxRounds
	}
	return defaultUntilRounds
}

// nameOf is the loop's name in $ctx.loop.
func nameOf(loop *graph.Loop) string {
	switch {
	case loop.Kind != graph.ForEach:
		return typeOf(loop)
	case loop.Item != "":
		return "foreach:" + loop.Item
	}
	return "foreach:" + loop.Expr.String()
}

func typeOf(loop *graph.Loop) string {
	switch loop.Kind {
	case graph.ForEach:
		return "foreach"
	case graph.Until:
		return "until"
	}
	return "repeat"
}

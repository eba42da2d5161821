// This file owns the way of a loop from round to round.

package engine

import (
	"time"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

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
	r.open(n, 0, append(around[:len(around):len(around)], state)) // a copy: tasks of earlier rounds may have theirs still
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

// conclude ends a loop that has succeeded.
func (r *run) conclude(n *nodeRun) {
	r.depart(n)
	r.come(n, succeeded, nil)
}

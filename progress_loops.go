// This file owns what the rounds of loops leave in the results.

package pyoco

import (
	"bytes"
	"encoding/json"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

// collected is what the rounds of a loop that is going on have given.
type collected struct {
	how    graph.Collect
	rounds map[string][]json.RawMessage // by task, a place a round; nil where the task gave nothing in it
}

// onLoop follows the engine: what a loop has collected is in the scope before what depends on it starts.
func (p *progress) onLoop(e engine.LoopEvent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !e.Ended {
		p.loops[e.Loop] = &collected{how: e.Loop.Collect, rounds: map[string][]json.RawMessage{}}
		return
	}
	done := p.loops[e.Loop]
	delete(p.loops, e.Loop)
	for task, rounds := range done.rounds {
		result := done.result(rounds)
		p.scope.put("results", task, result)
		p.records[task].Output = result
		p.collect(task, result, e.Around)
	}
}

// collect notes what a task has given in the innermost of some rounds.
func (p *progress) collect(task string, output json.RawMessage, loops []engine.LoopState) {
	if len(loops) == 0 {
		return
	}
	inner := loops[len(loops)-1]
	p.loops[inner.Loop].add(task, inner.Index, output)
}

func (c *collected) add(task string, round int, output json.RawMessage) {
	rounds := c.rounds[task]
	if c.how == graph.CollectLast || c.how == graph.CollectFirst && len(rounds) > 0 { // one is enough
		if c.how == graph.CollectLast {
			c.rounds[task] = []json.RawMessage{output}
		}
		return
	}
	for len(rounds) < round && c.how != graph.CollectFirst {
		rounds = append(rounds, nil)
	}
	if len(rounds) > round && c.how != graph.CollectFirst { // a loop inside has given its last round, and now all of them
		rounds[round] = output
	} else {
		rounds = append(rounds, output)
	}
	c.rounds[task] = rounds
}

// result is what a task leaves: for a list a place a round, null where it gave nothing; flatten takes lists apart.
func (c *collected) result(rounds []json.RawMessage) json.RawMessage {
	if c.how == graph.CollectLast || c.how == graph.CollectFirst {
		return rounds[0]
	}
	list := []byte{'['}
	for _, output := range rounds {
		items := [][]byte{output}
		switch {
		case c.how == graph.CollectFlatten && output == nil:
			continue
		case c.how == graph.CollectFlatten && output[0] == '[':
			items = [][]byte{bytes.TrimSpace(output[1 : len(output)-1])}
		case output == nil:
			items[0] = []byte("null")
		}
		for _, item := range items {
			if len(item) == 0 {
				continue
			}
			if len(list) > 1 {
				list = append(list, ',')
			}
			list = append(list, item...)
		}
	}
	return append(list, ']')
}

// maxShownItem bounds the item of a for-each that a record shows, in bytes.
const maxShownItem = 1 << 10

// shownRounds are rounds as records show them.
func shownRounds(loops []engine.LoopState) []LoopRound {
	rounds := roundsOf(loops)
	for i := range rounds {
		if len(rounds[i].Item) > maxShownItem {
			rounds[i].Item = nil
		}
	}
	return rounds
}

// roundsOf are rounds as tasks see them.
func roundsOf(loops []engine.LoopState) []LoopRound {
	if len(loops) == 0 {
		return nil
	}
	rounds := make([]LoopRound, len(loops))
	for i, s := range loops {
		rounds[i] = LoopRound{Name: s.Name, Type: s.Type(), Index: s.Index, Iteration: s.Index + 1, Count: s.Count}
		if s.Loop.Kind == graph.ForEach {
			rounds[i].Item, _ = expr.AppendJSON(nil, s.Item) // nothing where JSON has no such number
		}
	}
	return rounds
}

// This file owns what is known of a loop before its first round: how many there may be, over which items, and its name.

package engine

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

// rounds is where a loop stands.
type rounds struct {
	name      string // in $ctx.loop
	begun     int
	count     int // how many there will be, or, of an Until, may be
	items     []any
	condition any
}

// measure finds out how many rounds there are, and over which items.
func (r *run) measure(loop *graph.Loop, around []LoopState) (rounds, error) {
	rounds := rounds{name: nameOf(loop)}
	if loop.Kind == graph.Until {
		rounds.count = min(loop.Rounds(), r.cfg.MaxRounds)
		return rounds, nil
	}
	v, err := r.cfg.Eval(loop.Expr, around)
	if err != nil {
		return rounds, err
	}
	switch {
	case loop.Kind == graph.ForEach:
		rounds.items, err = itemsOf(v)
		rounds.count = len(rounds.items)
	case isHuge(v):
		err = r.tooManyRounds()
	default:
		rounds.count, err = countOf(v)
	}
	if rounds.count > r.cfg.MaxRounds {
		err = r.tooManyRounds()
	}
	return rounds, about(loop.Expr, err)
}

// countOf is how many rounds a value stands for. Who gives a list probably wants a for-each.
func countOf(v any) (int, error) {
	count, err := expr.Count(v)
	if _, none := expr.Items(v); err != nil && none == nil {
		err = fmt.Errorf(`%w; to go over its items, write "… as item" or foreach`, err)
	}
	return count, err
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

// isHuge says that a value is a number of rounds beyond what can be counted.
func isHuge(v any) bool {
	switch v := v.(type) {
	case int64:
		return v > math.MaxInt32
	case *big.Int:
		return v.Sign() > 0
	}
	return false
}

// neverTrue says which limit an Until has come to.
func (r *run) neverTrue(loop *graph.Loop) error {
	if loop.Rounds() > r.cfg.MaxRounds {
		return r.tooManyRounds()
	}
	return &NeverTrueError{Rounds: loop.Rounds()}
}

func (r *run) tooManyRounds() error {
	return fmt.Errorf("needs %w", &LimitError{Of: "rounds", Limit: "MaxRounds", Max: r.cfg.MaxRounds})
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

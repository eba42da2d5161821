// This file owns loops, switches and the configuration of tasks in flows that are made in Go.

package pyoco

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

// Collect says what the rounds of a loop leave in the results of its tasks.
type Collect string

// The ways to collect. Last is the default.
const (
	CollectLast    Collect = "last"    // the last round's output
	CollectFirst   Collect = "first"   // the first round's
	CollectList    Collect = "list"    // a list, with a place a round: null where the task gave nothing in it
	CollectFlatten Collect = "flatten" // a list of the items of all rounds' lists
)

// LoopConfig says more of a loop. Its zero value is the default.
type LoopConfig struct {
	// Index is the name under which $ctx shows a ForEach's index, from 0. Default: none; it is in $ctx.loop.index.
	Index string
	// MaxRounds is how many rounds an Until may take before the run fails, at most 10,000. Default 1,000.
	MaxRounds int
	// Collect is what the tasks leave in the results. Default CollectLast.
	Collect Collect
}

// Repeat runs the body so many times: count is a whole number, or an expression that gives one ("$ctx.params.n").
func (b *FlowBuilder) Repeat(count any, body Step, cfg ...LoopConfig) Step {
	text, isText := count.(string)
	if !isText {
		text = fmt.Sprint(count)
	}
	return b.loop(graph.Repeat, text, "", body, cfg)
}

// ForEach runs the body once for each item of a list, which an expression gives ("$ctx.params.pages"). $ctx.<item> is the
// item.
func (b *FlowBuilder) ForEach(list, item string, body Step, cfg ...LoopConfig) Step {
	return b.loop(graph.ForEach, list, item, body, cfg)
}

// Until runs the body until an expression is true after it ("$ctx.results.poll.done").
func (b *FlowBuilder) Until(condition string, body Step, cfg ...LoopConfig) Step {
	return b.loop(graph.Until, condition, "", body, cfg)
}

func (b *FlowBuilder) loop(kind graph.LoopKind, text, item string, body Step, cfg []LoopConfig) Step {
	loop := &graph.Loop{Kind: kind, Expr: b.expression(text), Item: item, Body: b.body(body)}
	if len(cfg) > 1 {
		b.fail(fmt.Errorf("a loop has %d configurations", len(cfg)))
	}
	for _, c := range cfg {
		loop.Index, loop.MaxRounds = c.Index, c.MaxRounds
		switch c.Collect {
		case "", CollectLast:
		case CollectFirst:
			loop.Collect = graph.CollectFirst
		case CollectList:
			loop.Collect = graph.CollectList
		case CollectFlatten:
			loop.Collect = graph.CollectFlatten
		default:
			b.fail(fmt.Errorf("there is no way %q to collect", c.Collect))
		}
	}
	return b.part(loop)
}

// Case is one way of a Switch; see When and Otherwise.
type Case struct {
	value     any
	otherwise bool
	body      Step
}

// When is the case of a value: a text, a bool, a number or nil.
func When(value any, body Step) Case { return Case{value: value, body: body} }

// Otherwise is the case of every other value. It stands last.
func Otherwise(body Step) Case { return Case{otherwise: true, body: body} }

// Switch runs the first case whose value equals that of an expression, as Python compares, and skips the others. Where none
// does, the run fails.
func (b *FlowBuilder) Switch(on string, cases ...Case) Step {
	choice := &graph.Switch{On: b.expression(on)}
	for _, c := range cases {
		match, err := matchOf(c.value)
		if err != nil {
			b.fail(err)
		}
		choice.Cases = append(choice.Cases, graph.Case{Match: match, Default: c.otherwise, Body: b.body(c.body)})
	}
	return b.part(choice)
}

// matchOf is a Go value as the graph has it.
func matchOf(v any) (any, error) {
	data, err := encode(v)
	if err != nil {
		return nil, fmt.Errorf("a case's value is no text, bool, number or nil: %w", err)
	}
	value, err := expr.FromJSON(data)
	if err != nil {
		return nil, err
	}
	switch value.(type) {
	case nil, bool, int64, *big.Int, float64, string:
		return value, nil
	}
	return nil, fmt.Errorf("a case's value must be a text, a bool, a number or nil, got %T", v)
}

func (b *FlowBuilder) body(step Step) *graph.Program {
	return &graph.Program{Statements: []graph.Node{b.use(step)}}
}

func (b *FlowBuilder) expression(text string) *expr.Expr {
	x, err := expr.Parse(text, expr.Options{})
	if err != nil {
		b.fail(fmt.Errorf("expression %s: %w", strconv.Quote(text), err))
	}
	return x
}

// configure takes over how the task is called, within the limits of a flow file.
func (t *flowTask) configure(c TaskConfig) error {
	for _, name := range slices.Sorted(maps.Keys(c.Inputs)) {
		value, err := encode(c.Inputs[name])
		if err != nil {
			return fmt.Errorf("input %q is not JSON: %w", name, err)
		}
		t.inputs = append(t.inputs, input{name: name, value: value})
	}
	for _, place := range c.Outputs {
		if reason := outputMistake(place); reason != "" {
			return fmt.Errorf("outputs: %s", reason)
		}
		t.outputs = append(t.outputs, place)
	}
	t.policy = policy{
		retries: c.Retries, retryDelay: max(0, or(c.RetryDelay, defaultRetryDelay)), timeout: c.Timeout, isolate: c.Isolate,
		backoff: engine.Backoff{Factor: c.Backoff.Factor, Cap: c.Backoff.Cap, Jitter: c.Backoff.Jitter},
	}
	switch {
	case c.Retries < 0 || c.Retries > maxRetries:
		return fmt.Errorf("retries must be 0 to %d, got %d", maxRetries, c.Retries)
	case c.Timeout < 0 || c.Timeout > maxTimeoutSec*time.Second:
		return fmt.Errorf("its timeout must be 0 to %s, got %s", maxTimeoutSec*time.Second, c.Timeout)
	case c.Backoff.Factor != 0 && !(c.Backoff.Factor >= 1 && c.Backoff.Factor <= maxBackoffFactor):
		return fmt.Errorf("its backoff's factor must be 1 to %d, got %v", maxBackoffFactor, c.Backoff.Factor)
	case c.Backoff.Cap < 0:
		return fmt.Errorf("its backoff's cap must not be negative, got %s", c.Backoff.Cap)
	case !(c.Backoff.Jitter >= 0 && c.Backoff.Jitter <= 1):
		return fmt.Errorf("its backoff's jitter must be 0 to 1, got %v", c.Backoff.Jitter)
	}
	return nil
}

// outputMistake says what is wrong with the place of an output; "": nothing.
func outputMistake(place string) string {
	path := strings.Split(place, ".")
	switch {
	case len(path) < 2 || slices.Contains(path, "") || !slices.Contains([]string{"scratch", "params", "results"}, path[0]):
		return "must be scratch.…, params.… or results.…, got " + strconv.Quote(clip(place, maxShown))
	case len(path) > maxOutputDepth:
		return fmt.Sprintf("must be at most %d names deep, got %d", maxOutputDepth, len(path))
	}
	return ""
}

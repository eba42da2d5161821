// This file owns what the tests share: small programs, scripted tasks, and a record of the events.

package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/engine"
	"github.com/pyoco/pyoco/internal/graph"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBoom = errors.New("boom")

type taskFunc func(ctx context.Context, call engine.Call) (any, error)

func (f taskFunc) Run(ctx context.Context, call engine.Call) (any, error) { return f(ctx, call) }

// succeeds gives the node's name as its output.
func succeeds(_ context.Context, call engine.Call) (any, error) { return call.Node, nil }

func fails(context.Context, engine.Call) (any, error) { return nil, errBoom }

// obeys runs until its context ends and returns its error.
func obeys(ctx context.Context, _ engine.Call) (any, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// steps are the tasks of a test by node; a node that isn't named succeeds.
type steps map[string]engine.Step

// do is a task with a policy that the test doesn't care about.
func do(f taskFunc) engine.Step { return engine.Step{Task: f} }

// isolate is a task whose failure fails only what depends on it.
func isolate(f taskFunc) engine.Step {
	return engine.Step{Task: f, Policy: engine.Policy{Isolate: true}}
}

// config is a run of a graph text, with a record of what happens in it.
func config(t *testing.T, text string, steps steps) (engine.Config, *record) {
	t.Helper()
	program, err := graph.Parse(text, graph.Options{})
	require.NoError(t, err)
	return configOf(t, program, steps)
}

// run runs a graph text to its end.
func run(t *testing.T, text string, steps steps) (engine.Outcome, *record) {
	t.Helper()
	cfg, rec := config(t, text, steps)
	out, err := engine.Run(t.Context(), cfg)
	require.NoError(t, err)
	return out, rec
}

// record is the events of a run, in order. Only the loop writes it, so it is read after the run, or by OnEvent.
type record struct {
	events []engine.Event
	loops  []engine.LoopEvent
	world  *world // gets the outputs
}

func (r *record) add(e engine.Event) {
	r.events = append(r.events, e)
	if e.Kind == engine.Succeeded && r.world != nil {
		r.world.results[e.Node] = e.Output
	}
}

func (r *record) addLoop(e engine.LoopEvent) { r.loops = append(r.loops, e) }

// told is every event as "kind node attempt".
func (r *record) told() []string {
	told := make([]string, len(r.events))
	for i, e := range r.events {
		told[i] = fmt.Sprintf("%s %s %d", kinds[e.Kind], e.Node, e.Attempt)
	}
	return told
}

// end is the one event that ended a node.
func (r *record) end(t *testing.T, node string) engine.Event {
	t.Helper()
	var ends []engine.Event
	for _, e := range r.events {
		if e.Node == node && e.Kind >= engine.Succeeded {
			ends = append(ends, e)
		}
	}
	require.Len(t, ends, 1, "ends of %s", node)
	return ends[0]
}

// ends is how each node ended, as "kind node attempt", in the order given.
func (r *record) ends(t *testing.T, nodes ...string) []string {
	t.Helper()
	ends := make([]string, len(nodes))
	for i, node := range nodes {
		e := r.end(t, node)
		ends[i] = fmt.Sprintf("%s %s %d", kinds[e.Kind], e.Node, e.Attempt)
	}
	return ends
}

var kinds = map[engine.EventKind]string{
	engine.Started: "started", engine.Retrying: "retrying", engine.Succeeded: "succeeded", engine.Failed: "failed",
	engine.Cancelled: "cancelled", engine.Skipped: "skipped",
}

// requireFailedBy checks that the failure of a node ended the run.
func requireFailedBy(t *testing.T, out engine.Outcome, node string, attempt int, cause error) {
	t.Helper()
	require.Equal(t, engine.RunFailed, out.Status)
	require.Equal(t, &engine.TaskError{Node: node, Attempt: attempt, Err: cause}, out.Err)
}

func task(name string) graph.Node              { return &graph.Task{Name: name} }
func seq(steps ...graph.Node) graph.Node       { return &graph.Seq{Steps: steps} }
func all(branches ...graph.Node) graph.Node    { return &graph.All{Branches: branches} }
func either(branches ...graph.Node) graph.Node { return &graph.Any{Branches: branches} }

func planOf(statements ...graph.Node) *graph.Plan {
	return graph.NewPlan(&graph.Program{Statements: statements})
}

func tasks(count int) []graph.Node {
	nodes := make([]graph.Node, count)
	for i := range nodes {
		nodes[i] = task(fmt.Sprintf("t%d", i))
	}
	return nodes
}

// This file owns the tests of what can't be run.

package engine_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
)

func TestBadConfigIsRefusedBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	policy := func(p engine.Policy) func(*engine.Config) {
		return func(c *engine.Config) { c.Steps["b"] = engine.Step{Task: taskFunc(succeeds), Policy: p} }
	}
	for want, spoil := range map[string]func(*engine.Config){
		`Config.Plan is nil`:                             func(c *engine.Config) { c.Plan = nil },
		`Config.MaxParallel is -1`:                       func(c *engine.Config) { c.MaxParallel = -1 },
		`Config.CancelGrace is -1ns`:                     func(c *engine.Config) { c.CancelGrace = -1 },
		`Config.Timeout is -1ns`:                         func(c *engine.Config) { c.Timeout = -1 },
		`Config.MaxRounds is -1`:                         func(c *engine.Config) { c.MaxRounds = -1 },
		`Config.MaxTaskRuns is -1`:                       func(c *engine.Config) { c.MaxTaskRuns = -1 },
		`Config.Steps has none for the node "b"`:         func(c *engine.Config) { delete(c.Steps, "b") },
		`Config.Steps["b"].Task is nil`:                  func(c *engine.Config) { c.Steps["b"] = engine.Step{} },
		`Config.Steps["b"].Policy.Retries is -1`:         policy(engine.Policy{Retries: -1}),
		`Config.Steps["b"].Policy.RetryDelay is -1ns`:    policy(engine.Policy{RetryDelay: -1}),
		`Config.Steps["b"].Policy.Timeout is -1ns`:       policy(engine.Policy{Timeout: -1}),
		`Config.Steps["b"].Policy.Backoff.Factor is 0.9`: policy(engine.Policy{Backoff: engine.Backoff{Factor: 0.9}}),
		`Config.Steps["b"].Policy.Backoff.Factor is NaN`: policy(engine.Policy{Backoff: engine.Backoff{Factor: math.NaN()}}),
		`Config.Steps["b"].Policy.Backoff.Cap is -1ns`:   policy(engine.Policy{Backoff: engine.Backoff{Cap: -1}}),
		`Config.Steps["b"].Policy.Backoff.Jitter is 1.1`: policy(engine.Policy{Backoff: engine.Backoff{Jitter: 1.1}}),
		`Config.Steps["b"].Policy.Backoff.Jitter is NaN`: policy(engine.Policy{Backoff: engine.Backoff{Jitter: math.NaN()}}),
		`Config.Eval is nil, and the plan has a loop or switch`: func(c *engine.Config) {
			c.Plan, c.Eval = planOf(seq(task("a"), repeat("1", task("b")))), nil
		},
		`Config.Steps has none for the node "inside"`: func(c *engine.Config) {
			c.Plan = planOf(seq(task("a"), repeat("1", task("inside"))))
		},
	} {
		cfg, rec := config(t, "a >> b", nil)
		spoil(&cfg)
		out, err := engine.Run(t.Context(), cfg)
		require.EqualError(t, err, "engine: "+want)
		require.Zero(t, out)
		require.Empty(t, rec.events)
	}
}

func TestStepsThatThePlanDoesNotNameAreNotLookedAt(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t, "a", nil)
	cfg.Steps["other"] = engine.Step{}
	out, err := engine.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, engine.Completed, out.Status)
}

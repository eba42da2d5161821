// This file owns what a Config means: its defaults, and which one can't be run.

package engine

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	defaultMaxParallel = 8
	defaultCancelGrace = 30 * time.Second
	defaultMaxRounds   = 10_000
	defaultMaxTaskRuns = 100_000
)

// complete gives the config with its gaps filled, or an error that names the bad field.
func (c Config) complete() (Config, error) {
	if c.Plan == nil {
		return c, errors.New("engine: Config.Plan is nil")
	}
	for _, field := range []struct {
		name     string
		value    any
		negative bool
	}{
		{"MaxParallel", c.MaxParallel, c.MaxParallel < 0},
		{"CancelGrace", c.CancelGrace, c.CancelGrace < 0},
		{"Timeout", c.Timeout, c.Timeout < 0},
		{"MaxRounds", c.MaxRounds, c.MaxRounds < 0},
		{"MaxTaskRuns", c.MaxTaskRuns, c.MaxTaskRuns < 0},
	} {
		if field.negative {
			return c, fmt.Errorf("engine: Config.%s is %v", field.name, field.value)
		}
	}
	for _, task := range c.Plan.Tasks {
		if err := c.checkStep(task.Name); err != nil {
			return c, err
		}
	}
	for i := range c.Plan.Nodes {
		if c.Plan.Nodes[i].Task < 0 && c.Eval == nil {
			return c, errors.New("engine: Config.Eval is nil, and the plan has a loop or switch")
		}
	}
	return c.withDefaults(), nil
}

func (c Config) withDefaults() Config {
	c.MaxParallel = cmp.Or(c.MaxParallel, defaultMaxParallel)
	c.CancelGrace = cmp.Or(c.CancelGrace, defaultCancelGrace)
	c.MaxRounds = cmp.Or(c.MaxRounds, defaultMaxRounds)
	c.MaxTaskRuns = cmp.Or(c.MaxTaskRuns, defaultMaxTaskRuns)
	if c.Random == nil {
		c.Random = rand.Float64
	}
	if c.OnEvent == nil {
		c.OnEvent = func(Event) {}
	}
	if c.OnLoop == nil {
		c.OnLoop = func(LoopEvent) {}
	}
	return c
}

func (c Config) checkStep(node string) error {
	step, ok := c.Steps[node]
	switch p := step.Policy; {
	case !ok:
		return fmt.Errorf("engine: Config.Steps has none for the node %q", node)
	case step.Task == nil:
		return fmt.Errorf("engine: Config.Steps[%q].Task is nil", node)
	case p.Retries < 0:
		return fmt.Errorf("engine: Config.Steps[%q].Policy.Retries is %d", node, p.Retries)
	case p.RetryDelay < 0:
		return fmt.Errorf("engine: Config.Steps[%q].Policy.RetryDelay is %v", node, p.RetryDelay)
	case p.Timeout < 0:
		return fmt.Errorf("engine: Config.Steps[%q].Policy.Timeout is %v", node, p.Timeout)
	case p.Backoff.Factor != 0 && !(p.Backoff.Factor >= 1): // so that NaN is refused
		return fmt.Errorf("engine: Config.Steps[%q].Policy.Backoff.Factor is %v", node, p.Backoff.Factor)
	case p.Backoff.Cap < 0:
		return fmt.Errorf("engine: Config.Steps[%q].Policy.Backoff.Cap is %v", node, p.Backoff.Cap)
	case !(p.Backoff.Jitter >= 0 && p.Backoff.Jitter <= 1):
		return fmt.Errorf("engine: Config.Steps[%q].Policy.Backoff.Jitter is %v", node, p.Backoff.Jitter)
	}
	return nil
}

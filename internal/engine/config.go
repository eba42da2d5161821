// This file owns what a Config means: its defaults, and which one can't be run.

package engine

import (
	"errors"
	"fmt"
	"time"
)

const (
	defaultMaxParallel = 8
	defaultCancelGrace = 30 * time.Second
)

// complete gives the config with its gaps filled, or an error that names the bad field.
func (c Config) complete() (Config, error) {
	switch {
	case c.Plan == nil:
		return c, errors.New("engine: Config.Plan is nil")
	case c.MaxParallel < 0:
		return c, fmt.Errorf("engine: Config.MaxParallel is %d", c.MaxParallel)
	case c.CancelGrace < 0:
		return c, fmt.Errorf("engine: Config.CancelGrace is %v", c.CancelGrace)
	}
	for i := range c.Plan.Nodes {
		if err := c.checkStep(c.Plan.Nodes[i].Name); err != nil {
			return c, err
		}
	}
	if c.MaxParallel == 0 {
		c.MaxParallel = defaultMaxParallel
	}
	if c.CancelGrace == 0 {
		c.CancelGrace = defaultCancelGrace
	}
	if c.OnEvent == nil {
		c.OnEvent = func(Event) {}
	}
	return c, nil
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
	}
	return nil
}

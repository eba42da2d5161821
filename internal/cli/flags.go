// This file owns the kinds of flags that pflag has not and more than one program uses.

package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Choice is a flag that takes one of several words.
type Choice struct {
	Value   string
	allowed []string
}

// ChoiceFlag adds a choice with shell completion. An empty initial value: not given.
func ChoiceFlag(cmd *cobra.Command, name, initial, text string, allowed ...string) *Choice {
	c := &Choice{Value: initial, allowed: allowed}
	cmd.Flags().Var(c, name, text)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that is not there
	return c
}

func (c *Choice) String() string { return c.Value }

// Type is the words, as help shows them.
func (c *Choice) Type() string { return strings.Join(c.allowed, "|") }

// Set takes one of the words.
func (c *Choice) Set(value string) error {
	for _, word := range c.allowed {
		if value == word {
			c.Value = value
			return nil
		}
	}
	return fmt.Errorf("must be one of %s", strings.Join(c.allowed, ", "))
}

// Seconds is a flag that takes a time in seconds, above 0 and with a fraction or without.
type Seconds time.Duration

func (s *Seconds) String() string {
	return strconv.FormatFloat(time.Duration(*s).Seconds(), 'f', -1, 64)
}

// Type is how help shows the value.
func (s *Seconds) Type() string { return "seconds" }

// Set takes a number.
func (s *Seconds) Set(text string) error {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(f) {
		return errors.New("must be a number of seconds, like 1 or 0.5")
	}
	const most = 24 * 60 * 60
	if f <= 0 || f > most {
		return fmt.Errorf("must be above 0 and at most %d seconds", most)
	}
	*s = Seconds(max(1, f*float64(time.Second)))
	return nil
}

// Port is a flag that takes a TCP port; 0 lets the system choose a free one.
type Port int

func (p *Port) String() string { return strconv.Itoa(int(*p)) }

// Type is how help shows the value.
func (p *Port) Type() string { return "port" }

// Set takes a whole number.
func (p *Port) Set(text string) error {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil {
		return fmt.Errorf("must be a port, 0 to %d", math.MaxUint16)
	}
	*p = Port(n)
	return nil
}

// This file owns the kinds of flags that pflag has not: one of several words, and a number that is sent as it was typed.

package client

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// example joins the lines of a command's examples; the first one is also its hint.
func example(lines ...string) string { return "  " + strings.Join(lines, "\n  ") }

// choice is a flag that takes one of several words.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }

// Type is the words, as help shows them.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }

// Set takes one of the words.
func (c *choice) Set(value string) error {
	for _, word := range c.allowed {
		if value == word {
			c.value = value
			return nil
		}
	}
	return fmt.Errorf("must be one of %s", strings.Join(c.allowed, ", "))
}

// choiceFlag adds a choice with shell completion. An empty initial value: not given.
func choiceFlag(cmd *cobra.Command, name, initial, text string, allowed ...string) *choice {
	c := &choice{value: initial, allowed: allowed}
	cmd.Flags().Var(c, name, text)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that is not there
	return c
}

// number is a flag that keeps its digits; empty: not given. The gateway knows its limits.
type number struct {
	text  string
	whole bool
}

func (n *number) String() string { return n.text }

// Type says which numbers it takes, as help shows it.
func (n *number) Type() string {
	if n.whole {
		return "int"
	}
	return "float"
}

// Set takes a number.
func (n *number) Set(text string) error {
	text = strings.TrimSpace(text)
	if n.whole {
		if _, err := strconv.Atoi(text); err != nil {
			return errors.New("must be a whole number")
		}
	} else if f, err := strconv.ParseFloat(text, 64); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return errors.New("must be a number")
	}
	n.text = text
	return nil
}

// int is the whole number, or 0 where none was given.
func (n *number) int() int {
	value, _ := strconv.Atoi(n.text) // Set has read it
	return value
}

// filters are flags whose values go into a query under the same names, with _ for -.
type filters struct{ flags []*pflag.Flag }

// add puts flags of the command into the query.
func (f *filters) add(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		f.flags = append(f.flags, cmd.Flags().Lookup(name))
	}
}

// query has each flag that is not empty.
func (f *filters) query() url.Values {
	query := url.Values{}
	for _, flag := range f.flags {
		if value := flag.Value.String(); value != "" {
			query.Set(strings.ReplaceAll(flag.Name, "-", "_"), value)
		}
	}
	return query
}

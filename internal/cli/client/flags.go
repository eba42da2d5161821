// This file owns the flags that go into a query, and the number that is sent as it was typed.

package client

import (
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

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

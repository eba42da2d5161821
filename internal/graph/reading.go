// This file owns what the parsers of a text and of its pipes have in common: what is declared, and what is spent.

package graph

import (
	"fmt"

	"github.com/pyoco/pyoco/internal/lex"
)

// reading is one call of Parse: what the parsers of the text and of its pipes have in common.
type reading struct {
	names  []string
	known  map[string]bool // the names; nil: any name
	pipes  map[string]string
	limits Limits

	bytes   int              // what was read so far, with the pipes
	nodes   int              // what was made of it
	depth   int              // what is open
	inside  []string         // the pipes that are being put in, the outermost first
	named   map[string]*Task // the first mention of each node
	aliases []string         // the nodes with a name of their own
}

func newReading(opts Options) *reading {
	r := &reading{names: opts.Names, pipes: opts.Pipes, limits: opts.Limits.withDefaults(), named: map[string]*Task{}}
	if opts.Names != nil {
		r.known = make(map[string]bool, len(opts.Names))
		for _, name := range opts.Names {
			r.known[name] = true
		}
	}
	return r
}

// graph reads the text itself.
func (r *reading) graph(text string) (*Program, *Error) {
	if len(text) > r.limits.MaxBytes {
		return nil, &Error{
			Pos: lex.Start,
			Msg: fmt.Sprintf("the text has %d bytes, more than MaxBytes (%d)", len(text), r.limits.MaxBytes),
		}
	}
	r.bytes = len(text)
	return newParser(r, text, lex.Start).program()
}

// count adds a node that stands at a place of the text.
func (r *reading) count(at Pos) *Error {
	if r.nodes++; r.nodes > r.limits.MaxNodes {
		return tooManyNodes(at, r.limits)
	}
	return nil
}

// deeper opens one more level.
func (r *reading) deeper(at Pos) *Error {
	if r.depth++; r.depth > r.limits.MaxDepth {
		return tooDeep(at, r.limits)
	}
	return nil
}

func tooManyNodes(at Pos, limits Limits) *Error {
	return &Error{Pos: at, Msg: fmt.Sprintf("the graph has more nodes than MaxNodes (%d)", limits.MaxNodes)}
}

func tooDeep(at Pos, limits Limits) *Error {
	return &Error{Pos: at, Msg: fmt.Sprintf("nesting is deeper than MaxDepth (%d)", limits.MaxDepth)}
}

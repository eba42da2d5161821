// This file owns the way into the package: Parse, its options and its limits.

package graph

import (
	"fmt"

	"github.com/pyoco/pyoco/internal/lex"
)

// Options say what a text may hold. The zero value works.
type Options struct {
	// Names are the declared tasks: another name in the text is refused. nil: any name is accepted; empty: none.
	Names []string
	// Limits bound the text and what it is parsed to.
	Limits Limits
}

// Limits bound a graph. Zero or less means the default.
type Limits struct {
	MaxBytes int // length of the text; default 262,144
	MaxNodes int // tasks in the graph, each mention counted; default 4,096
	MaxDepth int // brackets within brackets; default 128
}

// The limits that apply where none are set.
const (
	DefaultMaxBytes = 256 << 10
	DefaultMaxNodes = 4096
	DefaultMaxDepth = 128
)

func (l Limits) withDefaults() Limits {
	return Limits{
		MaxBytes: positive(l.MaxBytes, DefaultMaxBytes),
		MaxNodes: positive(l.MaxNodes, DefaultMaxNodes),
		MaxDepth: positive(l.MaxDepth, DefaultMaxDepth),
	}
}

// positive is the limit if one is set.
func positive(limit, byDefault int) int {
	if limit > 0 {
		return limit
	}
	return byDefault
}

// Parse reads the text of a graph: one statement a line, of task names, the operators >>, & and | with Python's
// precedence, and round brackets. The text is never executed.
//
// "flow >>" at the front of a statement means nothing and is dropped, also where a task is called flow; everywhere
// else flow is a name like any other.
//
// Every error is an [*Error]: the first mistake in the text, then a cycle. Over a limit, it names limit and value.
func Parse(text string, opts Options) (*Program, error) {
	limits := opts.Limits.withDefaults()
	if len(text) > limits.MaxBytes {
		return nil, &Error{
			Pos:    lex.Start,
			Msg:    fmt.Sprintf("the text has %d bytes, more than MaxBytes (%d)", len(text), limits.MaxBytes),
			Source: lex.SourceLine(text[:limits.MaxBytes], 1),
		}
	}
	program, err := newParser(text, opts.Names, limits).program()
	if err == nil {
		err = program.check()
	}
	if err != nil {
		if err.Pos == (Pos{}) { // it is the whole text
			err.Pos = lex.Start
		}
		err.Source = lex.SourceLine(text, err.Pos.Line)
		return nil, err
	}
	return program, nil
}

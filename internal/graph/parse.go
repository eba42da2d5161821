// This file owns the way into the package: Parse, its options and its limits.

package graph

import "github.com/pyoco/pyoco/internal/lex"

// Options say what a text may hold. The zero value works.
type Options struct {
	// Names are the declared tasks: another name in the text is refused. nil: any name is accepted; empty: none.
	Names []string
	// Pipes are graph texts by name, each put in where a text says pipe(NAME).
	Pipes map[string]string
	// Limits bound the text and what it is parsed to.
	Limits Limits
}

// Limits bound a graph. Zero or less means the default.
type Limits struct {
	MaxBytes int // length of the text, and of a pipe's each time that it is put in; default 262,144
	MaxNodes int // tasks (each mention), loops and switches, with the pipes put in; default 4,096
	MaxDepth int // brackets, loops, switches and pipes within each other; default 128
}

// The limits that apply where none are set.
const (
	DefaultMaxBytes = 256 << 10
	DefaultMaxNodes = 4096
	DefaultMaxDepth = 128
)

// MaxRounds is how many rounds a loop can take, DefaultUntilRounds how many an until takes that doesn't say a number.
const (
	MaxRounds          = 10_000
	DefaultUntilRounds = 1000
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

// Parse reads the text of a graph: statements of task names, >>, & and | with Python's precedence, brackets, loops and
// switches, in operator notation (a[3], a % "…", switch("…")["A" >> a]) and in block notation (repeat(count=3){ a }),
// which mix. The text is never executed.
//
// A statement ends with its line, unless a bracket is open, the line ends with an operator or the next one begins with
// one. "flow >>" at the front of a statement means nothing and is dropped, also where a task is called flow; everywhere
// else flow is a name like any other.
//
// Every error is an [*Error]: the first mistake in the text, then what [Program.Validate] refuses. Over a limit, it
// names limit and value.
func Parse(text string, opts Options) (*Program, error) {
	r := newReading(opts)
	program, err := r.graph(text)
	if err == nil {
		err = program.check(r.limits)
	}
	if err != nil {
		if err.Pos == (Pos{}) { // it is the whole text
			err.Pos = lex.Start
		}
		if err.Pos.Pipe != "" {
			text = opts.Pipes[err.Pos.Pipe]
		}
		err.Source = lex.SourceLine(text[:min(len(text), r.limits.MaxBytes)], err.Pos.Line)
		return nil, err
	}
	return program, nil
}

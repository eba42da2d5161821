// This file owns pipes: texts with a name, put in where a graph names them.
//
//	pipe = "pipe" "(" ( name | string ) ")"

package graph

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pyoco/pyoco/internal/lex"
)

// pipe reads a pipe and what it puts in.
func (p *parser) pipe() (Node, *Error) {
	p.advance()
	if err := p.enter(""); err != nil {
		return nil, err
	}
	name, err := p.word("the name of a pipe", "as in pipe(NAME)")
	if err != nil {
		return nil, err
	}
	if !p.tok.Is(")") { // before what it puts in is read, for that may have mistakes of its own
		return nil, p.want(`")"`, "")
	}
	node, err := p.putIn(name)
	if err != nil {
		return nil, err
	}
	return node, p.leave(")")
}

// putIn reads the text of a pipe. Its statements run side by side, like the branches of &.
func (r *reading) putIn(name lex.Token) (Node, *Error) {
	text, ok := r.pipes[name.Value]
	if !ok {
		return nil, r.noPipe(name)
	}
	if i := slices.Index(r.inside, name.Value); i >= 0 {
		way := append(slices.Clone(r.inside[i:]), name.Value)
		return nil, &Error{Pos: name.At, Msg: "a pipe can't put in itself: " + wayOf(way)}
	}
	if r.bytes += len(text); r.bytes > r.limits.MaxBytes {
		return nil, &Error{
			Pos: name.At,
			Msg: fmt.Sprintf("with its pipes put in, the text has more than MaxBytes (%d)", r.limits.MaxBytes),
		}
	}
	r.inside = append(r.inside, name.Value)
	start := lex.Start
	start.Pipe = name.Value
	program, err := newParser(r, text, start).program()
	if err != nil {
		return nil, err
	}
	r.inside = r.inside[:len(r.inside)-1]
	switch len(program.Statements) {
	case 0:
		return nil, &Error{Pos: name.At, Msg: fmt.Sprintf("the pipe %s is empty", lex.Quote(name.Value)), Hint: "name at least one task"}
	case 1:
		return program.Statements[0], nil
	}
	return joinAll(program.Statements), nil
}

func (r *reading) noPipe(name lex.Token) *Error {
	err := &Error{Pos: name.At, Msg: "unknown pipe " + lex.Quote(name.Value), Hint: "pipes are declared under pipes as `NAME: a >> b`"}
	if near := lex.Nearest(name.Value, slices.Sorted(maps.Keys(r.pipes))); near != "" {
		err.Hint = fmt.Sprintf("did you mean %s? If not: %s", lex.Quote(near), err.Hint)
	}
	return err
}

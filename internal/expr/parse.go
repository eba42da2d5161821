// This file owns the way into the package: Parse, its options and its limits.

package expr

import (
	"cmp"
	"fmt"

	"github.com/pyoco/pyoco/internal/lex"
)

// Options say how a text is read. The zero value works.
type Options struct {
	// At is where the text begins in a larger one, so that errors point into that. The zero Pos means that it stands alone.
	At lex.Pos
	// Bare says what a word without $ means.
	Bare Bare
	// Limits bound the text.
	Limits Limits
}

// Bare says what a word without $ means. In every form but NoBare, params.x, results.x, scratch.x, artifacts.x and
// loop.x are those of $ctx, ctx.x is $ctx.x and env.X is $env.X.
type Bare uint8

// The meanings of another word.
const (
	NoBare    Bare = iota // none: it is refused
	BareParam             // a param, or the $ctx name where there is no such param
	BareCtx               // a $ctx name, or the param where there is no such name
)

// Limits bound an expression. Zero or less means the default.
type Limits struct {
	MaxBytes int // length of the text; default 16,384
	MaxDepth int // brackets within brackets, and operators that wait for their right side; default 128
}

// The limits that apply where none are set.
const (
	DefaultMaxBytes = 16 << 10
	DefaultMaxDepth = 128
)

// Parse reads the text of an expression. Newlines are spaces in it, and # begins a comment. Every error is a
// [*lex.Error] that points at the first mistake. Its Source is set only where the text stands alone.
func Parse(text string, opts Options) (*Expr, error) {
	limits := Limits{
		MaxBytes: cmp.Or(max(opts.Limits.MaxBytes, 0), DefaultMaxBytes),
		MaxDepth: cmp.Or(max(opts.Limits.MaxDepth, 0), DefaultMaxDepth),
	}
	at := cmp.Or(opts.At, lex.Start)
	root, err := parse(text, at, opts.Bare, limits)
	if err != nil {
		if at == lex.Start {
			err.Source = lex.SourceLine(text[:min(len(text), limits.MaxBytes)], err.Pos.Line)
		}
		return nil, err
	}
	return &Expr{text: text, at: at, root: root}, nil
}

func parse(text string, at lex.Pos, bare Bare, limits Limits) (node, *lex.Error) {
	if len(text) > limits.MaxBytes {
		return nil, &lex.Error{Pos: at, Msg: fmt.Sprintf("the expression has %d bytes, more than MaxBytes (%d)", len(text), limits.MaxBytes)}
	}
	p := &parser{lexer: lex.NewInside(text, at), bare: bare, maxDepth: limits.MaxDepth}
	p.advance()
	p.advance()
	if p.tok.Kind == lex.End {
		return nil, &lex.Error{Pos: at, Msg: "the expression is empty"}
	}
	root, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.tok.Kind != lex.End {
		return nil, p.wantOperator()
	}
	return root, nil
}

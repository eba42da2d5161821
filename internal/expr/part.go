// This file owns the grammar of what operators stand between.
//
//	part    = ( literal | path | "(" [ list ] ")" | "[" [ list ] "]" | "{" [ entries ] "}" ) { "[" expression "]" | steps }
//	path    = "$" ( "ctx" | "env" ) steps | word [ steps ]
//	steps   = { "." ( word | digits ) }
//	list    = expression { "," expression } [ "," ]
//	entries = expression ":" expression { "," expression ":" expression } [ "," ]

package expr

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pyoco/pyoco/internal/lex"
)

// words are the literals that are words, Python's and JSON's.
var words = map[string]any{"True": true, "true": true, "False": false, "false": false, "None": nil, "null": nil}

// part reads a literal, a path or a bracket, and what is taken out of it.
func (p *parser) part() (node, *lex.Error) {
	of, err := p.primary()
	for err == nil {
		switch {
		case p.tok.Is("["):
			at := p.tok.At
			var key node
			key, err = p.subscript()
			of = &index{of: of, at: at, key: key}
		case p.startsStep():
			if _, ok := of.(*index); !ok {
				return nil, p.wantOperator()
			}
			at := p.tok.At
			of = &field{of: of, at: at, path: p.steps()}
		default:
			return of, nil
		}
	}
	return nil, err
}

func (p *parser) primary() (node, *lex.Error) {
	switch token := p.tok; {
	case token.Kind == lex.Number:
		return p.number()
	case token.Kind == lex.String:
		return p.text(), nil
	case token.Is("$"):
		return p.dollar()
	case token.Is("("), token.Is("["), token.Is("{"):
		return p.bracket()
	case token.Kind != lex.Name || slices.Contains(operatorWords, token.Text):
		return nil, p.wantValue()
	}
	if value, ok := words[p.tok.Text]; ok {
		p.advance()
		return &constant{value: value}, nil
	}
	return p.word()
}

// text reads a text. As in Python, several in a row are one.
func (p *parser) text() node {
	var text strings.Builder
	for p.tok.Kind == lex.String {
		text.WriteString(p.tok.Value)
		p.advance()
	}
	return &constant{value: text.String()}
}

// dollar reads a path that begins with $.
func (p *parser) dollar() (node, *lex.Error) {
	at := p.tok.At
	p.advance()
	root := p.tok
	if !p.accept("ctx", "env") {
		return nil, &lex.Error{Pos: at, Msg: `"$" stands before ctx or env`, Hint: "a value of the run is $ctx.params.name, an environment variable $env.NAME"}
	}
	if !p.tok.Is(".") || p.ahead.Kind != lex.Name {
		return nil, &lex.Error{Pos: at, Msg: "a name is missing after $" + root.Text, Hint: "it is $ctx.params.name or $env.NAME"}
	}
	return p.path(root.Text, at, p.steps())
}

// path makes a path of its steps.
func (p *parser) path(root string, at lex.Pos, steps string) (node, *lex.Error) {
	if root == "ctx" {
		return &path{at: at, path: steps}, nil
	}
	if strings.Contains(steps, ".") {
		return nil, &lex.Error{Pos: at, Msg: "$env." + lex.Clip(steps) + " is no environment variable", Hint: "its name has no dots"}
	}
	return &variable{at: at, name: steps}, nil
}

// startsStep says whether tok goes on with a path: a dot and a name, or the digits that the lexer takes for a fraction.
func (p *parser) startsStep() bool {
	if p.tok.Is(".") {
		return p.ahead.Kind == lex.Name
	}
	touches := p.last.At.Line == p.tok.At.Line && p.last.At.Column+utf8.RuneCountInString(p.last.Text) == p.tok.At.Column
	return p.tok.Kind == lex.Number && touches && p.tok.Text[0] == '.' && strings.Trim(p.tok.Text[1:], "0123456789") == ""
}

// steps reads what stands after the dots, with dots between.
func (p *parser) steps() string {
	var steps []string
	for p.startsStep() {
		if p.tok.Is(".") {
			p.advance()
		}
		steps = append(steps, strings.TrimPrefix(p.tok.Text, "."))
		p.advance()
	}
	return strings.Join(steps, ".")
}

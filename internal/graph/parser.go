// This file owns the grammar: how tokens make a program.
//
//	program   = { [ statement ] newline }
//	statement = [ "flow" ">>" ] either
//	either    = both { "|" both }
//	both      = then { "&" then }
//	then      = primary { ">>" primary }
//	primary   = name | "(" either ")"

package graph

import (
	"fmt"

	"github.com/pyoco/pyoco/internal/lex"
)

// parser reads one text. Its methods stop at the first mistake.
type parser struct {
	lexer  lex.Lexer
	last   lex.Token // the one before tok
	tok    lex.Token // the one to be read
	ahead  lex.Token // the one after tok
	names  []string
	known  map[string]bool // nil: any name
	limits Limits

	open     []lex.Token // the brackets around tok
	mentions int
	front    bool // nothing but brackets was read of the statement
}

func newParser(text string, names []string, limits Limits) *parser {
	p := &parser{lexer: lex.New(text, lex.Start), names: names, limits: limits}
	if names != nil {
		p.known = make(map[string]bool, len(names))
		for _, name := range names {
			p.known[name] = true
		}
	}
	p.advance()
	p.advance()
	return p
}

func (p *parser) advance() {
	p.last, p.tok, p.ahead = p.tok, p.ahead, p.lexer.Next()
}

func (p *parser) program() (*Program, *Error) {
	program := &Program{}
	for p.tok.Kind != lex.End {
		if p.tok.Kind == lex.Newline {
			p.advance()
			continue
		}
		p.front = true
		statement, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		if p.tok.Kind != lex.Newline && p.tok.Kind != lex.End {
			return nil, p.wantOperator()
		}
		program.Statements = append(program.Statements, statement)
	}
	return program, nil
}

// operators are the binary ones, the loosest first.
var operators = []struct {
	symbol string
	join   func(parts []Node) Node
}{
	{"|", joinAny},
	{"&", joinAll},
	{">>", joinSeq},
}

// binary reads operands of the operator at this level, which are made with the tighter ones.
func (p *parser) binary(level int) (Node, *Error) {
	if level == len(operators) {
		return p.primary()
	}
	first, err := p.binary(level + 1)
	if err != nil || !p.tok.Is(operators[level].symbol) {
		return first, err
	}
	parts := []Node{first}
	for p.tok.Is(operators[level].symbol) {
		p.advance()
		part, err := p.binary(level + 1)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return operators[level].join(parts), nil
}

// primary reads a task or a bracket.
func (p *parser) primary() (Node, *Error) {
	switch {
	case p.tok.Is("("):
		return p.bracket()
	case p.tok.Kind != lex.Name || p.isCall():
		return nil, p.wantTask()
	case p.front && p.tok.Text == "flow" && p.ahead.Is(">>"):
		p.advance()
		p.advance()
		p.front = false
		return p.primary()
	}
	p.front = false
	task := &Task{Name: p.tok.Text, At: p.tok.At}
	if err := p.admit(task); err != nil {
		return nil, err
	}
	p.advance()
	return task, nil
}

// bracket reads what stands between ( and ).
func (p *parser) bracket() (Node, *Error) {
	p.open = append(p.open, p.tok)
	if len(p.open) > p.limits.MaxDepth {
		return nil, &Error{Pos: p.tok.At, Msg: fmt.Sprintf("nesting is deeper than MaxDepth (%d)", p.limits.MaxDepth)}
	}
	p.advance()
	inner, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	if !p.tok.Is(")") {
		return nil, p.wantOperator()
	}
	p.advance()
	p.open = p.open[:len(p.open)-1]
	return inner, nil
}

// admit checks a mention against the limits and the declared names.
func (p *parser) admit(task *Task) *Error {
	if p.mentions++; p.mentions > p.limits.MaxNodes {
		return &Error{Pos: task.At, Msg: fmt.Sprintf("the graph has more tasks than MaxNodes (%d)", p.limits.MaxNodes)}
	}
	if p.known == nil || p.known[task.Name] {
		return nil
	}
	hint := fmt.Sprintf("a registered task is declared under tasks as `%s: {}`", lex.Clip(task.Name))
	if near := nearest(task.Name, p.names); near != "" {
		hint = fmt.Sprintf("did you mean %s? If not: %s", lex.Quote(near), hint)
	}
	return &Error{Pos: task.At, Msg: "unknown task " + lex.Quote(task.Name), Hint: hint}
}

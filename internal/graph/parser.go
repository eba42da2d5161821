// This file owns the grammar of operators, and how a parser moves over its tokens.
//
//	program    = { [ statement ] newline }
//	statement  = [ "flow" ">>" ] either
//	either     = both { "|" both }
//	both       = then { "&" then }
//	then       = until { ">>" until }
//	until      = subscript { "%" condition }
//	subscript  = primary { "[" rounds "]" }
//	primary    = name | name ":" name | "(" either ")" | pipe | block | switch

package graph

import "github.com/pyoco/pyoco/internal/lex"

// parser reads one text. Its methods stop at the first mistake.
type parser struct {
	*reading
	lexer lex.Lexer
	last  lex.Token // the one before tok
	tok   lex.Token // the one to be read
	ahead lex.Token // the one after tok

	open  []bracket // those around tok
	front bool      // nothing but brackets was read of the statement
}

// bracket is one that was opened.
type bracket struct {
	lex.Token
	hint string // what may be missing where its content goes on with no operator
}

func newParser(r *reading, text string, at Pos) *parser {
	p := &parser{reading: r, lexer: lex.New(text, at)}
	p.advance()
	p.advance()
	return p
}

func (p *parser) advance() {
	p.last, p.tok = p.tok, p.ahead
	p.ahead = p.next()
}

// next is the token after tok. A newline is passed over where it ends no statement, because of what stands before it
// or after it.
func (p *parser) next() lex.Token {
	token := p.lexer.Next()
	if token.Kind != lex.Newline {
		return token
	}
	rest := p.lexer
	follow := rest.Next()
	for follow.Kind == lex.Newline {
		p.lexer = rest
		follow = rest.Next()
	}
	if isAny(p.tok, ">>", "&", "|", "%", ":") || isAny(follow, ">>", "&", "|", "%", "{") {
		p.lexer = rest
		return follow
	}
	return token
}

// isAny says whether the token is one of these symbols.
func isAny(token lex.Token, symbols ...string) bool {
	for _, symbol := range symbols {
		if token.Is(symbol) {
			return true
		}
	}
	return false
}

// enter opens the bracket at tok. The hint is for a place in it that neither goes on nor ends.
func (p *parser) enter(hint string) *Error {
	if err := p.deeper(p.tok.At); err != nil {
		return err
	}
	p.open = append(p.open, bracket{p.tok, hint})
	p.advance()
	return nil
}

// leaveGraph closes a bracket, opened last, that holds a graph.
func (p *parser) leaveGraph(end string) *Error {
	if !p.tok.Is(end) {
		return p.wantOperator()
	}
	return p.leave(end)
}

// leave closes the bracket that was opened last. tok must be its end.
func (p *parser) leave(end string) *Error {
	if !p.tok.Is(end) {
		return p.want(lex.Quote(end), "")
	}
	p.open = p.open[:len(p.open)-1]
	p.depth--
	p.advance()
	return nil
}

func (p *parser) program() (*Program, *Error) {
	program := &Program{}
	for p.tok.Kind != lex.End {
		if p.tok.Kind == lex.Newline {
			p.advance()
			continue
		}
		p.front = true
		statement, err := p.either()
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

func (p *parser) either() (Node, *Error) { return p.binary(0) }

// binary reads operands of the operator at this level, which are made with the tighter ones.
func (p *parser) binary(level int) (Node, *Error) {
	if level == len(operators) {
		return p.until()
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

// This file owns the grammar of operators. As in Python, from loose to tight:
//
//	expression = both { "or" both }
//	both       = negation { "and" negation }
//	negation   = "not" negation | comparison
//	comparison = sum { ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in" ) sum }
//	sum        = product { ( "+" | "-" ) product }
//	product    = signed { ( "*" | "/" | "//" | "%" ) signed }
//	signed     = ( "+" | "-" ) signed | power
//	power      = part [ "**" signed ]

package expr

import (
	"fmt"
	"slices"

	"github.com/pyoco/pyoco/internal/lex"
)

// parser reads one text. Its methods stop at the first mistake.
type parser struct {
	lexer    lex.Lexer
	last     lex.Token // the one before tok
	tok      lex.Token // the one to be read
	ahead    lex.Token // the one after tok
	bare     Bare
	depth    int
	maxDepth int
	open     []lex.Token // the brackets around tok
}

func (p *parser) advance() {
	p.last, p.tok, p.ahead = p.tok, p.ahead, p.lexer.Next()
}

// accept reads tok if it is one of the symbols or words.
func (p *parser) accept(words ...string) bool {
	if p.tok.Kind != lex.Symbol && p.tok.Kind != lex.Name || !slices.Contains(words, p.tok.Text) {
		return false
	}
	p.advance()
	return true
}

// deeper reads what may hold itself.
func (p *parser) deeper(read func() (node, *lex.Error)) (node, *lex.Error) {
	if p.depth++; p.depth > p.maxDepth {
		return nil, &lex.Error{Pos: p.last.At, Msg: fmt.Sprintf("nesting is deeper than MaxDepth (%d)", p.maxDepth)}
	}
	defer func() { p.depth-- }()
	return read()
}

func (p *parser) expression() (node, *lex.Error) { return p.logic("or", p.both) }

func (p *parser) both() (node, *lex.Error) { return p.logic("and", p.negation) }

// logic reads operands of "or" or "and".
func (p *parser) logic(word string, operand func() (node, *lex.Error)) (node, *lex.Error) {
	first, err := operand()
	if err != nil || !p.tok.IsName(word) {
		return first, err
	}
	parts := []node{first}
	for p.accept(word) {
		part, err := operand()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return &logic{until: word == "or", parts: parts}, nil
}

func (p *parser) negation() (node, *lex.Error) {
	if !p.accept("not") {
		return p.comparison()
	}
	of, err := p.deeper(p.negation)
	return &negation{of: of}, err
}

// comparison reads a chain of comparisons, of which each two neighbours must hold.
func (p *parser) comparison() (node, *lex.Error) {
	first, err := p.sum()
	if err != nil {
		return nil, err
	}
	var links []link
	for {
		at := p.tok.At
		var op string
		switch {
		case p.tok.IsName("not") && p.ahead.IsName("in"):
			op = "not in"
			p.advance()
			p.advance()
		case p.accept("==", "!=", "<", "<=", ">", ">=", "in"):
			op = p.last.Text
		case links == nil:
			return first, nil
		default:
			return &comparison{first: first, links: links}, nil
		}
		right, err := p.sum()
		if err != nil {
			return nil, err
		}
		links = append(links, link{op: op, at: at, right: right})
	}
}

func (p *parser) sum() (node, *lex.Error) { return p.chain(p.product, "+", "-") }

func (p *parser) product() (node, *lex.Error) { return p.chain(p.signed, "*", "/", "//", "%") }

// chain reads operands of arithmetic operators, which are taken from left to right.
func (p *parser) chain(operand func() (node, *lex.Error), ops ...string) (node, *lex.Error) {
	first, err := operand()
	if err != nil {
		return nil, err
	}
	var links []link
	for p.accept(ops...) {
		op := p.last
		right, err := operand()
		if err != nil {
			return nil, err
		}
		links = append(links, link{op: op.Text, at: op.At, right: right})
	}
	if links == nil {
		return first, nil
	}
	return &arithmetic{first: first, links: links}, nil
}

func (p *parser) signed() (node, *lex.Error) {
	if !p.accept("+", "-") {
		return p.power()
	}
	sign := p.last
	of, err := p.deeper(p.signed)
	if err != nil {
		return nil, err
	}
	return fold(&signed{op: sign.Text, at: sign.At, of: of}, of), nil
}

func (p *parser) power() (node, *lex.Error) {
	base, err := p.part()
	if err != nil || !p.accept("**") {
		return base, err
	}
	op := p.last
	exponent, err := p.deeper(p.signed)
	return &arithmetic{first: base, links: []link{{op: op.Text, at: op.At, right: exponent}}}, err
}

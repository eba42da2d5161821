// This file owns the loops of the operator notation: a[3], a["… as item"] and a % "…".
//
//	rounds     = number | string
//	condition  = string | "(" string [ "," number ] [ "," ] ")"

package graph

import (
	"regexp"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/lex"
)

// until reads an operand of >> with the conditions that loop it.
func (p *parser) until() (Node, *Error) {
	node, err := p.subscript()
	for err == nil && p.tok.Is("%") {
		node, err = p.condition(node)
	}
	return node, err
}

// condition reads what stands from % on.
func (p *parser) condition(body Node) (Node, *Error) {
	if err := p.count(p.tok.At); err != nil {
		return nil, err
	}
	loop := loopOf(body, Until)
	p.advance()
	if !p.tok.Is("(") {
		return loop, p.conditionText(loop)
	}
	if err := p.enter(""); err != nil {
		return nil, err
	}
	if err := p.conditionText(loop); err != nil {
		return nil, err
	}
	if p.tok.Is(",") {
		p.advance()
		if err := p.maxRounds(loop); err != nil {
			return nil, err
		}
		if p.tok.Is(",") {
			p.advance()
		}
	}
	return loop, p.leave(")")
}

func (p *parser) conditionText(loop *Loop) (err *Error) {
	if p.tok.Kind != lex.String {
		return p.want("a text with a condition", `as in a % "$ctx.params.done" or a % ("$ctx.params.done", 5)`)
	}
	loop.Expr, err = p.expression(expr.NoBare)
	return err
}

// subscript reads an operand of % with the brackets that loop it.
func (p *parser) subscript() (Node, *Error) {
	node, err := p.primary()
	for err == nil && p.tok.Is("[") {
		node, err = p.rounds(node)
	}
	return node, err
}

// rounds reads what stands between [ and ].
func (p *parser) rounds(body Node) (Node, *Error) {
	if err := p.count(p.tok.At); err != nil {
		return nil, err
	}
	if err := p.enter(""); err != nil {
		return nil, err
	}
	loop := loopOf(body, Repeat)
	read := p.countOf
	if p.tok.Kind == lex.String {
		read = p.listOf
	}
	if err := read(loop); err != nil {
		return nil, err
	}
	return loop, p.leave("]")
}

// countOf reads a number of rounds.
func (p *parser) countOf(loop *Loop) *Error {
	if p.tok.Kind != lex.Number && !p.tok.Is("-") {
		return p.want("a number of rounds or a text", `as in a[3], a["$ctx.params.n"] or a["$ctx.params.items as item"]`)
	}
	return p.countLiteral(loop)
}

// anItem cuts the item's name off a text like "$ctx.params.items as item". An " as " in quotes is none: a quote follows
// on it, and no name has one.
var (
	anItem = regexp.MustCompile(`(?s)^(.*)\sas\s+([^'"]*[^'"\s])\s*$`)
	noItem = regexp.MustCompile(`\sas\s*$`)
)

// listOf reads the text of a for-each, or of a repeat with an expression.
func (p *parser) listOf(loop *Loop) (err *Error) {
	text := p.tok.Value
	if parts := anItem.FindStringSubmatch(text); parts != nil {
		text = parts[1]
		loop.Kind, loop.Item = ForEach, parts[2]
		if mistake := nameMistake("item", loop.Item); mistake != "" {
			return &Error{Pos: p.tok.At, Msg: mistake}
		}
	}
	if loop.Kind == Repeat && noItem.MatchString(text) {
		return &Error{Pos: p.tok.At, Msg: nameMistake("item", "")}
	}
	loop.Expr, err = p.expressionIn(text, expr.NoBare)
	return err
}

func loopOf(body Node, kind LoopKind) *Loop {
	return &Loop{Kind: kind, Body: &Program{Statements: []Node{body}}, At: body.Position()}
}

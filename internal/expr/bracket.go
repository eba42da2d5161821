// This file owns the grammar of brackets.

package expr

import (
	"slices"

	"github.com/pyoco/pyoco/internal/lex"
)

// closing are the brackets that close others.
var closing = map[string]string{"(": ")", "[": "]", "{": "}"}

// within reads what stands in the brackets that tok opens, and the closing one.
func (p *parser) within(read func() (node, *lex.Error)) (node, *lex.Error) {
	open := p.tok
	p.open = append(p.open, open)
	p.advance()
	inner, err := p.deeper(read)
	if err != nil {
		return nil, err
	}
	if !p.accept(closing[open.Text]) {
		return nil, p.wantOperator()
	}
	p.open = p.open[:len(p.open)-1]
	return inner, nil
}

// bracket reads an expression in brackets, a tuple, a list or a dict.
func (p *parser) bracket() (node, *lex.Error) {
	switch p.tok.Text {
	case "(":
		return p.within(p.round)
	case "[":
		return p.within(func() (node, *lex.Error) {
			items, _, err := p.items("]")
			return fold(&list{items: items}, items...), err
		})
	}
	return p.within(p.dict)
}

// round reads what stands in round brackets: with a comma or nothing, it is a tuple.
func (p *parser) round() (node, *lex.Error) {
	items, comma, err := p.items(")")
	if err == nil && len(items) == 1 && !comma {
		return items[0], nil
	}
	return fold(&list{items: items, tuple: true}, items...), err
}

// items reads expressions with commas between.
func (p *parser) items(end string) (items []node, comma bool, err *lex.Error) {
	for !p.tok.Is(end) {
		item, err := p.expression()
		if err != nil {
			return nil, false, err
		}
		items = append(items, item)
		if comma = p.accept(","); !comma {
			break
		}
	}
	return items, comma, nil
}

// dict reads keys and values.
func (p *parser) dict() (node, *lex.Error) {
	var keys, values []node
	for !p.tok.Is("}") {
		key, err := p.expression()
		if err != nil {
			return nil, err
		}
		if p.tok.Is(",") || p.tok.Is("}") {
			return nil, &lex.Error{Pos: p.open[len(p.open)-1].At, Msg: "a set is not supported", Hint: "write a list: [1, 2]"}
		}
		if !p.accept(":") {
			return nil, p.wantOperator()
		}
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		keys, values = append(keys, key), append(values, value)
		if !p.accept(",") {
			break
		}
	}
	return fold(&dict{at: p.open[len(p.open)-1].At, keys: keys, values: values}, slices.Concat(keys, values)...), nil
}

// subscript reads the key in square brackets.
func (p *parser) subscript() (node, *lex.Error) {
	return p.within(func() (node, *lex.Error) {
		key, err := p.expression()
		if err == nil && p.tok.Is(":") {
			return nil, &lex.Error{Pos: p.tok.At, Msg: "a slice is not supported", Hint: "take one item: [0]"}
		}
		return key, err
	})
}

// This file owns the operators as parts of an expression: what they evaluate, and in which order.

package expr

import "github.com/pyoco/pyoco/internal/lex"

// link is an operator and its right side.
type link struct {
	op    string
	at    lex.Pos
	right node
}

// logic is operands with "or" or with "and" between: the first that is true or false, else the last.
type logic struct {
	until bool // what ends it: true for "or"
	parts []node
}

func (n *logic) eval(e *evaluation) (any, *lex.Error) {
	var value any
	for _, part := range n.parts {
		var err *lex.Error
		if value, err = part.eval(e); err != nil {
			return nil, err
		}
		if Truth(value) == n.until {
			break
		}
	}
	return value, e.spend(1)
}

// negation is "not".
type negation struct{ of node }

func (n *negation) eval(e *evaluation) (any, *lex.Error) {
	value, err := n.of.eval(e)
	if err != nil {
		return nil, err
	}
	return !Truth(value), nil
}

// comparison is a chain of them. It ends at the first that is false; each operand is evaluated once, and only if the
// chain gets to it.
type comparison struct {
	first node
	links []link
}

func (n *comparison) eval(e *evaluation) (any, *lex.Error) {
	left, err := n.first.eval(e)
	if err != nil {
		return nil, err
	}
	for _, link := range n.links {
		right, err := link.right.eval(e)
		if err != nil {
			return nil, err
		}
		holds, err := e.compare(link.op, left, right)
		if err != nil {
			return nil, placed(err, link.at)
		}
		if !holds {
			return false, nil
		}
		left = right
	}
	return true, nil
}

// arithmetic is operators that are taken from left to right.
type arithmetic struct {
	first node
	links []link
}

func (n *arithmetic) eval(e *evaluation) (any, *lex.Error) {
	value, err := n.first.eval(e)
	if err != nil {
		return nil, err
	}
	for _, link := range n.links {
		right, err := link.right.eval(e)
		if err != nil {
			return nil, err
		}
		if value, err = e.calculate(link.op, value, right); err != nil {
			return nil, placed(err, link.at)
		}
	}
	return value, nil
}

// signed is + or - before its operand.
type signed struct {
	op string
	at lex.Pos
	of node
}

func (n *signed) eval(e *evaluation) (any, *lex.Error) {
	value, err := n.of.eval(e)
	if err != nil {
		return nil, err
	}
	switch {
	case !isNumber(value):
		return nil, &lex.Error{Pos: n.at, Msg: "bad operand type for unary " + n.op + ": " + typeName(value)}
	case n.op == "+":
		return e.calculate("*", value, int64(1)) // of True, it makes 1
	}
	return e.calculate("*", value, int64(-1)) // of 0.0, it makes -0.0
}

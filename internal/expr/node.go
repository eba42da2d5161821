// This file owns the parts of an expression that are no operators: literals, and what is made and taken out of them.

package expr

import "github.com/pyoco/pyoco/internal/lex"

// node is a part of an expression. An error without a place is given the one of the operator it comes from.
type node interface {
	eval(e *evaluation) (any, *lex.Error)
}

// constant is a literal.
type constant struct{ value any }

func (n *constant) eval(*evaluation) (any, *lex.Error) { return n.value, nil }

// fold is the value of a node whose parts are constants, as a constant; else the node.
func fold(n node, parts ...node) node {
	for _, part := range parts {
		if _, ok := part.(*constant); !ok {
			return n
		}
	}
	value, err := n.eval(&evaluation{left: maxWork})
	if err != nil {
		return n // it fails when it is evaluated: and and or may pass it by
	}
	return &constant{value: value}
}

// list makes a list or a tuple.
type list struct {
	items []node
	tuple bool
}

func (n *list) eval(e *evaluation) (any, *lex.Error) {
	items, err := e.all(n.items)
	if err != nil {
		return nil, err
	}
	if err := e.fits(items); err != nil {
		return nil, err
	}
	if n.tuple {
		return Tuple(items), nil
	}
	return items, nil
}

// all is the values of the nodes.
func (e *evaluation) all(nodes []node) ([]any, *lex.Error) {
	values := make([]any, len(nodes))
	for i, part := range nodes {
		value, err := part.eval(e)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

// dict makes a dict, whose keys are texts as in JSON. Of a key that stands twice, the later value counts.
type dict struct {
	at           lex.Pos
	keys, values []node
}

func (n *dict) eval(e *evaluation) (any, *lex.Error) {
	keys, err := e.all(n.keys)
	if err != nil {
		return nil, err
	}
	values, err := e.all(n.values)
	if err != nil {
		return nil, err
	}
	made := make(map[string]any, len(keys))
	for i, key := range keys {
		text, ok := key.(string)
		if !ok {
			return nil, &lex.Error{Pos: n.at, Msg: "a key of a 'dict' is a 'str' here, as in JSON, not " + typeName(key)}
		}
		made[text] = values[i]
	}
	return made, e.fits(made)
}

// index takes an item out of a list, a text or a dict.
type index struct {
	of  node
	at  lex.Pos
	key node
}

func (n *index) eval(e *evaluation) (any, *lex.Error) {
	of, err := n.of.eval(e)
	if err != nil {
		return nil, err
	}
	key, err := n.key.eval(e)
	if err != nil {
		return nil, err
	}
	item, err := e.item(of, key)
	return item, placed(err, n.at)
}

// placed is the error, with a place if it had none.
func placed(err *lex.Error, at lex.Pos) *lex.Error {
	if err != nil && err.Pos == (lex.Pos{}) {
		err.Pos = at
	}
	return err
}

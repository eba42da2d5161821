// This file owns the checks that a whole program must pass, whoever made it.

package graph

import (
	"fmt"

	"github.com/pyoco/pyoco/internal/lex"
)

// Validate refuses, with an [*Error], what no program may be: parts that are wrong in themselves (a loop without a body,
// two cases for one value, a name that no text could hold), a program over the default limits, a cycle (no task may wait
// for itself, also not by way of others or of several statements), and a task of a loop or switch that is wired
// elsewhere too. [Parse] has done this already, with its own limits.
func (p *Program) Validate() error {
	if err := p.check(Limits{}.withDefaults()); err != nil { // as it is, a nil *Error would be an error that is not nil
		return err
	}
	return nil
}

func (p *Program) check(limits Limits) *Error {
	if len(p.Statements) == 0 {
		return &Error{Msg: "the graph is empty", Hint: "name at least one task"}
	}
	c := &checker{limits: limits}
	if err := c.all(p.Statements, bindAny, 0); err != nil {
		return err
	}
	if err := newNetwork(p).check(); err != nil {
		return err
	}
	return checkHomes(p)
}

// checker looks at each part for itself.
type checker struct {
	limits Limits
	nodes  int
}

// part checks one that stands in so many brackets of the program's text, next to an operator or in a bracket.
func (c *checker) part(part Node, around binding, depth int) *Error {
	if part == nil {
		return &Error{Msg: "a part of the graph is nil"}
	}
	if bindingOf(part) < around {
		depth++
	}
	if depth > c.limits.MaxDepth {
		return tooDeep(part.Position(), c.limits)
	}
	switch part := part.(type) {
	case *Task:
		return c.task(part)
	case *Seq:
		return c.join(part, part.Steps, bindSeq, depth)
	case *All:
		return c.join(part, part.Branches, bindAll, depth)
	case *Any:
		return c.join(part, part.Branches, bindAny, depth)
	case *Loop:
		return c.loop(part, depth+1)
	case *Switch:
		return c.choice(part, depth+1)
	}
	return &Error{Msg: fmt.Sprintf("a part of the graph is a %T", part)}
}

func (c *checker) all(parts []Node, around binding, depth int) *Error {
	for _, part := range parts {
		if err := c.part(part, around, depth); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) join(part Node, parts []Node, around binding, depth int) *Error {
	if len(parts) < 2 {
		return &Error{Msg: fmt.Sprintf("a %T has at least two parts, got %d", part, len(parts))}
	}
	return c.all(parts, around, depth)
}

// count adds a node.
func (c *checker) count(part Node) *Error {
	if c.nodes++; c.nodes > c.limits.MaxNodes {
		return tooManyNodes(part.Position(), c.limits)
	}
	return nil
}

func (c *checker) task(task *Task) *Error {
	for _, name := range []string{task.Name, task.Runs} {
		if !isName(name) && (name != "" || task.Name == "") {
			return &Error{
				Pos:  task.At,
				Msg:  "a task can't be called " + lex.Quote(name),
				Hint: "a name is made of letters, digits and _, and begins with no digit",
			}
		}
	}
	return c.count(task)
}

// body checks what stands inside of a part.
func (c *checker) body(part Node, body *Program, around binding, depth int) *Error {
	if body == nil || len(body.Statements) == 0 {
		return &Error{Pos: part.Position(), Msg: "nothing stands inside", Hint: "name at least one task"}
	}
	if len(body.Statements) > 1 { // they are written as the branches of &
		if bindAll < around {
			depth++
		}
		around = bindAll
	}
	return c.all(body.Statements, around, depth)
}

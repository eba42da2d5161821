// This file owns the rule that what stands in a loop or switch stands nowhere else.

package graph

import (
	"fmt"

	"github.com/pyoco/pyoco/internal/lex"
)

// home is the loop or switch that a mention stands in, by its innermost one. nil: none. All cases of a switch are one
// home: only one of them runs.
type home struct {
	part  Node
	in    *home
	depth int
}

// homes knows where each node was mentioned first.
type homes map[string]mention

type mention struct {
	task *Task
	home *home
}

func checkHomes(p *Program) *Error {
	h := homes{}
	return h.all(p.Statements, nil)
}

func (h homes) all(parts []Node, in *home) *Error {
	for _, part := range parts {
		if err := h.part(part, in); err != nil {
			return err
		}
	}
	return nil
}

func (h homes) part(part Node, in *home) *Error {
	switch part := part.(type) {
	case *Task:
		return h.mention(mention{part, in})
	case *Seq:
		return h.all(part.Steps, in)
	case *All:
		return h.all(part.Branches, in)
	case *Any:
		return h.all(part.Branches, in)
	case *Loop:
		return h.all(part.Body.Statements, in.enter(part))
	case *Switch:
		inside := in.enter(part)
		for _, way := range part.Cases {
			if err := h.all(way.Body.Statements, inside); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *home) enter(part Node) *home {
	if in == nil {
		return &home{part: part, depth: 1}
	}
	return &home{part: part, in: in, depth: in.depth + 1}
}

func (h homes) mention(m mention) *Error {
	first, ok := h[m.task.Name]
	switch {
	case !ok:
		h[m.task.Name] = m
	case first.home != m.home:
		return wiredElsewhere(first, m)
	case first.task.Runs != m.task.Runs:
		return &Error{
			Pos: m.task.At,
			Msg: fmt.Sprintf("the node %s runs two tasks, %s and %s", lex.Quote(m.task.Name), lex.Quote(first.task.Declared()), lex.Quote(m.task.Declared())),
		}
	}
	return nil
}

// wiredElsewhere refuses the later of two mentions, one of which at least is in a loop or switch that the other isn't in.
func wiredElsewhere(first, again mention) *Error {
	a, b := first.home, again.home
	var outer *home // the outermost that only one of them is in
	for a != b {
		if b == nil || a != nil && a.depth >= b.depth {
			outer, a = a, a.in
		} else {
			outer, b = b, b.in
		}
	}
	what := "loop"
	if _, ok := outer.part.(*Switch); ok {
		what = "switch"
	}
	err := &Error{
		Pos: again.task.At,
		Msg: fmt.Sprintf("the task %s is in a %s and wired elsewhere too", lex.Quote(again.task.Name), what),
		Hint: fmt.Sprintf("what is in a %s stands nowhere else; %s_2: %s runs the task again, under another name",
			what, lex.Clip(again.task.Name), lex.Clip(again.task.Declared())),
	}
	if first.task.At != (Pos{}) {
		err.Msg += ", first at " + first.task.At.String()
	}
	return err
}

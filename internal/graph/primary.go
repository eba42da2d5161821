// This file owns the operands: tasks, nodes with a name of their own, brackets, and what a word before a bracket begins.

package graph

import (
	"fmt"
	"slices"

	"github.com/pyoco/pyoco/internal/lex"
)

// primary reads one operand.
func (p *parser) primary() (Node, *Error) {
	switch {
	case p.tok.Is("("):
		return p.group()
	case p.tok.Kind != lex.Name:
		return nil, p.wantTask()
	case p.front && p.tok.IsName("flow") && p.ahead.Is(">>"):
		p.advance()
		p.advance()
		p.front = false
		return p.primary()
	}
	p.front = false
	switch {
	case p.ahead.Is("("):
		return p.call()
	case p.ahead.Is(":"):
		return p.alias()
	}
	return p.mention()
}

// group reads what stands between ( and ).
func (p *parser) group() (Node, *Error) {
	if err := p.enter(""); err != nil {
		return nil, err
	}
	inner, err := p.either()
	if err != nil {
		return nil, err
	}
	return inner, p.leaveGraph(")")
}

// mention reads the name of a node: of one that an alias has made, or of a task.
func (p *parser) mention() (Node, *Error) {
	task := &Task{Name: p.tok.Text, At: p.tok.At}
	if first := p.named[task.Name]; first != nil {
		task.Runs = first.Runs
	} else if err := p.declared(p.tok); err != nil {
		return nil, err
	}
	return p.node(task)
}

// alias reads "node: task".
func (p *parser) alias() (Node, *Error) {
	task := &Task{Name: p.tok.Text, At: p.tok.At}
	p.advance()
	p.advance()
	if p.tok.Kind != lex.Name || p.ahead.Is("(") {
		return nil, p.want("the name of a task", "a node with a name of its own runs one task: node: task")
	}
	if err := p.declared(p.tok); err != nil {
		return nil, err
	}
	if p.tok.Text != task.Name {
		task.Runs = p.tok.Text
		p.aliases = append(p.aliases, task.Name)
	}
	if first := p.named[task.Name]; first != nil && (task.Runs != "" || first.Runs != "") {
		return nil, &Error{
			Pos:  task.At,
			Msg:  fmt.Sprintf("there is a node %s already, at %s", lex.Quote(task.Name), first.At),
			Hint: "to mention that one again, write its name alone",
		}
	}
	return p.node(task)
}

// node is a mention of a node, the last word of which is tok.
func (p *parser) node(task *Task) (Node, *Error) {
	if err := p.count(task.At); err != nil {
		return nil, err
	}
	if p.named[task.Name] == nil {
		p.named[task.Name] = task
	}
	p.advance()
	return task, nil
}

// declared refuses a name that no task has.
func (p *parser) declared(name lex.Token) *Error {
	if p.known == nil || p.known[name.Text] {
		return nil
	}
	err := &Error{Pos: name.At, Msg: "unknown task " + lex.Quote(name.Text)}
	if _, ok := p.pipes[name.Text]; ok {
		err.Hint = fmt.Sprintf("a pipe is put in by pipe(%s)", lex.Clip(name.Text))
		return err
	}
	err.Hint = fmt.Sprintf("a registered task is declared under tasks as `%s: {}`", lex.Clip(name.Text))
	if near := lex.Nearest(name.Text, slices.Concat(p.aliases, p.names)); near != "" {
		err.Hint = fmt.Sprintf("did you mean %s? If not: %s", lex.Quote(near), err.Hint)
	}
	return err
}

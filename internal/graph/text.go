// This file owns the text of a program: what is written in the operator notation, and where that can't say it.

package graph

import (
	"fmt"
	"strings"

	"github.com/pyoco/pyoco/internal/expr"
)

// Names are the names of the program's tasks, also of those in loops and switches, each once, in order of first mention.
func (p *Program) Names() []string {
	tasks := newNetwork(p).tasks.list
	names := make([]string, len(tasks))
	for i, task := range tasks {
		names[i] = task.Name
	}
	return names
}

// Text is the program in operator notation, one statement a line, with no more brackets than it needs. What that
// notation can't say stands in block notation: collect, an index, a for-each without an item, a case for the text "*",
// and expressions with words without $. [Parse] makes an equal program of it, in which parts of the same kind within
// each other are one, and so are several statements of a body, as by &.
func (p *Program) Text() string {
	w := writer{named: map[string]bool{}}
	lines := make([]string, len(p.Statements))
	for i, statement := range p.Statements {
		lines[i] = w.part(statement, bindAny)
		if strings.HasPrefix(strings.TrimLeft(lines[i], "("), "flow >> ") {
			lines[i] = "flow >> " + lines[i] // Parse drops the first of them, and this one is a task
		}
	}
	return strings.Join(lines, "\n")
}

// binding is how tightly an operator holds its operands.
type binding int

const (
	bindAny binding = iota
	bindAll
	bindSeq
	bindUntil
	bindSubscript // tasks and blocks hold as tightly
)

// bindingOf is how tightly a part holds together what it is made of.
func bindingOf(part Node) binding {
	switch part := part.(type) {
	case *Seq:
		return bindSeq
	case *All:
		return bindAll
	case *Any:
		return bindAny
	case *Loop:
		if part.Kind == Until && part.inOperators() {
			return bindUntil
		}
	}
	return bindSubscript
}

// writer writes the parts of a program, in the order of the text.
type writer struct {
	named map[string]bool // the nodes whose task was said
}

// part is the text of one part, in brackets if it binds less tightly than its surroundings ask.
func (w *writer) part(part Node, around binding) string {
	var text string
	switch part := part.(type) {
	case *Task:
		text = w.task(part)
	case *Seq:
		text = w.list(part.Steps, " >> ", bindSeq)
	case *All:
		text = w.list(part.Branches, " & ", bindAll)
	case *Any:
		text = w.list(part.Branches, " | ", bindAny)
	case *Loop:
		text = w.loop(part)
	case *Switch:
		text = w.choice(part)
	}
	if bindingOf(part) < around {
		return "(" + text + ")"
	}
	return text
}

func (w *writer) list(parts []Node, operator string, around binding) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = w.part(part, around)
	}
	return strings.Join(texts, operator)
}

// task is the name of the node, at its first mention with the task that it runs.
func (w *writer) task(task *Task) string {
	if task.Runs == "" || task.Runs == task.Name || w.named[task.Name] {
		return task.Name
	}
	w.named[task.Name] = true
	return task.Name + ": " + task.Runs
}

// body is the text of what stands inside of a part. Several statements are joined.
func (w *writer) body(body *Program, around binding) string {
	if len(body.Statements) == 1 {
		return w.part(body.Statements[0], around)
	}
	return w.part(&All{Branches: body.Statements}, around)
}

// inOperators says whether the operator notation can say the loop.
func (l *Loop) inOperators() bool {
	return l.Collect == CollectLast && l.Index == "" && (l.Kind != ForEach || l.Item != "") && !isBare(l.Expr)
}

// isBare says whether the expression holds words without $, which only the block notation knows.
func isBare(e *expr.Expr) bool {
	_, err := expr.Parse(e.String(), expr.Options{})
	return err != nil
}

func (w *writer) loop(l *Loop) string {
	if !l.inOperators() {
		return w.block(l)
	}
	switch text := l.Expr.String(); {
	case l.Kind == Until && l.MaxRounds > 0:
		return fmt.Sprintf("%s %% (%s, %d)", w.body(l.Body, bindUntil), quoteText(text), l.MaxRounds)
	case l.Kind == Until:
		return w.body(l.Body, bindUntil) + " % " + quoteText(text)
	case l.Kind == ForEach:
		return w.body(l.Body, bindSubscript) + "[" + quoteText(text+" as "+l.Item) + "]"
	default:
		if !isCount(text) {
			text = quoteText(text)
		}
		return w.body(l.Body, bindSubscript) + "[" + text + "]"
	}
}

// isCount says whether Parse makes the same text of a number that is written without quotes.
func isCount(text string) bool {
	n, ok := wholeNumber(text)
	return ok && n.String() == text
}

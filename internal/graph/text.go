// This file owns how a program is read out: its names and its text.

package graph

import "strings"

// Names are the names of the program's tasks, also of those in loops and switches, each once, in order of first mention.
func (p *Program) Names() []string {
	tasks := newNetwork(p).tasks.list
	names := make([]string, len(tasks))
	for i, task := range tasks {
		names[i] = task.Name
	}
	return names
}

// Text is the program in operator notation, one statement a line, with no more brackets than it needs. [Parse] makes
// an equal program of it.
func (p *Program) Text() string {
	var text strings.Builder
	for i, statement := range p.Statements {
		if i > 0 {
			text.WriteByte('\n')
		}
		line := textOf(statement, bindAny)
		if strings.HasPrefix(strings.TrimLeft(line, "("), "flow >> ") {
			text.WriteString("flow >> ") // Parse drops the first of them, and this one is a task
		}
		text.WriteString(line)
	}
	return text.String()
}

// binding is how tightly an operator holds its operands.
type binding int

const (
	bindAny binding = iota
	bindAll
	bindSeq
)

// textOf is the text of one part, in brackets if it binds less tightly than its surroundings ask.
func textOf(part Node, around binding) string {
	var own binding
	var text string
	switch part := part.(type) {
	case *Task:
		return part.Name
	case *Seq:
		own, text = bindSeq, listOf(part.Steps, " >> ", bindSeq)
	case *All:
		own, text = bindAll, listOf(part.Branches, " & ", bindAll)
	case *Any:
		own, text = bindAny, listOf(part.Branches, " | ", bindAny)
	}
	if own < around {
		return "(" + text + ")"
	}
	return text
}

func listOf(parts []Node, operator string, around binding) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = textOf(part, around)
	}
	return strings.Join(texts, operator)
}

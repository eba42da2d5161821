// This file owns the program tree: what every notation of a graph is parsed to, and what the engine runs.

// Package graph turns the text of a flow's graph into an immutable program tree.
//
// The text is parsed and never executed. Errors carry the line and the column, the line itself with a caret, and, for
// a name that is nearly right, the name that was probably meant.
package graph

// Pos is a place in a graph text: line and column, both from 1, the column counted in runes. The zero Pos means that
// the node was built by a program and stands in no text.
type Pos struct {
	Line, Column int
}

// Program is a parsed graph. It is immutable and safe for concurrent use.
type Program struct {
	// Statements run side by side, wired by the nodes that they share: the edges of all statements add up.
	Statements []Node
}

// Node is one part of a program: a *Task, *Seq, *All or *Any.
type Node interface {
	// Position is where the part begins in the text.
	Position() Pos
}

// Task is a leaf: one node of the graph, run once its needs are met. The same name in several places is the same node.
type Task struct {
	// Name is the node's name: the one in a run's tasks and results.
	Name string
	At   Pos
}

// Seq runs its steps one after the other (a >> b). It has at least two.
type Seq struct {
	Steps []Node
	At    Pos
}

// All runs its branches side by side; what follows waits for all of them (a & b). It has at least two.
type All struct {
	Branches []Node
	At       Pos
}

// Any runs its branches side by side; what follows starts once, at the first that succeeds (a | b). A failed branch
// counts only when all have failed. It has at least two.
type Any struct {
	Branches []Node
	At       Pos
}

// Position is where the task's name stands.
func (t *Task) Position() Pos { return t.At }

// Position is where the first step begins.
func (s *Seq) Position() Pos { return s.At }

// Position is where the first branch begins.
func (a *All) Position() Pos { return a.At }

// Position is where the first branch begins.
func (a *Any) Position() Pos { return a.At }

// This file owns the program tree: what every notation of a graph is parsed to, and what the engine runs.

// Package graph turns the text of a flow's graph into an immutable program tree.
//
// The text is parsed and never executed. Errors carry the line and the column, the line itself with a caret, and, for
// a name that is nearly right, the name that was probably meant.
package graph

import (
	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/lex"
)

// Pos is a place in a graph text. The zero Pos means that the node was built by a program and stands in no text.
type Pos = lex.Pos

// Error says what is wrong with a graph, and where. Every error of [Parse] is one, to be had with [errors.As]. Its Pos
// is the zero Pos, and its Source empty, for a program that was built without a text.
type Error = lex.Error

// Program is a parsed graph. It is immutable and safe for concurrent use.
type Program struct {
	// Statements run side by side, wired by the nodes that they share: the edges of all statements add up.
	Statements []Node
}

// Node is one part of a program: a *Task, *Seq, *All, *Any, *Loop or *Switch.
type Node interface {
	// Position is where the part begins in the text.
	Position() Pos
}

// Task is a leaf: one node of the graph, run once its needs are met. The same name in several places is the same node.
type Task struct {
	// Name is the node's name: the one in a run's tasks and results.
	Name string
	// Runs is the declared task that the node runs ("node: task"); empty: the one with the node's own name.
	Runs string
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

// Loop runs its body round after round. The tasks in it stand nowhere else in the program.
type Loop struct {
	Kind LoopKind
	// Expr is the number of rounds (Repeat), the list to go over (ForEach), or the condition that ends the loop, looked
	// at after each round (Until).
	Expr *expr.Expr
	// Item and Index are the names under which $ctx shows a ForEach's item and its index from 0; empty: none.
	Item, Index string
	// MaxRounds is how many rounds an Until may take before the run fails; 0: the default.
	MaxRounds int
	// Collect is what the body's tasks leave in the results.
	Collect Collect
	Body    *Program
	At      Pos
}

// LoopKind says what makes a loop go on.
type LoopKind uint8

// The kinds of loop.
const (
	Repeat LoopKind = iota + 1
	ForEach
	Until
)

// Collect says what the rounds of a loop leave in the results of its tasks.
type Collect uint8

// The ways to collect.
const (
	CollectLast    Collect = iota // the last round's output; also without a word in the text
	CollectFirst                  // the first round's
	CollectList                   // a list of all rounds' outputs
	CollectFlatten                // a list of the items of all rounds' lists
)

// Switch runs the first case that matches, and skips the others. A task may stand in several of its cases, but nowhere
// outside of it. No match fails the run.
type Switch struct {
	On    *expr.Expr
	Cases []Case
	At    Pos
}

// Case is one way of a Switch.
type Case struct {
	// Match is what the value must be equal to, with Python's equality: a string, bool, nil, int64 (a program may say
	// int), *big.Int or float64.
	Match any
	// Default takes every value; it stands last.
	Default bool
	Body    *Program
	At      Pos
}

// Position is where the task's name stands.
func (t *Task) Position() Pos { return t.At }

// Position is where the first step begins.
func (s *Seq) Position() Pos { return s.At }

// Position is where the first branch begins.
func (a *All) Position() Pos { return a.At }

// Position is where the first branch begins.
func (a *Any) Position() Pos { return a.At }

// Position is where the loop begins.
func (l *Loop) Position() Pos { return l.At }

// Position is where the switch begins.
func (s *Switch) Position() Pos { return s.At }

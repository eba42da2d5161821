// This file owns the errors of loops and switches, and those of the limits of a run.

package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
	"github.com/pyoco/pyoco/internal/lex"
)

// ControlError is why a loop or switch could not go on. It ends the run as Outcome.Err.
type ControlError struct {
	Type  string      // repeat, foreach, until or switch
	Task  string      // the first one inside
	At    graph.Pos   // the zero Pos: it stands in no text
	Expr  *expr.Expr  // what was evaluated
	Loops []LoopState // the rounds that it was in, outermost first
	// Err is the error of Config.Eval, or names the expression and wraps a *LimitError, a *NoCaseError, a
	// *NeverTrueError, or what is wrong with the value.
	Err error
}

func newControlError(node *graph.PlanNode, loops []LoopState, err error) *ControlError {
	e := &ControlError{Task: node.Name, Loops: loops, Err: err}
	if node.Loop != nil {
		e.Type, e.At, e.Expr = typeOf(node.Loop), node.Loop.At, node.Loop.Expr
	} else {
		e.Type, e.At, e.Expr = "switch", node.Switch.At, node.Switch.On
	}
	return e
}

// Error names the loop or switch and its place, and says what is wrong.
func (e *ControlError) Error() string {
	var at string
	if e.At != (graph.Pos{}) {
		at = fmt.Sprintf(" at line %d, column %d", e.At.Line, e.At.Column)
	}
	return fmt.Sprintf("the %s of %s%s failed%s: %v", e.Type, e.Task, at, inRounds(e.Loops), e.Err)
}

// Unwrap gives Err.
func (e *ControlError) Unwrap() error { return e.Err }

// about puts the expression before what is wrong with its value.
func about(e *expr.Expr, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("`%s` %w", lex.Clip(e.String()), err)
}

// inRounds names rounds, innermost first, at the end of a phrase.
func inRounds(loops []LoopState) string {
	var text strings.Builder
	for i := range loops {
		of := " of"
		if i == 0 {
			of = " in"
		}
		fmt.Fprintf(&text, "%s round %d", of, loops[len(loops)-1-i].Index+1)
	}
	return text.String()
}

// NoCaseError is in a ControlError for a switch without a case for its value. The value stays out: the error is logged.
type NoCaseError struct {
	Cases []graph.Case
}

// Error names the first cases.
func (e *NoCaseError) Error() string {
	const most = 10
	var names []string
	for _, c := range e.Cases[:min(len(e.Cases), most)] {
		name := lex.Clip(fmt.Sprint(c.Match))
		switch text := c.Match.(type) {
		case nil:
			name = "null"
		case string:
			name = lex.Quote(text)
		}
		names = append(names, name)
	}
	if len(e.Cases) > most {
		names = append(names, "…")
	}
	return "is none of the cases " + strings.Join(names, ", ")
}

// NeverTrueError is in a ControlError for an Until whose condition was true after none of its rounds.
type NeverTrueError struct {
	Rounds int
}

// Error says how many rounds there were.
func (e *NeverTrueError) Error() string { return fmt.Sprintf("was not true after %d rounds", e.Rounds) }

// LimitError is a run that would take more of something than its Config allows. It is in the error that ends the run.
type LimitError struct {
	Of    string // what there would be too much of
	Limit string // the name of the field of Config
	Max   int    // its value
}

// Error names the limit and its value.
func (e *LimitError) Error() string {
	return fmt.Sprintf("more %s than %s (%d)", e.Of, e.Limit, e.Max)
}

// RunTimeoutError is a run that took longer than Config.Timeout. It is a context.DeadlineExceeded.
type RunTimeoutError struct {
	After time.Duration
}

// Error says the time.
func (e *RunTimeoutError) Error() string { return fmt.Sprintf("the run timed out after %v", e.After) }

// Unwrap gives context.DeadlineExceeded.
func (e *RunTimeoutError) Unwrap() error { return context.DeadlineExceeded }

// This file owns the parsed expression: what Parse makes of a text, and what Eval is asked about.

// Package expr parses and evaluates the expressions of flow files with Python's meaning. It calls no functions.
package expr

// Expr is a parsed expression. It is immutable and safe for concurrent use.
type Expr struct {
	text string
}

// String is the expression as it was written.
func (e *Expr) String() string { return e.text }

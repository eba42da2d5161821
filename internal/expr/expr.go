// This file owns the parsed expression and its evaluation: what is asked, and what bounds the answer.

// Package expr parses and evaluates the expressions of flow files with Python's meaning. It calls no functions, changes
// nothing, and each evaluation is bounded in time and memory.
//
//	or and not                      an operand of or and and is the answer; not binds looser than a comparison
//	== != < <= > >= in  not in      chained: 1 < x < 3; 1 == 1.0 == True
//	+ - * / // % **                 whole numbers are exact, / gives a float, % has the divisor's sign
//	$ctx.params.order.lines[0]      a value of the run; a key with dots is tried before its parts
//	$env.HOME                       an environment variable that the flow file exposes
//	1 1_000 0x1f 1.5 1e3            literals as in Python, and as in JSON: "a" 'b' [1, 2] (1, 2) {"a": 1}
//	True true False false None null
//
// What Python has more (functions, is, if and else, sets, slices, bits, a text with %) is refused, with what to write
// instead. A dict's keys are texts, as in JSON.
//
// # Values
//
// A value is nil, a bool, an int64, a *[math/big.Int] (a whole number that int64 can't hold), a float64, a string, a
// []any, a [Tuple] or a map[string]any, of values. An int is read as an int64. A [encoding/json.Number] is a whole
// number that is too long to calculate with: it is equal to itself and passed on. Values are never changed, and are not
// to be changed by who gets them. [FromJSON] and [AppendJSON] are the ways in and out.
package expr

import (
	"strings"
	"unicode"

	"github.com/pyoco/pyoco/internal/lex"
)

// Expr is a parsed expression. It is immutable and safe for concurrent use.
type Expr struct {
	text string
	at   lex.Pos
	root node
}

// String is the expression as it was written.
func (e *Expr) String() string { return e.text }

// Env is where an expression's names are looked up. Eval calls it on its own goroutine only.
type Env interface {
	// Ctx is the value of $ctx.<name>, such as params or the name of a for-each's item. false: there is none.
	Ctx(name string) (any, bool)
	// Var is the value of $env.<name>. The error says why there is none, without the name.
	Var(name string) (string, error)
}

// What bounds one evaluation.
const (
	// MaxDigits bounds the whole numbers that are made. It is the most that Python reads by default, from JSON too.
	MaxDigits = 4300
	// MaxSize bounds the texts and lists that are made: the bytes of all texts and the number of all items in them.
	MaxSize = 1 << 20
	// maxWork bounds the time: a step for each item that is looked at or made, and for each few bytes of a text. All
	// of them take some 50 ms, and make at most 48 MiB.
	maxWork = 3 << 20
	// bytesAStep is how much of a text is one step.
	bytesAStep = 16
)

// Eval gives the expression's value. Every error is a [*lex.Error] that names the expression and the place in it: a
// path that is missing, types that an operator doesn't take, a division by zero, or a bound that was passed.
func (e *Expr) Eval(env Env) (any, error) {
	work := evaluation{env: env, left: maxWork}
	value, err := e.root.eval(&work)
	if err != nil {
		return nil, e.named(err)
	}
	if value, ok := value.(int); ok {
		return int64(value), nil
	}
	return value, nil
}

// named is the error with the expression in it.
func (e *Expr) named(err *lex.Error) *lex.Error {
	named := *err
	if text := oneLine(e.text); !strings.Contains(err.Msg, text) {
		named.Msg += ", in `" + text + "`"
	}
	if e.at == lex.Start {
		named.Source = lex.SourceLine(e.text, named.Pos.Line)
	}
	return &named
}

// oneLine is a text as a message shows it in one line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, lex.Clip(strings.TrimSpace(text)))
}

// This file owns the table of texts that are no expressions: what is said, and where.

package expr_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/lex"
)

// row is a text and what is said of it: "line:column message; hint".
type row struct{ text, want string }

func TestAMistakeIsRefusedWhereItStands(t *testing.T) {
	t.Parallel()
	check(t, expr.Options{}, []row{
		{"", "1:1 the expression is empty"},
		{" \n# nothing", "1:1 the expression is empty"},
		{"1 +", `1:4 a value is missing after "+"`},
		{"1 + * 2", `1:5 a value is missing before "*"`},
		{"not", `1:4 a value is missing after "not"`},
		{"1 + not 2", `1:5 a value is missing before "not"; put it in brackets: (not …)`},
		{"1 2", `1:3 an operator is missing between "1" and "2"`},
		{"$ctx.a\n  $ctx.b", `2:3 an operator is missing between "a" and "$"`},
		{"(1 + [2", `1:6 "[" is never closed`},
		{"(1 + 2]", `1:7 "]" doesn't close "("; that one of line 1, column 1 is open`},
		{"größe)", `1:1 unknown word "größe"; a text stands in quotes, and a value of the run is $ctx.params.name`},
		{"'größe')", `1:8 ")" closes no bracket`},
		{"{'a' 1}", `1:6 an operator is missing between "'a'" and "1"`},
		{"$", `1:1 "$" stands before ctx or env; a value of the run is $ctx.params.name, an environment variable $env.NAME`},
		{"1 + $foo.bar", `1:5 "$" stands before ctx or env; a value of the run is $ctx.params.name, an environment variable $env.NAME`},
		{"$ctx", `1:1 a name is missing after $ctx; it is $ctx.params.name or $env.NAME`},
		{"$ctx.5", `1:1 a name is missing after $ctx; it is $ctx.params.name or $env.NAME`},
		{"$env.A.b", `1:1 $env.A.b is no environment variable; its name has no dots`},
		{"$ctx.params.", `1:12 "." is no operator here; a path goes on with a name or a number; another key stands in brackets: ["a-b"]`},
		{"$ctx.params .0", `1:13 an operator is missing between "params" and ".0"`},
		{"$ctx.params.0e1", `1:12 an operator is missing between "params" and ".0e1"`},
		{"($ctx.a).b", `1:9 "." is no operator here; a path goes on with a name or a number; another key stands in brackets: ["a-b"]`},
		{"3b", `1:1 "3b" is not a number`},
		{"'a", `1:1 the text that begins here is never closed; it ends with ' in the same line`},
		{"1 + \xff", `1:5 the text is not UTF-8: byte 0xff`},
		{"1\x00", `1:2 unexpected "\x00"`},
		{"{{ 1 }}", `1:1 unexpected "{{"; it holds an expression in a graph, and none in itself`},
	})
}

func TestWhatPythonHasMoreIsRefusedWithWhatToWrite(t *testing.T) {
	t.Parallel()
	check(t, expr.Options{}, []row{
		{"len($ctx.x)", `1:1 "len(" can't be called; there are no functions in an expression`},
		{"$ctx.x.upper()", `1:13 "(" is no operator here; there are no functions in an expression`},
		{"$ctx.x is None", `1:8 "is" is no operator here; compare with == None, or with != None`},
		{"1 if 2 else 3", `1:3 "if" is no operator here; a choice is made by and, or, or by a switch in the graph`},
		{"[x for x in y]", `1:2 unknown word "x"; a text stands in quotes, and a value of the run is $ctx.params.name`},
		{"[1 for x in y]", `1:4 "for" is no operator here; a loop is made in the graph`},
		{"[1, 2][0:1]", `1:9 a slice is not supported; take one item: [0]`},
		{"{1, 2}", `1:1 a set is not supported; write a list: [1, 2]`},
		{"r'a'", `1:1 unknown word "r"; a text has no letter before its quotes`},
		{"1 = 1", `1:3 "=" is no operator here; equal is ==`},
		{"1 && 2", `1:3 "&" is no operator here; it is and`},
		{"1 || 2", `1:3 "|" is no operator here; it is or`},
		{"1 ! 2", `1:3 "!" is no operator here; it is not, and unequal is !=`},
		{"!1", `1:1 a value is missing before "!"; it is not, and unequal is !=`},
		{"1 << 2", `1:4 a value is missing before "<"`},
		{"TRUE", `1:1 unknown word "TRUE"; it is True, False or None`},
		{"1 AND 2", `1:3 "AND" is no operator here; it is and`},
		{"ctx.params.n", `1:1 unknown word "ctx"; did you mean $ctx?`},
		{"params.n", `1:1 unknown word "params"; did you mean $ctx.params?`},
		{"$ctx.params.my-key", `1:16 unknown word "key"; a key with a - in it stands in brackets: ["a-b"]`},
	})
}

func TestWordsAreRefusedInABareExpressionToo(t *testing.T) {
	t.Parallel()
	check(t, expr.Options{Bare: expr.BareParam}, []row{
		{"len(items)", `1:1 "len(" can't be called; there are no functions in an expression`},
		{"x is None", `1:3 "is" is no operator here; compare with == None, or with != None`},
		{"a b", `1:3 an operator is missing between "a" and "b"`},
		{"env.A.b", `1:1 $env.A.b is no environment variable; its name has no dots`},
		{"in", `1:1 a value is missing before "in"`},
	})
}

func TestAnErrorPointsIntoTheTextAround(t *testing.T) {
	t.Parallel()
	around := lex.Pos{Line: 3, Column: 10}
	check(t, expr.Options{At: around}, []row{
		{"", "3:10 the expression is empty"},
		{"1 +", `3:13 a value is missing after "+"`},
		{"1\n + )", `4:4 a value is missing before ")"`},
	})
	_, err := expr.Parse("1 +", expr.Options{At: around})
	require.Empty(t, asMistake(t, err).Snippet(), "the line is not known here")
	_, err = expr.Parse("1 +\n) #", expr.Options{})
	require.Equal(t, ") #\n^", asMistake(t, err).Snippet())

	parsed, err := expr.Parse("1\n//0", expr.Options{At: around})
	require.NoError(t, err)
	_, err = parsed.Eval(env{})
	require.EqualError(t, err, "line 4, column 1: division by zero, in `1 //0`")
}

// check parses the rows, which are all refused.
func check(t *testing.T, opts expr.Options, rows []row) {
	t.Helper()
	for _, row := range rows {
		_, err := expr.Parse(row.text, opts)
		require.Equal(t, row.want, said(asMistake(t, err)), "%q", row.text)
	}
}

// said is a mistake in one line.
func said(e *lex.Error) string {
	text := fmt.Sprintf("%d:%d %s", e.Pos.Line, e.Pos.Column, e.Msg)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

func asMistake(t *testing.T, err error) *lex.Error {
	t.Helper()
	var mistake *lex.Error
	require.True(t, errors.As(err, &mistake), "%v", err)
	return mistake
}

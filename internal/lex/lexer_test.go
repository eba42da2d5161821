// This file owns the tables of texts: what each is cut into.

package lex_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/lex"
)

// row is a text and its tokens as show writes them.
type row struct{ text, want string }

func TestTheSymbolsOfBothLanguages(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{">>&|()[]{},:;%=", ">> & | ( ) [ ] { } , : ; % ="},
		{"+-*/ // % ** == != < <= > >= . $", "+ - * / // % ** == != < <= > >= . $"},
		{"a>>>b", "a >> > b"},
		{"a>>=b", "a >> = b"},
		{"a***b", "a ** * b"},
		{"a&&b||c", "a & & b | | c"},
		{"$ctx.params.n", "$ ctx . params . n"},
		{"a\u3000!~`", "a \u3000 ! ~ `"},
	})
}

func TestNamesArePythonIdentifiers(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"_a1 B_2 if None", "_a1 B_2 if None"},
		{"取得 größe か\u3099 x٣ Ⅷ", "取得 größe か\u3099 x٣ Ⅷ"},
		{"a-b", "a - b"},
	})
}

func TestNumbersAreWrittenAsInPython(t *testing.T) {
	t.Parallel()
	for _, number := range strings.Fields("0 00 0_0 7 1_000 0x1F 0Xf_f 0o17 0b1_01 1.0 1. .5 0.5 1e3 1E+3 1e-3 1.e3 .5e-3 1_0.0_1e1_0 007.5 0e0 01e5") {
		check(t, []row{{number, "number:" + number}, {"-" + number + ">", "- number:" + number + " >"}})
	}
	for _, wrong := range strings.Fields("007 1_ 1__0 1._5 1_.5 0x 0xg 0b2 0o8 1e 1e+ 3b 3取 1.real 1j 0x1_ 0_x1 ٣1 1٣") {
		token := first(wrong)
		require.NotEqual(t, lex.Number, token.Kind, wrong)
	}
	check(t, []row{
		{"1..2", "number:1. number:.2"},
		{"1.2.3", "number:1.2 number:.3"},
		{"a.0.1.b", "a number:.0 number:.1 . b"},
		{"0x1.5", "number:0x1 number:.5"},
		{"0xe+1", "number:0xe + number:1"},
		{"1e5+1", "number:1e5 + number:1"},
		{"...", ". . ."},
		{"a 3b", `a bad 1:3 "3b" is not a number`},
		{"010", `bad 1:1 "010" is not a number; a whole number begins with no 0, an octal one with 0o`},
		{"1j", `bad 1:1 "1j" is not a number; there are no complex numbers here`},
	})
}

func TestATextInQuotesMeansWhatItMeansInPython(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{`'a' "b" ''`, "string:a string:b string:"},
		{`'a"b' "a'b"`, `string:a"b string:a'b`},
		{`'a\'b' "a\"b"`, `string:a'b string:a"b`},
		{`'# {{ ( \\'`, `string:# {{ ( \`},
		{`'\a\b\f\n\r\t\v'`, "string:\a\b\f\n\r\t\v"},
		{`'\0\7\18\101\777\400'`, "string:\x00\a\x018A\u01ff\u0100"},
		{`'\x41\u00e9\U0001f600'`, "string:Aé😀"},
		{`'\d\.\ '`, `string:\d\.\ `},
		{"'a\\\nb' c", "string:ab c"},
		{"'a\\\r\nb'\nc", "string:ab newline c"},
		{"'é\\é'", `string:é\é`},
		{"'\ufffd'", "string:\ufffd"},
	})
}

func TestATextThatIsNoneIsRefusedWhereItIsWrong(t *testing.T) {
	t.Parallel()
	const closed = " the text that begins here is never closed; it ends with ' in the same line"
	check(t, []row{
		{"a 'b", "a bad 1:3" + closed},
		{"'", "bad 1:1" + closed},
		{"'a\nb'", "bad 1:1" + closed},
		{`'a\`, "bad 1:1" + closed},
		{`'a\'`, "bad 1:1" + closed},
		{"'a\\\n", "bad 1:1" + closed},
		{`"a'`, `bad 1:1 the text that begins here is never closed; it ends with " in the same line`},
		{`'é\xg0'`, `bad 1:3 \x is no character; it takes 2 hexadecimal digits`},
		{`'\x4'`, `bad 1:2 \x is no character; it takes 2 hexadecimal digits`},
		{`'\u12`, `bad 1:2 \u is no character; it takes 4 hexadecimal digits`},
		{`'\u+123'`, `bad 1:2 \u is no character; it takes 4 hexadecimal digits`},
		{`'\ud83d\ude00'`, `bad 1:2 \ud83d is no character; one above \uffff is written as \U0001f600`},
		{`'\U00110000'`, `bad 1:2 \U00110000 is no character; one above \uffff is written as \U0001f600`},
		{`'\Uffffffff'`, `bad 1:2 \Uffffffff is no character; one above \uffff is written as \U0001f600`},
		{`'\N{BULLET}'`, `bad 1:2 \N is not supported; write the character itself, or \u and its number`},
		{"'a\x00'", `bad 1:3 unexpected "\x00"`},
		{"'é\xff'", `bad 1:3 the text is not UTF-8: byte 0xff`},
		{"'a\\\nb\xff'", `bad 2:2 the text is not UTF-8: byte 0xff`},
	})
}

func TestBytesThatNoTextMayHoldAreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"a\x00", `a bad 1:2 unexpected "\x00"`},
		{"a # \x00", `a bad 1:5 unexpected "\x00"`},
		{"a # é\xc3", `a bad 1:6 the text is not UTF-8: byte 0xc3`},
		{"a\n\xf0\x28", `a newline bad 2:1 the text is not UTF-8: byte 0xf0`},
		{"a\xff", `a bad 1:2 the text is not UTF-8: byte 0xff`},
	})
}

func TestANewlineCountsOnlyOutsideOfBrackets(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"a\nb\r\nc\rd", "a newline b newline c newline d"},
		{"(a\n[b\r\n{c\rd}\n]\n)\ne", "( a [ b { c d } ] ) newline e"},
		{"a)\nb", "a ) newline b"},
		{"a \\\n b\\\r\n c", "a b c"},
		{"a # b\nc # (\nd", "a newline c newline d"},
		{"(a # b)\nc)", "( a c )"},
		{" \t\fa", "a"},
		{"a \\ b", "a \\ b"},
		{"", ""},
	})
	inside := lex.NewInside("a\nb", lex.Start)
	require.Equal(t, "a", inside.Next().Text)
	require.Equal(t, lex.Token{Kind: lex.Name, Text: "b", At: lex.Pos{Line: 2, Column: 1}}, inside.Next())
}

func TestBracesHoldAnExpression(t *testing.T) {
	t.Parallel()
	check(t, []row{
		{"(on={{mode}}){ a }", "( on = braces:mode ) { a }"},
		{"{{ a }} b", "braces: a  b"},
		{"{{}}", "braces:"},
		{`{{ "}}" == '}}' }}`, `braces: "}}" == '}}' `},
		{`{{{"a": {"b": 1}}}} }}`, `braces:{"a": {"b": 1}} } }`},
		{`{{ {"a": {"b": {}}} }}`, `braces: {"a": {"b": {}}} `},
		{"{{ a # }}\n }} b", "braces: a # }}\n  b"},
		{"a{ b{ c}}", "a { b { c } }"},
		{"{{ a", `bad 1:1 "{{" is never closed; an expression ends with "}}"`},
		{"a {{ {{ }}", `a bad 1:3 "{{" is never closed; an expression ends with "}}"`},
		{"{{ a } }}", `bad 1:6 "}" closes no bracket; an expression ends with "}}"`},
		{"{{ 'a }}", `bad 1:4 the text that begins here is never closed; it ends with ' in the same line`},
		{"{{\n\x00 }}", `bad 2:1 unexpected "\x00"`},
	})
}

func TestPlacesCountRunes(t *testing.T) {
	t.Parallel()
	lexer := lex.New("取得 {{ é\n }} 'x\\\ny' b\r\nc", lex.Pos{Line: 3, Column: 5})
	var places []string
	for token := lexer.Next(); token.Kind != lex.End; token = lexer.Next() {
		places = append(places, fmt.Sprintf("%d:%d>%d", token.At.Line, token.At.Column, token.Inside().Column))
	}
	require.Equal(t, []string{"3:5>5", "3:8>10", "4:5>6", "5:4>4", "5:5>5", "6:1>1"}, places)
}

func TestPlacesNameTheirPipe(t *testing.T) {
	t.Parallel()
	lexer := lex.New("a\n'\\\n' {{ }}", lex.Pos{Line: 1, Column: 1, Pipe: "x y"})
	for token := lexer.Next(); token.Kind != lex.End; token = lexer.Next() {
		require.Equal(t, "x y", token.At.Pipe)
		require.Equal(t, "x y", token.Inside().Pipe)
	}
	require.Equal(t, `pipe "x y", line 2, column 3`, lex.Pos{Line: 2, Column: 3, Pipe: "x y"}.String())
	require.Equal(t, "line 2, column 3", lex.Pos{Line: 2, Column: 3}.String())
}

// check cuts each text and compares.
func check(t *testing.T, rows []row) {
	t.Helper()
	for _, row := range rows {
		require.Equal(t, row.want, show(row.text), "%q", row.text)
	}
}

// show is a text's tokens up to the first bad one, separated by spaces.
func show(text string) string {
	var words []string
	lexer := lex.New(text, lex.Start)
	for token := lexer.Next(); token.Kind != lex.End; token = lexer.Next() {
		switch token.Kind {
		case lex.Newline:
			words = append(words, "newline")
		case lex.Number:
			words = append(words, "number:"+token.Text)
		case lex.String:
			words = append(words, "string:"+token.Value)
		case lex.Braces:
			words = append(words, "braces:"+token.Value)
		case lex.Bad:
			bad := fmt.Sprintf("bad %d:%d %s", token.Err.Pos.Line, token.Err.Pos.Column, token.Err.Msg)
			if token.Err.Hint != "" {
				bad += "; " + token.Err.Hint
			}
			return strings.Join(append(words, bad), " ")
		default:
			words = append(words, token.Text)
		}
	}
	return strings.Join(words, " ")
}

// first is a text's first token.
func first(text string) lex.Token {
	lexer := lex.New(text, lex.Start)
	return lexer.Next()
}

// This file owns the loops of the block notation: a word, its arguments by name, and a body.
//
//	block      = ( "repeat" | "foreach" | "until" ) arguments "{" either "}"
//	arguments  = "(" name "=" value { "," name "=" value } [ "," ] ")"

package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/lex"
)

// The words that make something other than a task where a bracket follows, and the arguments of those that take some,
// first the one that they need.
var (
	calls     = []string{"switch", "repeat", "foreach", "until", "pipe"}
	arguments = map[string][]string{
		"switch":  {"on"},
		"repeat":  {"count", "collect"},
		"foreach": {"over", "item", "index", "collect"},
		"until":   {"cond", "max_iter", "collect"},
	}
)

// call reads what a word before a bracket begins.
func (p *parser) call() (Node, *Error) {
	switch p.tok.Text {
	case "switch":
		return p.choice()
	case "repeat":
		return p.block(Repeat)
	case "foreach":
		return p.block(ForEach)
	case "until":
		return p.block(Until)
	case "pipe":
		return p.pipe()
	}
	if near := lex.Nearest(p.tok.Text, calls); near != "" && (p.known == nil || !p.known[p.tok.Text]) {
		return nil, &Error{Pos: p.tok.At, Msg: lex.Quote(p.tok.Text+"(") + " begins nothing", Hint: "did you mean " + lex.Quote(near+"(") + "?"}
	}
	if _, err := p.mention(); err != nil {
		return nil, err
	}
	return nil, p.wantOperator()
}

// block reads a loop from its word on.
func (p *parser) block(kind LoopKind) (Node, *Error) {
	if err := p.count(p.tok.At); err != nil {
		return nil, err
	}
	word := p.tok
	loop := &Loop{Kind: kind, At: word.At}
	p.advance()
	if err := p.enter(""); err != nil {
		return nil, err
	}
	if err := p.arguments(word, func(name string) *Error { return p.loopArgument(loop, name) }); err != nil {
		return nil, err
	}
	if !p.tok.Is("{") {
		return nil, p.want(`"{"`, "the body of "+word.Text+" stands between { and }")
	}
	if err := p.enter("a body is one statement: join its parts with >>, & or |"); err != nil {
		return nil, err
	}
	if p.tok.Is("}") {
		return nil, &Error{Pos: p.tok.At, Msg: "the body of " + word.Text + " is empty", Hint: "name at least one task"}
	}
	body, err := p.either()
	if err != nil {
		return nil, err
	}
	loop.Body = &Program{Statements: []Node{body}}
	return loop, p.leaveGraph("}")
}

// arguments reads those of a word up to the end of its bracket. read reads the value of one.
func (p *parser) arguments(word lex.Token, read func(name string) *Error) *Error {
	takes := arguments[word.Text]
	given := map[string]bool{}
	for !p.tok.Is(")") {
		name := p.tok
		switch {
		case name.Kind != lex.Name || !p.ahead.Is("="):
			return p.want("the name of an argument", fmt.Sprintf("as in %s(%s=…)", word.Text, takes[0]))
		case !slices.Contains(takes, name.Text):
			return noArgument(word.Text, name)
		case given[name.Text]:
			return &Error{Pos: name.At, Msg: name.Text + " is given twice"}
		}
		given[name.Text] = true
		p.advance()
		p.advance()
		if err := read(name.Text); err != nil {
			return err
		}
		if !p.tok.Is(",") {
			break
		}
		p.advance()
	}
	if !p.tok.Is(")") {
		return p.want(`"," or ")"`, "")
	}
	if !given[takes[0]] {
		return &Error{Pos: word.At, Msg: word.Text + " needs " + takes[0], Hint: fmt.Sprintf("as in %s(%s=…)", word.Text, takes[0])}
	}
	return p.leave(")")
}

// noArgument refuses a name that is no argument of the word.
func noArgument(word string, name lex.Token) *Error {
	err := &Error{
		Pos:  name.At,
		Msg:  fmt.Sprintf("%s has no argument %s", word, lex.Quote(name.Text)),
		Hint: "it takes " + strings.Join(arguments[word], ", "),
	}
	if near := lex.Nearest(name.Text, arguments[word]); near != "" {
		err.Hint = fmt.Sprintf("did you mean %s? If not: %s", lex.Quote(near), err.Hint)
	}
	return err
}

// This file owns switches, in both notations.
//
//	switch   = "switch" ( "(" string ")" | arguments ) ( "[" cases "]" | "{" cases "}" )
//	in [ ]   case = literal ">>" either, separated by ","; "*" takes every value
//	in { }   case = ( literal | name | "default" ) ":" either, separated by ";"; a body may stand in quotes

package graph

import (
	"slices"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/lex"
)

// choice reads a switch from its word on.
func (p *parser) choice() (Node, *Error) {
	if err := p.count(p.tok.At); err != nil {
		return nil, err
	}
	s := &Switch{At: p.tok.At}
	if err := p.subject(s); err != nil {
		return nil, err
	}
	end, read := "}", p.blockCase
	switch {
	case p.tok.Is("["):
		end, read = "]", p.listCase
	case !p.tok.Is("{"):
		return nil, p.want("the list of cases", `as in switch("…")["A" >> a] or switch(on=…){ A: a }`)
	}
	if err := p.cases(s, end, read); err != nil {
		return nil, err
	}
	if len(s.Cases) == 0 {
		return nil, &Error{Pos: s.At, Msg: "a switch needs at least one case"}
	}
	// Wherever the default stands, it is the last to be asked.
	if i := slices.IndexFunc(s.Cases, func(way Case) bool { return way.Default }); i >= 0 {
		s.Cases = append(slices.Delete(slices.Clone(s.Cases), i, i+1), s.Cases[i])
	}
	return s, nil
}

// subject reads what stands between ( and ).
func (p *parser) subject(s *Switch) (err *Error) {
	word := p.tok
	p.advance()
	if err := p.enter(""); err != nil {
		return err
	}
	if p.tok.Kind != lex.String {
		return p.arguments(word, func(string) *Error {
			s.On, err = p.expression(expr.BareParam)
			return err
		})
	}
	if s.On, err = p.expression(expr.NoBare); err != nil {
		return err
	}
	return p.leave(")")
}

// cases reads them up to their bracket's end.
func (p *parser) cases(s *Switch, end string, read func(way *Case) *Error) *Error {
	separator, hint := ";", `is a ";" missing before the next case?`
	if end == "]" {
		separator, hint = ",", `is a "," missing before the next case?`
	}
	if err := p.enter(hint); err != nil {
		return err
	}
	for !p.tok.Is(end) {
		if separator == ";" && p.tok.Is(";") { // there may be any number of them; between commas something must stand
			p.advance()
			continue
		}
		way := Case{At: p.tok.At}
		if err := read(&way); err != nil {
			return err
		}
		s.Cases = append(s.Cases, way)
		if !p.tok.Is(separator) {
			break
		}
		p.advance()
	}
	return p.leaveGraph(end)
}

// listCase reads "A" >> a. Its body is all that follows.
func (p *parser) listCase(way *Case) *Error {
	if p.tok.Kind == lex.String && p.tok.Value == "*" {
		way.Default = true
		p.advance()
	} else if err := p.label(way); err != nil {
		return err
	}
	if !p.tok.Is(">>") {
		return p.want(`">>"`, `a case is written as "A" >> a`)
	}
	p.advance()
	return p.caseBody(way)
}

// blockCase reads A: a.
func (p *parser) blockCase(way *Case) *Error {
	if p.tok.IsName("default") {
		way.Default = true
		p.advance()
	} else if _, literal := constant(p.tok); p.tok.Kind == lex.Name && !literal {
		way.Match = p.tok.Text
		p.advance()
	} else if err := p.label(way); err != nil {
		return err
	}
	if !p.tok.Is(":") {
		return p.want(`":"`, "a case is written as A: a")
	}
	p.advance()
	if p.tok.Kind == lex.String && isAny(p.ahead, ";", "}") {
		return p.quotedBody(way)
	}
	return p.caseBody(way)
}

func (p *parser) caseBody(way *Case) *Error {
	body, err := p.either()
	if err != nil {
		return err
	}
	way.Body = &Program{Statements: []Node{body}}
	return nil
}

// quotedBody reads a body that stands in quotes: A: "a >> b".
func (p *parser) quotedBody(way *Case) *Error {
	text := p.tok
	if hasEscapes(text) {
		return &Error{Pos: text.At, Msg: "a graph in quotes has no escapes", Hint: "write it without the quotes"}
	}
	if err := p.deeper(text.At); err != nil {
		return err
	}
	inner := newParser(p.reading, text.Value, text.Inside())
	if err := inner.caseBody(way); err != nil {
		return err
	}
	if inner.tok.Kind != lex.End {
		return inner.wantOperator()
	}
	p.depth--
	p.advance()
	return nil
}

// This file owns the text of blocks and switches.

package graph

import (
	"fmt"
	"slices"
	"strings"
)

// block is a loop in block notation.
func (w *writer) block(l *Loop) string {
	word := l.Kind.String()
	text := l.Expr.String()
	if l.Kind != Repeat || !isCount(text) {
		text = braced(text)
	}
	text = fmt.Sprintf("%s(%s=%s", word, arguments[word][0], text)
	if l.Item != "" {
		text += ", item=" + l.Item
	}
	if l.Index != "" {
		text += ", index=" + l.Index
	}
	if l.MaxRounds > 0 {
		text += fmt.Sprintf(", max_iter=%d", l.MaxRounds)
	}
	if l.Collect != CollectLast {
		text += ", collect=" + l.Collect.String()
	}
	return text + "){ " + w.body(l.Body, bindAny) + " }"
}

// inOperators says whether the operator notation can say the switch. In that, "*" takes every value.
func (s *Switch) inOperators() bool {
	return !isBare(s.On) && !slices.ContainsFunc(s.Cases, func(way Case) bool { return !way.Default && way.Match == "*" })
}

func (w *writer) choice(s *Switch) string {
	ways := make([]string, len(s.Cases))
	if s.inOperators() {
		for i, way := range s.Cases {
			// In Python >> would take only the first operand of a looser operator, so there are brackets around those.
			ways[i] = way.Label() + " >> " + w.body(way.Body, bindSeq)
		}
		return fmt.Sprintf("switch(%s)[%s]", quoteText(s.On.String()), strings.Join(ways, ", "))
	}
	for i, way := range s.Cases {
		label := way.Label()
		if way.Default {
			label = "default"
		}
		ways[i] = label + ": " + w.body(way.Body, bindSeq)
	}
	return fmt.Sprintf("switch(on=%s){ %s }", braced(s.On.String()), strings.Join(ways, "; "))
}

// braced is an expression as the argument of a block. A comment would run over the closing braces.
func braced(text string) string {
	if strings.ContainsAny(text, "#\r\n") {
		return quoteText(text)
	}
	return "{{" + text + "}}"
}

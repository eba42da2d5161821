// This file owns telling the two notations apart.

package graph

import "github.com/pyoco/pyoco/internal/lex"

// Newer gives the first place at which a text uses the newer notation (blocks in braces, nodes with a name of their own,
// pipes), which Python engines before 0.8 don't read. ok is false where there is none. The text must be one that [Parse]
// takes.
func Newer(text string) (at Pos, ok bool) {
	lexer := lex.New(text, lex.Start)
	for token, last := lexer.Next(), (lex.Token{}); token.Kind != lex.End; last, token = token, lexer.Next() {
		switch {
		case token.Kind == lex.Braces, token.Is("{"), token.Is(":"):
			return token.At, true
		case last.IsName("pipe") && token.Is("("):
			return last.At, true
		}
	}
	return Pos{}, false
}

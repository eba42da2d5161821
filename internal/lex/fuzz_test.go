// This file owns what must hold for every text.

package lex_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/lex"
)

func FuzzLexer(f *testing.F) { // more of its seeds are under testdata/fuzz/FuzzLexer
	f.Add("flow >> a | (b & 取得)\nx[3] % (\"$ctx.n > 1\", 5) # é")
	f.Add("switch(on={{ {'a': 1}.b }}){ 'x\\x41': .5e-3; 0x_f: \"\\\r\n\" }")
	f.Fuzz(func(t *testing.T, text string) {
		lexer := lex.New(text, lex.Start)
		last, size := lex.Pos{Line: 1}, 0
		for {
			token := lexer.Next()
			require.Greater(t, token.At.Line*(1<<32)+token.At.Column, last.Line*(1<<32)+last.Column, "places go forward")
			last = token.At
			if token.Kind == lex.End {
				break
			}
			size += max(1, len(token.Text))
			require.LessOrEqual(t, size, len(text))
			require.Equal(t, token.Kind == lex.Bad, token.Err != nil)
			if token.Kind == lex.Bad {
				require.True(t, utf8.ValidString(token.Err.Error()))
			} else {
				require.True(t, utf8.ValidString(token.Text+token.Value))
			}
		}
		require.Equal(t, lex.End, lexer.Next().Kind)
	})
}

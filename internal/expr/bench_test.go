// This file owns the measure of what a condition costs.

package expr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/expr"
)

const condition = "$ctx.params.n > 3 and $ctx.loop.index < 10"

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, err := expr.Parse(condition, expr.Options{})
		require.NoError(b, err)
	}
}

func BenchmarkEval(b *testing.B) {
	for name, text := range map[string]string{
		"condition": condition,
		"list":      "$ctx.params.mode in ['batch', 'stream', 'both']",
		"sum":       "$ctx.params.n * 2 + $ctx.loop.index % 3 - 1",
		"floats":    "0.5 <= $ctx.params.n / 4.0 < 2",
	} {
		b.Run(name, func(b *testing.B) {
			parsed, err := expr.Parse(text, expr.Options{})
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parsed.Eval(run); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

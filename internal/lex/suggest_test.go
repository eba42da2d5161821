// This file owns the test of the distance between names, against its definition.

package lex

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheDistanceIsExactUpToItsLimit(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same words every time
	word := func() []rune {
		letters := make([]rune, random.IntN(7))
		for i := range letters {
			letters[i] = rune('a' + random.IntN(3))
		}
		return letters
	}
	for range 1000 {
		a, b, limit := word(), word(), random.IntN(4)
		want, got := plainDistance(a, b), editDistance(a, b, limit)
		if want <= limit {
			require.Equal(t, want, got, "%s to %s", string(a), string(b))
		} else {
			require.Greater(t, got, limit, "%s to %s", string(a), string(b))
		}
	}
}

// plainDistance is the optimal string alignment as it is defined.
func plainDistance(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	m, n := len(a)-1, len(b)-1
	replace := plainDistance(a[:m], b[:n])
	if a[m] != b[n] {
		replace++
	}
	distance := min(replace, 1+plainDistance(a[:m], b), 1+plainDistance(a, b[:n]))
	if m > 0 && n > 0 && a[m] == b[n-1] && a[m-1] == b[n] {
		distance = min(distance, 1+plainDistance(a[:m-1], b[:n-1]))
	}
	return distance
}

// This file owns the guess at which known name was meant by an unknown one.

package lex

import (
	"strings"
	"unicode/utf8"
)

// What is compared is bounded, as the time must be: the length of a name, in runes, and the number of names.
const (
	longestGuess = 40
	mostGuesses  = 4096
)

// Nearest is the known name that is most like the unknown one, the first of several, or "" if none is like it. Only the
// first few thousand names are looked at, and none that is very long.
func Nearest(unknown string, known []string) string {
	if len(unknown) > longestGuess*utf8.UTFMax {
		return ""
	}
	letters := []rune(strings.ToLower(unknown))
	if len(letters) > longestGuess {
		return ""
	}
	// The longer a name, the more of its letters may be wrong. Of a name of one letter, only its case may be.
	best, limit := "", min((1+len(letters))/3, 3)
	for _, name := range known[:min(len(known), mostGuesses)] {
		if len(name) > longestGuess*utf8.UTFMax {
			continue
		}
		if distance := editDistance(letters, []rune(strings.ToLower(name)), limit); distance <= limit {
			best, limit = name, distance-1
		}
	}
	return best
}

// editDistance is how many letters must be inserted, removed, replaced or swapped with their neighbour to make b of a
// (the optimal string alignment). Anything over limit comes out as some number over limit: only the cells within limit
// of the diagonal are computed.
func editDistance(a, b []rune, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) > limit {
		return limit + 1
	}
	beforeLast, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		from, to := max(1, i-limit), min(len(b), i+limit)
		row[from-1] = limit + 1
		if from == 1 {
			row[0] = i
		}
		for j := from; j <= to; j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], beforeLast[j-2]+1)
			}
		}
		if to < len(b) {
			row[to+1] = limit + 1 // the next row looks at it
		}
		beforeLast, last, row = last, row, beforeLast
	}
	return last[len(b)]
}

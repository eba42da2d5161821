// This file owns the order of versions (PEP 440, "Summary of permitted suffixes and relative ordering").

package pywheel

import (
	"cmp"
	"strings"
)

// Compare is negative where v is older than w, positive where it is newer, and 0 where they are the same version, be they
// spelled differently: 1.0 and 1.0.0 are.
func (v Version) Compare(w Version) int {
	return cmp.Or(
		v.epoch.compare(w.epoch),
		compareReleases(v.release, w.release),
		cmp.Compare(v.stage(), w.stage()), v.preN.compare(w.preN),
		v.post.compare(w.post, -1),
		v.dev.compare(w.dev, 1),
		compareLocals(v.local, w.local),
	)
}

func (n number) compare(m number) int {
	return cmp.Or(cmp.Compare(len(n), len(m)), strings.Compare(string(n), string(m)))
}

// compare puts a missing part before all others, or behind them.
func (p part) compare(q part, missing int) int {
	switch {
	case p.given && q.given:
		return p.n.compare(q.n)
	case p.given == q.given:
		return 0
	case q.given:
		return missing
	}
	return -missing
}

// stage is how far a version is on its way to the release: 1.0.dev1 comes before 1.0a1, and that before 1.0.
func (v Version) stage() string {
	switch {
	case v.pre != "":
		return v.pre // a, b, rc are in order as texts
	case v.dev.given && !v.post.given:
		return ""
	}
	return "released"
}

// compareReleases takes missing numbers for zeros.
func compareReleases(a, b []number) int {
	for i := range max(len(a), len(b)) {
		x, y := number("0"), number("0")
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if c := x.compare(y); c != 0 {
			return c
		}
	}
	return 0
}

// compareLocals puts words before numbers, and what is shorter before what goes on.
func compareLocals(a, b []string) int {
	for i := range min(len(a), len(b)) {
		x, y := consistsOf(a[i], digits), consistsOf(b[i], digits)
		var c int
		switch {
		case x && y:
			c = number(a[i]).compare(number(b[i]))
		case x:
			c = 1
		case y:
			c = -1
		default:
			c = strings.Compare(a[i], b[i])
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

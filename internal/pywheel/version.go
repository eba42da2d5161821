// This file owns versions (PEP 440) and their normal form.

package pywheel

import "strings"

// Version is the version of a package. The zero value is none; it stands before all others.
type Version struct {
	epoch   number
	release []number
	pre     string // a, b or rc; empty: it is no pre-release
	preN    number
	post    part
	dev     part
	local   []string // words and numbers, in lower case
}

// number is a whole number of any size: its digits, without leading zeros.
type number string

// part is a segment that may be missing.
type part struct {
	given bool
	n     number
}

// String is the normal form: 1.0rc1 for 1.0-preview_1. The zero value is empty.
func (v Version) String() string {
	if v.release == nil {
		return ""
	}
	var b strings.Builder
	if v.epoch != "0" {
		b.WriteString(string(v.epoch) + "!")
	}
	for i, n := range v.release {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(string(n))
	}
	if v.pre != "" {
		b.WriteString(v.pre + string(v.preN))
	}
	if v.post.given {
		b.WriteString(".post" + string(v.post.n))
	}
	if v.dev.given {
		b.WriteString(".dev" + string(v.dev.n))
	}
	if v.local != nil {
		b.WriteString("+" + strings.Join(v.local, "."))
	}
	return b.String()
}

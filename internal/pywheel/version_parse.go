// This file owns reading a version (PEP 440, appendix B).

package pywheel

import (
	"strings"
	"unicode"
)

// ParseVersion reads a version in any of the spellings that PEP 440 allows. The error is an *Error.
func ParseVersion(text string) (Version, error) {
	s := &scanner{rest: strings.TrimFunc(text, isSpace)}
	if strings.ContainsFunc(s.rest, func(r rune) bool { return r > unicode.MaxASCII }) {
		return Version{}, wrong("version", "%s is no version (PEP 440)", quote(text))
	}
	s.rest = strings.ToLower(s.rest)
	if v, ok := s.version(); ok && s.rest == "" {
		return v, nil
	}
	return Version{}, wrong("version", "%s is no version, like 1.2.3, 1.0rc1 or 2.0.post1 (PEP 440)", quote(text))
}

// isSpace is what Python takes for white space.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// scanner reads a version from left to right. No segment needs to be read twice: what a separator may belong to is told by
// the word behind it.
type scanner struct{ rest string }

func (s *scanner) version() (v Version, ok bool) {
	s.take("v")
	first, ok := s.number()
	if !ok {
		return v, false
	}
	v.epoch = "0"
	if s.take("!") {
		v.epoch = first
		if first, ok = s.number(); !ok {
			return v, false
		}
	}
	v.release = []number{first}
	for {
		before := s.rest
		if s.take(".") {
			if n, ok := s.number(); ok {
				v.release = append(v.release, n)
				continue
			}
		}
		s.rest = before
		break
	}
	if word, n := s.segment("alpha", "a", "beta", "b", "preview", "pre", "c", "rc"); n.given {
		v.pre, v.preN = preReleases[word], n.n
	}
	v.post = s.postRelease()
	_, v.dev = s.segment("dev")
	return v, s.localPart(&v)
}

// preReleases are the words of a pre-release, and their normal form.
var preReleases = map[string]string{
	"alpha": "a", "a": "a", "beta": "b", "b": "b", "preview": "rc", "pre": "rc", "c": "rc", "rc": "rc",
}

// take steps over a text.
func (s *scanner) take(text string) bool {
	rest, ok := strings.CutPrefix(s.rest, text)
	s.rest = rest
	return ok
}

func (s *scanner) separator() {
	if s.rest != "" && strings.Contains("._-", s.rest[:1]) {
		s.rest = s.rest[1:]
	}
}

func (s *scanner) number() (number, bool) {
	rest := strings.TrimLeft(s.rest, digits)
	text := s.rest[:len(s.rest)-len(rest)]
	if text == "" {
		return "", false
	}
	s.rest = rest
	return wholeNumber(text), true
}

// wholeNumber is the number that digits stand for.
func wholeNumber(text string) number {
	if text = strings.TrimLeft(text, "0"); text == "" {
		text = "0"
	}
	return number(text)
}

// segment reads one of the words, with separators around it and a number behind it, which is 0 where it is left out.
func (s *scanner) segment(words ...string) (string, part) {
	before := s.rest
	s.separator()
	for _, word := range words {
		if !s.take(word) {
			continue
		}
		s.separator()
		n, ok := s.number()
		if !ok {
			n = "0"
		}
		return word, part{true, n}
	}
	s.rest = before
	return "", part{}
}

// postRelease reads a post-release, whose word may be left out behind a dash.
func (s *scanner) postRelease() part {
	before := s.rest
	if s.take("-") {
		if n, ok := s.number(); ok {
			return part{true, n}
		}
		s.rest = before
	}
	_, post := s.segment("post", "rev", "r")
	return post
}

// localPart reads what stands behind a plus sign; it says no where that is not complete.
func (s *scanner) localPart(v *Version) bool {
	if !s.take("+") {
		return true
	}
	for {
		rest := strings.TrimLeft(s.rest, letters+digits)
		word := s.rest[:len(s.rest)-len(rest)]
		if word == "" {
			return false
		}
		if consistsOf(word, digits) {
			word = string(wholeNumber(word))
		}
		v.local = append(v.local, word)
		if s.rest = rest; s.rest == "" {
			return true
		}
		if s.separator(); s.rest == rest {
			return false
		}
	}
}

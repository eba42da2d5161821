// This file owns the way from a request to its route: which paths are looked up at all, and which of the routes
// behind one shape is meant.

package httpedge

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// value is what a wildcard of a route matched.
type value struct{ name, value string }

// find gives the route of a method and a path. A HEAD request falls back to the route of GET.
func (t *table) find(method, path string) (*Route, []value) {
	route, values := t.lookup(method, path)
	if route == nil && method == http.MethodHead {
		return t.lookup(http.MethodGet, path)
	}
	return route, values
}

func (t *table) lookup(method, path string) (*Route, []value) {
	handle, _, _ := t.tree.Lookup(method, path)
	if handle == nil {
		return nil, nil
	}
	var f found
	handle(&f, nil, nil)
	for i := range f.entries {
		if values, ok := f.entries[i].match(path); ok {
			return &f.entries[i].route, values
		}
	}
	return nil, nil
}

// match compares a path of the entry's shape segment by segment.
func (e entry) match(path string) ([]value, bool) {
	var values []value
	rest := path
	for _, s := range e.segments {
		rest = strings.TrimPrefix(rest, "/")
		name, wild := wildName(s)
		if wild && s[0] == '*' {
			return append(values, value{name, "/" + rest}), true
		}
		segment := rest
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			segment = rest[:i]
		}
		rest = rest[len(segment):]
		switch {
		case wild:
			values = append(values, value{name, segment})
		case s != segment:
			return nil, false
		}
	}
	return values, true
}

// allowed lists the methods that the path has a route for, as the Allow header needs them.
func (t *table) allowed(path string) []string {
	var methods []string
	for _, m := range t.methods {
		if route, _ := t.lookup(m, path); route != nil {
			methods = append(methods, m)
		}
	}
	if slices.Contains(methods, http.MethodGet) && !slices.Contains(methods, http.MethodHead) {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return methods
}

// plainPath tells whether a path means the same before and after decoding and cleaning. Any other one is answered
// with 404 and never normalised, so that it reaches no route by a second reading: an encoded slash or backslash, an
// empty, "." or ".." segment, a control character, and what is not UTF-8.
func plainPath(u *url.URL) bool {
	raw := strings.ToLower(u.RawPath) // set only where decoding lost something
	switch {
	case !strings.HasPrefix(u.Path, "/"), strings.Contains(u.Path, "//"), strings.Contains(u.Path, `\`):
		return false
	case strings.Contains(raw, "%2f"), !utf8.ValidString(u.Path):
		return false
	case strings.ContainsFunc(u.Path, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return false
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

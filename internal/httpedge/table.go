// This file owns the routing table: how any set of routes, wildcards beside fixed segments included, becomes one
// httprouter table and is read back. Nothing else branches on a path.

package httpedge

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/julienschmidt/httprouter"
)

// entry is a route cut into segments. A segment that starts with ':' or '*' is a wildcard.
type entry struct {
	route    Route
	segments []string
}

// table looks routes up. httprouter allows no wildcard beside a fixed segment, so there such a segment is registered
// as a wildcard too, and the entries behind that one shape are told apart by the values of its wildcards.
type table struct {
	tree    *httprouter.Router
	methods []string
}

// found receives what httprouter matched. It only wears the coat of a ResponseWriter, to get through a
// httprouter.Handle: that is all a lookup gives back.
type found struct {
	http.ResponseWriter
	entries []entry
}

// newTable gives an error for routes that can not live in one table; httprouter itself panics on some of them.
func newTable(routes []Route) (t *table, err error) {
	defer func() {
		if v := recover(); v != nil {
			t, err = nil, fmt.Errorf("httpedge: routes: %v", v)
		}
	}()
	byMethod := map[string][]entry{}
	for _, route := range routes {
		e, err := parseRoute(route)
		if err != nil {
			return nil, fmt.Errorf("httpedge: route %s %s: %w", route.Method, route.Pattern, err)
		}
		byMethod[route.Method] = append(byMethod[route.Method], e)
	}
	t = &table{tree: httprouter.New()}
	for method, entries := range byMethod {
		t.methods = append(t.methods, method)
		if err := t.add(method, "", 0, entries); err != nil {
			return nil, err
		}
	}
	slices.Sort(t.methods)
	return t, nil
}

func parseRoute(route Route) (entry, error) {
	switch {
	case route.Handler == nil:
		return entry{}, errors.New("has no handler")
	case route.Method == "" || route.Method != strings.ToUpper(route.Method):
		return entry{}, errors.New("needs a method in capitals")
	case route.Pattern == "/":
		return entry{route: route}, nil
	case !strings.HasPrefix(route.Pattern, "/"):
		return entry{}, errors.New("needs a pattern that starts with /")
	}
	segments := strings.Split(route.Pattern[1:], "/")
	names := map[string]bool{}
	for i, s := range segments {
		name, wild := wildName(s)
		switch {
		case s == "" || s == "." || s == "..":
			return entry{}, errors.New("has a segment that no path can match")
		case !wild && strings.ContainsAny(s, ":*"):
			return entry{}, fmt.Errorf("has a wildcard inside of segment %q", s)
		case wild && (name == "" || strings.ContainsAny(name, ":*")):
			return entry{}, fmt.Errorf("has a wildcard without a plain name: %q", s)
		case wild && names[name]:
			return entry{}, fmt.Errorf("has two wildcards named %q", name)
		case s[0] == '*' && i < len(segments)-1:
			return entry{}, errors.New("has a catch-all before its end")
		}
		names[name] = wild
	}
	return entry{route: route, segments: segments}, nil
}

// wildName gives the name of a wildcard segment.
func wildName(segment string) (string, bool) {
	if segment == "" || (segment[0] != ':' && segment[0] != '*') {
		return "", false
	}
	return segment[1:], true
}

// add registers entries whose shape is the same up to depth. Where one of them has a wildcard there, all get one.
func (t *table) add(method, shape string, depth int, entries []entry) error {
	var ended []entry
	bySegment := map[string][]entry{}
	var wild bool
	for _, e := range entries {
		if depth == len(e.segments) {
			ended = append(ended, e)
			continue
		}
		segment := e.segments[depth]
		switch segment[0] {
		case '*':
			segment = fmt.Sprintf("*%d", depth)
		case ':':
			segment, wild = fmt.Sprintf(":%d", depth), true
		}
		bySegment[segment] = append(bySegment[segment], e)
	}
	if wild {
		bySegment = mergeSegments(bySegment, depth)
	}
	if err := t.register(method, shape, ended); err != nil {
		return err
	}
	for segment, below := range bySegment {
		var err error
		if segment[0] == '*' {
			err = t.register(method, shape+"/"+segment, below)
		} else {
			err = t.add(method, shape+"/"+segment, depth+1, below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mergeSegments puts fixed segments behind the wildcard. A catch-all stays apart: httprouter refuses it there, rightly.
func mergeSegments(bySegment map[string][]entry, depth int) map[string][]entry {
	merged := map[string][]entry{}
	for segment, entries := range bySegment {
		if segment[0] != '*' {
			segment = fmt.Sprintf(":%d", depth)
		}
		merged[segment] = append(merged[segment], entries...)
	}
	return merged
}

// register puts the entries of one shape behind one handle, those with fixed segments further left first.
func (t *table) register(method, shape string, entries []entry) error {
	if len(entries) == 0 {
		return nil
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.rank(), b.rank()) })
	for i, e := range entries[1:] {
		if e.rank() == entries[i].rank() {
			return fmt.Errorf("httpedge: routes %s %s and %s match the same paths",
				method, entries[i].route.Pattern, e.route.Pattern)
		}
	}
	if shape == "" {
		shape = "/"
	}
	t.tree.Handle(method, shape, func(w http.ResponseWriter, _ *http.Request, _ httprouter.Params) {
		w.(*found).entries = entries
	})
	return nil
}

// rank is the pattern without the names of its wildcards. A byte that no UTF-8 path holds sorts
// a wildcard after the fixed segments beside it.
func (e entry) rank() string {
	var b strings.Builder
	for _, s := range e.segments {
		if _, wild := wildName(s); wild {
			s = "\xff" + s[:1]
		}
		b.WriteString("/" + s)
	}
	return b.String()
}

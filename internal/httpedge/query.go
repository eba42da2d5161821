// This file owns the query string: typed values, and every mistake in it told at once.

package httpedge

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Query reads the parameters of one request. Of a repeated parameter the last one counts. Mistakes are gathered: read
// everything, then ask Err. It is not safe for concurrent use.
type Query struct {
	values url.Values
	faults []FieldError
}

// NewQuery parses the request's query. What can't be decoded is a mistake of its own.
func NewQuery(r *http.Request) *Query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &Query{values: values}
	if err != nil {
		q.Fail("query", "is not readable: "+clip(err.Error()))
	}
	for name, list := range values {
		if !utf8.ValidString(name) || slices.ContainsFunc(list, func(v string) bool { return !utf8.ValidString(v) }) {
			q.Fail("query", "must be UTF-8")
			break
		}
	}
	return q
}

// Has says whether the parameter was given, also empty.
func (q *Query) Has(name string) bool { return q.values.Has(name) }

// String is the parameter's value, "" where there is none.
func (q *Query) String(name string) string {
	list := q.values[name]
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}

// Int is a whole number from least to most; def where the parameter was not given.
func (q *Query) Int(name string, def, least, most int) int {
	if !q.Has(name) {
		return def
	}
	text := q.String(name)
	v, err := strconv.Atoi(text)
	if err != nil || v < least || v > most {
		q.Fail(name, fmt.Sprintf("must be %d to %d, got %s", least, most, shown(text)))
		return def
	}
	return v
}

// Float is a finite number. It says false where the parameter was not given.
func (q *Query) Float(name string) (float64, bool) {
	if !q.Has(name) {
		return 0, false
	}
	text := q.String(name)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		q.Fail(name, "must be a number, got "+shown(text))
		return 0, true
	}
	return v, true
}

// Bool takes 1, true, t, yes, y, on and their opposites in any case; def where the parameter was not given.
func (q *Query) Bool(name string, def bool) bool {
	if !q.Has(name) {
		return def
	}
	switch strings.ToLower(q.String(name)) {
	case "1", "true", "t", "yes", "y", "on":
		return true
	case "0", "false", "f", "no", "n", "off":
		return false
	}
	q.Fail(name, "must be true or false, got "+shown(q.String(name)))
	return def
}

// Enum is one of the allowed values; def where the parameter was not given.
func (q *Query) Enum(name, def string, allowed ...string) string {
	if !q.Has(name) {
		return def
	}
	if v := q.String(name); slices.Contains(allowed, v) {
		return v
	}
	q.Fail(name, "must be "+strings.Join(allowed, " or ")+", got "+shown(q.String(name)))
	return def
}

// Fail adds a mistake that the caller has found.
func (q *Query) Fail(field, reason string) {
	q.faults = append(q.faults, FieldError{Field: field, Reason: reason})
}

// Err is nil, or one Problem (422) with every mistake.
func (q *Query) Err(errID string) error {
	if len(q.faults) == 0 {
		return nil
	}
	return invalid(http.StatusUnprocessableEntity, errID, q.faults...)
}

// shown is a client's value as an error repeats it.
func shown(text string) string {
	if text == "" {
		return "nothing"
	}
	return clip(strings.ToValidUTF8(text, "\ufffd"))
}

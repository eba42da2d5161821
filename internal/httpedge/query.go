// This file owns Query: the query of a request, read field by field, its errors gathered into one answer.

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

// Query reads the fields of a query. Each reader gives the default for a field that is missing or wrong; Err tells
// after the last one. Of a repeated field the last value counts, but for All. It is not safe for concurrent use.
type Query struct {
	values url.Values
	errs   []FieldError
}

// NewQuery parses the query of r. One with invalid percent-escapes or without UTF-8 is an error that Err gives.
func NewQuery(r *http.Request) *Query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &Query{values: values}
	if err != nil {
		// The cause quotes what was sent, which may hold a control character or be long.
		q.Fail("query", "must be name=value pairs joined by &, with %XX for other characters")
		return q
	}
	for name, all := range values {
		if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(all, "")) {
			q.Fail("query", "must be UTF-8")
			break
		}
	}
	return q
}

// Has tells whether the field was sent, also where it is empty.
func (q *Query) Has(name string) bool { return q.values.Has(name) }

// String gives the field's value, or "" where it was not sent.
func (q *Query) String(name string) string {
	value, _ := q.last(name)
	return value
}

// Int gives a whole number from min to max, both included.
func (q *Query) Int(name string, def, min, max int) int {
	value, sent := q.last(name)
	if !sent {
		return def
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		q.Fail(name, fmt.Sprintf("must be %d to %d, got %s", min, max, quote(value)))
		return def
	}
	if n < min || n > max {
		q.Fail(name, fmt.Sprintf("must be %d to %d, got %d", min, max, n))
		return def
	}
	return n
}

// Float gives a finite number, and whether there was one.
func (q *Query) Float(name string) (float64, bool) {
	value, sent := q.last(name)
	if !sent {
		return 0, false
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		q.Fail(name, "must be a number, got "+quote(value))
		return 0, false
	}
	return f, true
}

// Bool takes 1, true, t, yes, y, on and 0, false, f, no, n, off in any case.
func (q *Query) Bool(name string, def bool) bool {
	value, sent := q.last(name)
	if !sent {
		return def
	}
	switch strings.ToLower(value) {
	case "1", "true", "t", "yes", "y", "on":
		return true
	case "0", "false", "f", "no", "n", "off":
		return false
	}
	q.Fail(name, "must be true or false, got "+quote(value))
	return def
}

// Enum gives one of the allowed values, in their exact spelling.
func (q *Query) Enum(name, def string, allowed ...string) string {
	value, sent := q.last(name)
	if !sent {
		return def
	}
	if !slices.Contains(allowed, value) {
		q.Fail(name, "must be one of "+strings.Join(allowed, ", ")+", got "+quote(value))
		return def
	}
	return value
}

// Word is Enum in any case and with spaces around it; an empty value counts as not sent.
func (q *Query) Word(name, def string, allowed ...string) string {
	sent := q.String(name)
	value := strings.TrimSpace(sent)
	if value == "" {
		return def
	}
	for _, word := range allowed {
		if strings.EqualFold(word, value) {
			return word
		}
	}
	q.Fail(name, "must be one of "+strings.Join(allowed, ", ")+", got "+quote(sent))
	return def
}

// All gives every value of a field that may be repeated.
func (q *Query) All(name string) []string { return q.values[name] }

// Fail adds an error of the caller's own.
func (q *Query) Fail(field, reason string) {
	q.errs = append(q.errs, FieldError{Field: field, Reason: reason})
}

// Err gives one Problem with status 422 and errID for everything that was wrong, or nil.
func (q *Query) Err(errID string) error {
	if len(q.errs) == 0 {
		return nil
	}
	return invalid(http.StatusUnprocessableEntity, errID, q.errs...)
}

func (q *Query) last(name string) (string, bool) {
	all := q.values[name]
	if len(all) == 0 {
		return "", false
	}
	return all[len(all)-1], true
}

// quote shows a value that was sent, safe for a log line and short.
func quote(value string) string { return strconv.Quote(clip(value)) }

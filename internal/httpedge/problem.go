// This file owns Problem: the error every refused request ends in, and its form on the wire.

package httpedge

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// errIDInvalid is the error id of a request that is wrong in itself.
const errIDInvalid = "ERR-PYOCO-0002"

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Problem is an error with an HTTP answer. A Handler returns it, also wrapped, and the Router serves it as
// application/problem+json (RFC 9457).
type Problem struct { //nolint:errname // RFC 9457 calls it that
	// Status is the HTTP status, 400 to 599. Any other value is served as 500.
	Status int
	// Detail is served: it names the field and the limit ("limit: must be 1 to 200, got 0").
	Detail string
	// ErrID is served as err_id, and as msg_id with its first three letters changed. Empty: neither is served.
	ErrID string
	// Fields are served as "errors" where there is more than one; a single one is in Detail already.
	Fields []FieldError
	// RetryAfter is served as the Retry-After header in whole seconds, rounded up. Zero or less: no header.
	RetryAfter time.Duration
	// Cause is logged and never served.
	Cause error
}

// Error gives the detail and the cause, for logs.
func (p *Problem) Error() string {
	if p.Cause == nil {
		return p.Detail
	}
	return p.Detail + ": " + p.Cause.Error()
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Cause }

type problemBody struct {
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail"`
	ErrID  string       `json:"err_id,omitempty"`
	MsgID  string       `json:"msg_id,omitempty"`
	Errors []FieldError `json:"errors,omitempty"`
}

// write serves p. The headers of the answer that was not given must not describe this one.
func (p *Problem) write(w http.ResponseWriter) error {
	status := p.Status
	if status < 400 || status > 599 {
		status = http.StatusInternalServerError
	}
	body := problemBody{Title: http.StatusText(status), Status: status, Detail: p.Detail, ErrID: p.ErrID}
	if rest, ok := strings.CutPrefix(p.ErrID, "ERR-"); ok {
		body.MsgID = "MSG-" + rest
	}
	if len(p.Fields) > 1 {
		body.Errors = p.Fields
	}
	h := w.Header()
	for _, name := range []string{"Content-Disposition", "Content-Encoding", "Content-Range", "Etag", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	if p.RetryAfter > 0 {
		seconds := (p.RetryAfter + time.Second - 1) / time.Second
		h.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	return writeJSON(w, status, "application/problem+json", body)
}

// invalid gives the Problem of one or more wrong fields: their reasons joined in Detail, and apart in Fields.
func invalid(status int, errID string, fields ...FieldError) *Problem {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.Field + ": " + f.Reason
	}
	return &Problem{Status: status, ErrID: errID, Detail: strings.Join(parts, "; "), Fields: fields}
}

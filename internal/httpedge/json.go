// This file owns JSON bodies: how they are written, and what is asked of one that is read.

package httpedge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pyoco/pyoco/internal/exactjson"
)

const (
	defaultBodyLimit = 1 << 20
	maxNesting       = 128
)

// WriteJSON serves v with Content-Length and without HTML escapes. An error before anything was written is that of
// encoding v; later ones say that the client is gone, and the Router treats them so.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	return writeJSON(w, status, "application/json", v)
}

func writeJSON(w http.ResponseWriter, status int, contentType string, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return write(w, status, contentType, bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

// WriteEncoded writes what is JSON already, with its length.
func WriteEncoded(w http.ResponseWriter, status int, body []byte) error {
	return write(w, status, "application/json", body)
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return &writeError{err: err}
	}
	return nil
}

// ReadJSON reads one JSON document of at most limit bytes (0: 1 MiB) into v. The Content-Type is not
// looked at, unknown fields are ignored, as are those of the document whose names differ in case, and a json.RawMessage keeps its numbers as they were written. It returns a
// Problem with ERR-PYOCO-0002: 413 for a body over the limit, which it names, 408 for one that comes too slowly, and
// 422 for one that is empty, null, not UTF-8, not JSON, nested over 128 deep, followed by more, or of another type.
func ReadJSON[T any](w http.ResponseWriter, r *http.Request, limit int64, v *T) error {
	if limit == 0 {
		limit = defaultBodyLimit
	}
	body, err := io.ReadAll(http.MaxBytesReader(bottom(w), r.Body, limit))
	if err != nil {
		return bodyError(err)
	}
	if err := checkJSON(body); err != nil {
		return err
	}
	if err := exactjson.Unmarshal(body, v); err != nil {
		return decodeError(body, err)
	}
	return nil
}

// bodyError is what is wrong with a body that could not be read to its end.
func bodyError(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return bodyTooLarge(tooLarge.Limit)
	}
	if late, ok := errors.AsType[*Problem](err); ok {
		return late
	}
	p := badBody("ended early or is not well formed")
	p.Cause = err
	return p
}

func badBody(format string, args ...any) *Problem {
	return invalid(http.StatusUnprocessableEntity, errIDInvalid,
		FieldError{Field: "body", Reason: fmt.Sprintf(format, args...)})
}

// checkJSON refuses what json.Unmarshal lets pass: bytes that are not UTF-8, null for everything, deep nesting.
func checkJSON(body []byte) error {
	trimmed := bytes.Trim(body, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return badBody("must be a JSON document, got nothing")
	case string(trimmed) == "null":
		return badBody("must be a JSON document, got null")
	case !utf8.Valid(body):
		return badBody("is not UTF-8")
	case NestedOver(body, maxNesting):
		return badBody("must be nested at most %d deep", maxNesting)
	}
	return nil
}

// NestedOver says that lists and objects stand in each other more than limit deep. It counts brackets outside of texts; it need not know whether the body is JSON: the decoder tells.
func NestedOver(body []byte, limit int) bool {
	depth, inText := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{', c == '[':
			if depth++; depth > limit {
				return true
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return false
}

// decodeError says in plain words what the decoder found.
func decodeError(body []byte, err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return invalid(http.StatusUnprocessableEntity, errIDInvalid, typeError(body, wrong))
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return badBody("is not one JSON document, at byte %d: %s", syntax.Offset, syntax.Error())
	}
	p := badBody("%s", clip(strings.TrimPrefix(err.Error(), "json: ")))
	p.Cause = err
	return p
}

// This file owns ReadForm: what a multipart form (RFC 7578) may hold, and what is wrong with one that holds else.

package httpedge

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	maxParts       = 32
	maxPartHeader  = 8 << 10
	defaultMaxText = 64 << 10
	// formSlack is what a form may hold beyond the parts asked for: boundaries, part headers, unknown parts.
	formSlack = 1 << 20
)

// FilePart is a file that a form has to have.
type FilePart struct {
	Name string
	// Max is in bytes.
	Max int64
	// TooLargeErrID is the error id of the 413 for a file over Max.
	TooLargeErrID string
	// To is asked where the bytes of the file go, once it begins and before they are read. It is given the file name as
	// it was sent, without folders; its error, and one of the writer's, is what ReadForm returns. Of a file that fails,
	// a part may have been written. nil: the file is kept in memory, in Form.Files.
	To func(filename string) (io.Writer, error)
}

// FormSpec says which parts a form has. Any other part is read over.
type FormSpec struct {
	Files []FilePart
	// Texts name the fields that may be sent.
	Texts []string
	// MaxText is the limit of each text in bytes. 0: 64 KiB.
	MaxText int64
}

// Form holds the parts that were sent, less the files that had a To.
type Form struct {
	Files map[string][]byte
	Texts map[string]string
}

// ReadForm reads a multipart form, part by part and never onto the disk; only files with a To may be larger than memory.
// Of a part sent twice the last one counts. It returns a Problem, with ERR-PYOCO-0002 where nothing else is said: 413
// for a file over its limit (with its TooLargeErrID) and for a body over all limits together and 1 MiB (before any
// of it is sent where the client waits for that, RFC 9110 10.1.1), 408 for a body that comes too slowly, 422 for one that
// is not multipart or breaks off, for more than 32 parts, a part with a header over 8 KiB, a missing file, a file with a To sent twice, a file sent as a
// text or the reverse, and a text that is over its limit or not UTF-8.
func ReadForm(w http.ResponseWriter, r *http.Request, spec FormSpec) (*Form, error) {
	if spec.MaxText == 0 {
		spec.MaxText = defaultMaxText
	}
	limit := formSlack + spec.MaxText*int64(len(spec.Texts))
	for _, f := range spec.Files {
		limit += f.Max
	}
	if r.ContentLength > limit && r.Header.Get("Expect") != "" {
		return nil, bodyTooLarge(limit)
	}
	body := http.MaxBytesReader(bottom(w), r.Body, limit)
	header := &headerLimit{Reader: io.MultiReader(body, strings.NewReader("\r\n"), cutShort{})}
	r.Body = struct {
		io.Reader
		io.Closer
	}{header, body}
	parts, err := r.MultipartReader()
	if err != nil {
		p := badBody("%s", howToSend(spec))
		p.Cause = err
		return nil, p
	}
	f := &formReader{
		spec: spec, header: header, sent: map[string]bool{},
		form: &Form{Files: map[string][]byte{}, Texts: map[string]string{}},
	}
	err = f.readAll(parts)
	// The rest is read so that net/http sees the end of the body, and from there on whether the client leaves; of a
	// refused form too, since a client that is still sending when the connection is closed may never see the answer.
	if _, rest := io.Copy(io.Discard, body); err == nil && rest != nil {
		err = bodyError(rest)
	}
	if err != nil {
		return nil, err
	}
	if err := f.missing(); err != nil {
		return nil, err
	}
	return f.form, nil
}

func howToSend(spec FormSpec) string {
	if len(spec.Files) == 0 {
		return "must be multipart/form-data with a boundary"
	}
	name := spec.Files[0].Name
	return fmt.Sprintf("must be multipart/form-data with a file part %q, as curl -F %s=@FILE sends it", name, name)
}

// missing names every file that was not sent.
func (f *formReader) missing() error {
	var fields []FieldError
	for _, file := range f.spec.Files {
		if !f.sent[file.Name] {
			fields = append(fields, FieldError{Field: file.Name, Reason: "a file part is required"})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return invalid(http.StatusUnprocessableEntity, errIDInvalid, fields...)
}

func badField(field, reason string) *Problem {
	return invalid(http.StatusUnprocessableEntity, errIDInvalid, FieldError{Field: field, Reason: reason})
}

// formError is what is wrong with a form that could not be read to its end. The cause of a malformed one stays out: the
// errors of mime/multipart quote what was sent.
func formError(err error) error {
	var tooLarge *http.MaxBytesError
	var said *Problem
	if errors.As(err, &tooLarge) || errors.As(err, &said) {
		return bodyError(err)
	}
	return badBody("ended early or is not well formed")
}

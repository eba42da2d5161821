// This file owns ReadForm: multipart forms (RFC 7578), read part by part into memory and never onto the disk.

package httpedge

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode/utf8"
)

const (
	maxParts       = 32
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
}

// FormSpec says which parts a form has. Any other part is read over.
type FormSpec struct {
	Files []FilePart
	// Texts name the fields that may be sent.
	Texts []string
	// MaxText is the limit of each text in bytes. 0: 64 KiB.
	MaxText int64
}

// Form holds the parts that were sent.
type Form struct {
	Files map[string][]byte
	Texts map[string]string
}

// formReader gathers a form; the methods are the rules for one part.
type formReader struct {
	spec FormSpec
	form *Form
}

// ReadForm reads a multipart form. Of a part sent twice the last one counts. It returns a Problem, with
// ERR-PYOCO-0002 where nothing else is said: 413 for a file over its limit (with its TooLargeErrID) and for a body
// over all limits together and 1 MiB, 408 for a body that comes too slowly, 422 for one that is not multipart or
// breaks off, for more than 32 parts, a missing file, a file sent as a text or the reverse, and a text that is over
// its limit or not UTF-8.
func ReadForm(w http.ResponseWriter, r *http.Request, spec FormSpec) (*Form, error) {
	if spec.MaxText == 0 {
		spec.MaxText = defaultMaxText
	}
	limit := formSlack + spec.MaxText*int64(len(spec.Texts))
	for _, f := range spec.Files {
		limit += f.Max
	}
	body := http.MaxBytesReader(bottom(w), r.Body, limit)
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(body, strings.NewReader("\r\n"), cutShort{}), body}
	parts, err := r.MultipartReader()
	if err != nil {
		p := badBody("%s", howToSend(spec))
		p.Cause = err
		return nil, p
	}
	f := &formReader{spec: spec, form: &Form{Files: map[string][]byte{}, Texts: map[string]string{}}}
	if err := f.readAll(parts); err != nil {
		return nil, err
	}
	// The rest is read so that net/http sees the end of the body, and from there on whether the client leaves.
	if _, err := io.Copy(io.Discard, body); err != nil {
		return nil, bodyError(err)
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

func (f *formReader) readAll(parts *multipart.Reader) error {
	for n := 1; ; n++ {
		part, err := parts.NextRawPart() // a file must arrive as it was sent, not decoded
		if err == io.EOF {               //nolint:errorlint // a wrapped EOF is a body that broke off
			return nil
		}
		if err != nil {
			return bodyError(err)
		}
		if n > maxParts {
			return badBody("must have at most %d parts", maxParts)
		}
		if err := f.readPart(part); err != nil {
			return err
		}
	}
}

func (f *formReader) readPart(part *multipart.Part) error {
	name := part.FormName()
	for _, file := range f.spec.Files {
		if file.Name == name {
			return f.readFile(part, file)
		}
	}
	for _, text := range f.spec.Texts {
		if text == name {
			return f.readText(part, name)
		}
	}
	if _, err := io.Copy(io.Discard, part); err != nil {
		return bodyError(err)
	}
	return nil
}

func (f *formReader) readFile(part *multipart.Part, file FilePart) error {
	if part.FileName() == "" {
		return badField(file.Name, "must be a file part, with a filename; got a text")
	}
	data, over, err := readCapped(part, file.Max)
	if err != nil {
		return err
	}
	if over {
		return invalid(http.StatusRequestEntityTooLarge, file.TooLargeErrID, FieldError{
			Field: file.Name, Reason: fmt.Sprintf("must be at most %d bytes", file.Max),
		})
	}
	f.form.Files[file.Name] = data
	return nil
}

func (f *formReader) readText(part *multipart.Part, name string) error {
	if part.FileName() != "" {
		return badField(name, "must be a text, got a file")
	}
	data, over, err := readCapped(part, f.spec.MaxText)
	switch {
	case err != nil:
		return err
	case over:
		return badField(name, fmt.Sprintf("must be at most %d bytes", f.spec.MaxText))
	case !utf8.Valid(data):
		return badField(name, "must be UTF-8")
	}
	f.form.Texts[name] = string(data)
	return nil
}

// missing names every file that was not sent.
func (f *formReader) missing() error {
	var fields []FieldError
	for _, file := range f.spec.Files {
		if _, ok := f.form.Files[file.Name]; !ok {
			fields = append(fields, FieldError{Field: file.Name, Reason: "a file part is required"})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return invalid(http.StatusUnprocessableEntity, errIDInvalid, fields...)
}

// readCapped reads one byte more than allowed, to tell a part at its limit from one over it.
func readCapped(part io.Reader, limit int64) (data []byte, over bool, err error) {
	data, err = io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return nil, false, bodyError(err)
	}
	return data, int64(len(data)) > limit, nil
}

func badField(field, reason string) *Problem {
	return invalid(http.StatusUnprocessableEntity, errIDInvalid, FieldError{Field: field, Reason: reason})
}

// cutShort ends a form's body with an error, so that one that broke off differs from a whole one: mime/multipart gives
// io.EOF after the last boundary, and also where a part's header breaks off. The line end that a last boundary may lack
// stands before it.
type cutShort struct{}

// Read always fails.
func (cutShort) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

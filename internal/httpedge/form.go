// This file owns multipart forms (RFC 7578): parts are read one after the other, bounded, and never touch the disk.

package httpedge

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"unicode/utf8"
)

const (
	maxFormParts   = 32
	defaultMaxText = 64 << 10
	// formOverhead is what boundaries, headers and parts that nobody asked for may take beside the known parts.
	formOverhead = 64 << 10
)

// FilePart is a file that a form must have.
type FilePart struct {
	Name string
	// Max is the file's size in bytes at most.
	Max int64
	// TooLargeErrID is the error id of a file over Max. Empty: that of an invalid request.
	TooLargeErrID string
}

// FormSpec says which parts a form may have. Others are skipped.
type FormSpec struct {
	Files []FilePart
	Texts []string
	// MaxText bounds each text in bytes. 0: 64 KiB.
	MaxText int64
}

// Form holds the parts that were sent. Of a repeated part the last one counts.
type Form struct {
	Files map[string][]byte
	Texts map[string]string
}

// ReadForm reads a multipart/form-data body. It returns a Problem: 413 where a part or the whole is over its limit,
// which it names; 422 where the body is no form or is broken, or where a file is missing or was sent as a text.
func ReadForm(w http.ResponseWriter, r *http.Request, spec FormSpec) (*Form, error) {
	if spec.MaxText == 0 {
		spec.MaxText = defaultMaxText
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, badBody("must be multipart/form-data with a boundary, as curl -F sends it")
	}
	total := int64(formOverhead) + spec.MaxText*int64(len(spec.Texts))
	for _, file := range spec.Files {
		total += file.Max + 1
	}
	// Not r.MultipartReader: that one would keep the form for a later ParseMultipartForm.
	parts := multipart.NewReader(http.MaxBytesReader(w, r.Body, total), params["boundary"])
	form := &Form{Files: map[string][]byte{}, Texts: map[string]string{}}
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, formError(err)
		}
		if n == maxFormParts {
			return nil, badBody("must have at most %d parts", maxFormParts)
		}
		if err := form.take(part, spec); err != nil {
			return nil, err
		}
	}
	for _, file := range spec.Files {
		if _, sent := form.Files[file.Name]; !sent {
			return nil, partError(http.StatusUnprocessableEntity, "", file.Name, "a file part is required")
		}
	}
	return form, nil
}

// take reads one part.
func (f *Form) take(part *multipart.Part, spec FormSpec) error {
	name := part.FormName()
	if i := slices.IndexFunc(spec.Files, func(file FilePart) bool { return file.Name == name }); i >= 0 {
		file := spec.Files[i]
		if part.FileName() == "" {
			return partError(http.StatusUnprocessableEntity, "", name, "must be sent as a file, with a filename")
		}
		data, err := readPart(part, file.Max)
		if errors.Is(err, errPartTooLarge) {
			return partError(http.StatusRequestEntityTooLarge, file.TooLargeErrID, name, fmt.Sprintf("must be at most %d bytes", file.Max))
		}
		f.Files[name] = data
		return err
	}
	if !slices.Contains(spec.Texts, name) {
		return nil // the next part skips what is left of it, within the total
	}
	data, err := readPart(part, spec.MaxText)
	switch {
	case errors.Is(err, errPartTooLarge):
		return partError(http.StatusRequestEntityTooLarge, "", name, fmt.Sprintf("must be at most %d bytes", spec.MaxText))
	case err != nil:
		return err
	case !utf8.Valid(data):
		return partError(http.StatusUnprocessableEntity, "", name, "must be UTF-8")
	}
	f.Texts[name] = string(data)
	return nil
}

var errPartTooLarge = errors.New("part is too large")

func readPart(part io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return nil, formError(err)
	}
	if int64(len(data)) > limit {
		return nil, errPartTooLarge
	}
	return data, nil
}

func partError(status int, errID, field, reason string) *Problem {
	if errID == "" {
		errID = errIDInvalid
	}
	return invalid(status, errID, FieldError{Field: field, Reason: reason})
}

// formError is what is wrong with a body that broke off or is no form.
func formError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return bodyTooLarge(tooLarge.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return err
	}
	p := badBody("is not a well-formed multipart form: it ended early, or a part's header is wrong")
	p.Cause = err
	return p
}

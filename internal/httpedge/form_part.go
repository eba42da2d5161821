// This file owns the reading of a form's parts: one after the other, each within its limit.

package httpedge

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"unicode/utf8"
)

// formReader gathers a form; the methods are the rules for one part.
type formReader struct {
	spec   FormSpec
	header *headerLimit
	sent   map[string]bool
	form   *Form
}

func (f *formReader) readAll(parts *multipart.Reader) error {
	for n := 1; ; n++ {
		f.header.begin()
		part, err := parts.NextRawPart() // a file must arrive as it was sent, not decoded
		f.header.end()
		if err == io.EOF { //nolint:errorlint // a wrapped EOF is a body that broke off
			return nil
		}
		if err != nil {
			return formError(err)
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
		return formError(err)
	}
	return nil
}

func (f *formReader) readFile(part *multipart.Part, file FilePart) error {
	if part.FileName() == "" {
		return badField(file.Name, "must be a file part, with a filename; got a text")
	}
	if file.To == nil {
		data, over, err := readCapped(part, file.Max)
		if err == nil && over {
			err = file.tooLarge()
		}
		if err == nil {
			f.sent[file.Name], f.form.Files[file.Name] = true, data
		}
		return err
	}
	if f.sent[file.Name] {
		return badField(file.Name, "must be sent once")
	}
	f.sent[file.Name] = true
	to, err := file.To(part.FileName())
	if err != nil {
		return err
	}
	over, err := copyCapped(to, part, file.Max)
	if err == nil && over {
		err = file.tooLarge()
	}
	return err
}

func (p FilePart) tooLarge() error {
	return invalid(http.StatusRequestEntityTooLarge, p.TooLargeErrID, FieldError{
		Field: p.Name, Reason: fmt.Sprintf("must be at most %d bytes", p.Max),
	})
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

// readCapped reads a part that is kept in memory, up to a byte over its limit.
func readCapped(part io.Reader, limit int64) (data []byte, over bool, err error) {
	data, err = io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return nil, false, formError(err)
	}
	return data, int64(len(data)) > limit, nil
}

// copyCapped copies at most limit bytes, and reads one more to tell a part at its limit from one over it.
func copyCapped(to io.Writer, part io.Reader, limit int64) (over bool, err error) {
	w := &sink{to: to}
	_, err = io.Copy(w, io.LimitReader(part, limit))
	if err == nil {
		_, err = io.ReadFull(part, make([]byte, 1))
		over = err == nil
	}
	switch {
	case w.err != nil:
		return false, w.err
	case over, errors.Is(err, io.EOF):
		return over, nil
	}
	return false, formError(err)
}

// sink keeps the error of its writer apart from those of the body that is copied into it.
type sink struct {
	to  io.Writer
	err error
}

// Write passes p on.
func (s *sink) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	if err != nil {
		s.err = err
	}
	return n, err
}

// headerLimit counts what is read between two parts. multipart.Reader allows each part 10 MiB of header, and no other
// limit can be set; it reads ahead by one buffer, which is not counted as header.
type headerLimit struct {
	io.Reader
	inHeader bool
	read     int
}

// readAhead is the buffer of a multipart.Reader, in bytes.
const readAhead = 4 << 10

func (h *headerLimit) begin() { h.inHeader, h.read = true, 0 }
func (h *headerLimit) end()   { h.inHeader = false }

// Read fails once a header is over its limit.
func (h *headerLimit) Read(p []byte) (int, error) {
	if h.inHeader && h.read >= maxPartHeader+readAhead {
		return 0, badBody("must have at most %d bytes of header in each part", maxPartHeader)
	}
	n, err := h.Reader.Read(p)
	h.read += n
	return n, err
}

// cutShort ends a form's body with an error, so that one that broke off differs from a whole one: mime/multipart gives
// io.EOF after the last boundary, and also where a part's header breaks off. The line end that a last boundary may lack
// stands before it.
type cutShort struct{}

// Read always fails.
func (cutShort) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

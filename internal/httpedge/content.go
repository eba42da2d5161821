// This file owns WriteContent: an answer that is larger than memory, sent as it comes.

package httpedge

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// contentStep is how much of a content is sent at once, under a deadline of its own.
const contentStep = 64 << 10

// WriteContent serves a file of a known size as a download. An error before its first byte is content's, and can still be
// answered; a later one cuts the connection, so that the client does not take a part for the whole. The route has to have
// Stream set. A client that takes nothing for 10 s is gone.
func WriteContent(w http.ResponseWriter, r *http.Request, filename string, size int64, content io.Reader) error {
	source := bufio.NewReaderSize(content, contentStep)
	if _, err := source.Peek(1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+filename+`"`)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	control := http.NewResponseController(w)
	for buf := make([]byte, contentStep); ; {
		n, err := source.Read(buf)
		if n > 0 {
			_ = control.SetWriteDeadline(time.Now().Add(ioStep)) // a writer without deadlines still sends
			if _, err := w.Write(buf[:n]); err != nil {
				return &writeError{err: err}
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &cutError{err: err}
		}
	}
}

// cutError is why an answer that has begun can't be completed.
type cutError struct{ err error }

func (e *cutError) Error() string { return "content broke off: " + e.err.Error() }
func (e *cutError) Unwrap() error { return e.err }

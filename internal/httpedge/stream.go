// This file owns server-sent events (WHATWG HTML, "Server-sent events") on the way out.

package httpedge

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrClientGone is returned where nobody reads any more: the client left, or took longer than the write deadline.
var ErrClientGone = errors.New("client is gone")

// Stream writes events to one client. It is not safe for concurrent use. It is for routes with Stream set: on others
// the context's deadline ends it.
type Stream struct {
	w       http.ResponseWriter
	r       *http.Request
	control *http.ResponseController
}

// NewStream sends the headers and a first comment at once. A HEAD call gets the headers and http.ErrBodyNotAllowed,
// which the handler returns; a client that can't be written to gives ErrClientGone.
func NewStream(w http.ResponseWriter, r *http.Request) (*Stream, error) {
	s := &Stream{w: w, r: r, control: http.NewResponseController(w)}
	header := w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil, http.ErrBodyNotAllowed
	}
	if err := s.Comment(""); err != nil {
		return nil, err
	}
	return s, nil
}

// Event sends one event. An empty id or name leaves its line out. Neither may hold a line end, and an id no NUL: that is
// an error, and nothing is sent. Data may hold any line end; the client sees each as a newline. ErrClientGone means that
// the client left or took longer than the write timeout.
func (s *Stream) Event(id, name string, data []byte) error {
	if strings.ContainsAny(id, "\r\n\x00") || strings.ContainsAny(name, "\r\n") {
		return fmt.Errorf("event id %q, name %q: must be one line", clip(id), clip(name))
	}
	var b bytes.Buffer
	if id != "" {
		b.WriteString("id: " + id + "\n")
	}
	if name != "" {
		b.WriteString("event: " + name + "\n")
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		b.WriteString("data: ")
		b.Write(line)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return s.send(b.Bytes())
}

// Comment sends a line that clients ignore, so that they and proxies see the connection alive. The text must be one line.
func (s *Stream) Comment(text string) error {
	if strings.ContainsAny(text, "\r\n") {
		return fmt.Errorf("comment %q: must be one line", clip(text))
	}
	return s.send([]byte(":" + text + "\n\n"))
}

func (s *Stream) send(p []byte) error {
	if err := s.r.Context().Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	if err := s.control.SetWriteDeadline(time.Now().Add(ioStep)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	if _, err := s.w.Write(p); err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	if err := s.control.Flush(); errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("flush an event: %w", err)
	} else if err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	_ = s.control.SetWriteDeadline(time.Time{})
	return nil
}

// This file owns Stream: server-sent events (WHATWG HTML, "Server-sent events") over one answer.

package httpedge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Stream writes server-sent events. It is not safe for concurrent use.
type Stream struct {
	ctx context.Context // the request's: a stream lives no longer than its answer
	w   http.ResponseWriter
	rc  *http.ResponseController

	opened bool // the headers and the first comment are sent
}

// NewStream begins the answer. The headers and a first comment go out with the first event, or with Open, so that a client
// with a short read timeout sees life. The route has to have Stream set, or its deadline ends it. A HEAD request gets the
// headers and an error that wraps http.ErrBodyNotAllowed, which the handler returns like any other.
func NewStream(w http.ResponseWriter, r *http.Request) (*Stream, error) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx holds events back otherwise
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil, &writeError{err: http.ErrBodyNotAllowed}
	}
	return &Stream{ctx: r.Context(), w: w, rc: http.NewResponseController(w)}, nil
}

// Open sends what a stream begins with, where no event has been sent yet. Errors are those of Event.
func (s *Stream) Open() error {
	if s.opened {
		return nil
	}
	return s.send(&bytes.Buffer{})
}

// Event sends one event. An empty id or name leaves that line out. It returns an error where the client is gone or
// does not read for 10 s, and where id or name hold a line break or a NUL, which would end their line early.
func (s *Stream) Event(id, name string, data []byte) error {
	if strings.ContainsAny(id+name, "\r\n\x00") {
		return fmt.Errorf("line break or NUL in event id %q or name %q", id, name)
	}
	var buf bytes.Buffer
	if id != "" {
		buf.WriteString("id: " + id + "\n")
	}
	if name != "" {
		buf.WriteString("event: " + name + "\n")
	}
	writeLines(&buf, "data: ", string(data))
	return s.send(&buf)
}

// Comment sends a line that clients ignore: it keeps the connection alive. Errors are those of Event.
func (s *Stream) Comment(text string) error {
	var buf bytes.Buffer
	writeLines(&buf, ": ", text)
	return s.send(&buf)
}

// lineEnds makes one of the three line ends of the standard.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// writeLines gives each line of text the prefix, and ends the block.
func writeLines(buf *bytes.Buffer, prefix, text string) {
	if strings.Contains(text, "\r") {
		text = lineEnds.Replace(text)
	}
	buf.Grow(len(prefix) + len(text) + 2)
	for line := range strings.SplitSeq(text, "\n") {
		buf.WriteString(prefix)
		buf.WriteString(line)
		buf.WriteByte('\n')
	}
	buf.WriteByte('\n')
}

// send writes a whole block under a deadline of its own. The deadline is taken back afterwards: on HTTP/2 one that
// passes between two events ends the stream.
func (s *Stream) send(buf *bytes.Buffer) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	_ = s.rc.SetWriteDeadline(time.Now().Add(ioStep)) // a writer without deadlines still streams
	if !s.opened {
		s.opened = true
		if _, err := io.WriteString(s.w, ": open\n\n"); err != nil {
			return &writeError{err: err}
		}
	}
	if _, err := s.w.Write(buf.Bytes()); err != nil {
		return &writeError{err: err}
	}
	if err := s.rc.Flush(); err != nil {
		return &writeError{err: err}
	}
	_ = s.rc.SetWriteDeadline(time.Time{})
	return nil
}

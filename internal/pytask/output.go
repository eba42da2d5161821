// This file owns what tasks write to stdout and stderr: which task it belongs to, how much of it is kept, its lines.

package pytask

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
)

// maxLine bounds a line that is told, in bytes; a longer one is told in pieces.
const maxLine = 8 << 10

// capture reads one stream of a process. Tasks run one after the other, and the end of each is marked in the stream.
type capture struct {
	mark []byte

	mu   sync.Mutex
	sink *sink         // of the task that runs; nil: what is written belongs to none
	seen chan struct{} // closed at the next mark, or at the stream's end
	over chan struct{} // closed at the stream's end
}

func newCapture(nonce string) *capture {
	return &capture{mark: []byte("\x00" + nonce + "\n"), seen: make(chan struct{}), over: make(chan struct{})}
}

// end takes the stream from the sink: what comes now belongs to none.
func (c *capture) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sink = nil
}

// begin sends what comes to a sink. The channel is closed when all that the task has written is in it.
func (c *capture) begin(s *sink) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sink = s
	select {
	case <-c.over:
		return c.over
	default:
	}
	c.seen = make(chan struct{})
	return c.seen
}

// read follows the stream to its end.
func (c *capture) read(stream io.Reader) {
	buffer := make([]byte, 32<<10)
	var held []byte // what may be the beginning of a mark
	for {
		n, err := stream.Read(buffer)
		held = c.take(append(held, buffer[:n]...))
		if err != nil {
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sink.write(held)
	close(c.over)
	close(c.seen)
}

// take gives what was read to the sink and returns what has to wait for more.
func (c *capture) take(data []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		before, after, found := bytes.Cut(data, c.mark)
		if !found {
			break
		}
		c.sink.write(before)
		c.sink = nil
		close(c.seen)
		c.seen = make(chan struct{})
		data = after
	}
	start := bytes.LastIndexByte(data, 0)
	if start < 0 || !bytes.HasPrefix(c.mark, data[start:]) {
		start = len(data)
	}
	c.sink.write(data[:start])
	return append([]byte(nil), data[start:]...)
}

// sink takes what one task writes to one stream.
type sink struct {
	kept  int               // how much of the end is kept, in bytes
	told  int               // how much more is told as lines, in bytes
	line  func(text string) // may be nil
	tail  []byte
	part  []byte // of a line that has not ended
	bytes int64
}

func (s *sink) write(data []byte) {
	if s == nil || len(data) == 0 {
		return
	}
	s.bytes += int64(len(data))
	s.tail = append(s.tail, data...)
	if over := len(s.tail) - s.kept; over > 0 {
		s.tail = append(s.tail[:0], s.tail[over:]...)
	}
	if s.line == nil {
		return
	}
	for s.told > 0 && len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		piece := data
		if end >= 0 {
			piece = data[:end]
		}
		piece = piece[:min(len(piece), maxLine-len(s.part))]
		s.part = append(s.part, piece...)
		data = data[len(piece):]
		s.told -= len(piece) + 1
		if end >= 0 && len(piece) == end {
			data = data[1:]
			s.tell()
		} else if len(s.part) == maxLine {
			s.tell()
		}
		if s.told <= 0 {
			s.tell()
			s.line("… the task writes more than is logged")
		}
	}
}

// tell gives the line that has been gathered, with or without its end.
func (s *sink) tell() {
	if text := strings.TrimRight(strings.ToValidUTF8(string(s.part), "�"), "\r"); text != "" {
		s.line(text)
	}
	s.part = s.part[:0]
}

// text is the end of what was written. Something that is left out is said so.
func (s *sink) text() string {
	if s.line != nil && s.told > 0 {
		s.tell()
	}
	text := strings.ToValidUTF8(string(s.tail), "�")
	if left := s.bytes - int64(len(s.tail)); left > 0 {
		return fmt.Sprintf("… %d bytes before this are left out\n%s", left, text)
	}
	return text
}

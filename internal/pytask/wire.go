// This file owns the frames on the pipes: four bytes of length, most significant first, and JSON.

package pytask

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// writeFrame sends a frame as one write.
func writeFrame(w io.Writer, body []byte) error {
	data := make([]byte, 4, 4+len(body))
	binary.BigEndian.PutUint32(data, uint32(len(body)))
	_, err := w.Write(append(data, body...))
	return err
}

// readFrame takes a frame. One that is too large or no JSON is an error: what is on the pipe is then not known any more.
func readFrame(r io.Reader) (json.RawMessage, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > maxFrame {
		return nil, &protocolError{fmt.Sprintf("a frame of %d bytes, at most %d are taken", size, maxFrame)}
	}
	// The buffer grows with what comes: the length alone reserves nothing.
	body, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err == nil && len(body) < int(size) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if !json.Valid(body) {
		return nil, &protocolError{"a frame that is no JSON"}
	}
	return body, nil
}

// protocolError is something on the reply pipe that the Python side never writes: a task has written to it.
type protocolError struct{ what string }

func (e *protocolError) Error() string {
	return "the pipe to the Python process is spoilt: " + e.what
}

// This file owns the connection deadlines of a request. They stand in for the server-wide ReadTimeout and
// WriteTimeout, which would cut off every long stream.

package httpedge

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

const (
	// ioStep bounds one read or write of a stream, and the sending of an answer once its handler is done.
	ioStep = 10 * time.Second
	// minBodyRate is how many bytes a second of a stream's body have to come, over its whole time.
	minBodyRate = 4 << 10
)

// deadlineBody gives each read of a request body a deadline.
type deadlineBody struct {
	io.ReadCloser
	rc    *http.ResponseController
	until func(read int64) time.Time
	read  int64
	armed time.Time // the deadline as it stands
}

// Read clears the deadline at the end of the body: from there on net/http itself reads from the connection to learn
// that the client is gone, and takes a passed deadline for that.
func (b *deadlineBody) Read(p []byte) (int, error) {
	b.arm(b.until(b.read))
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if errors.Is(err, io.EOF) {
		b.arm(time.Time{})
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		// Said here, where no other timeout can be meant.
		err = &Problem{
			Status: http.StatusRequestTimeout, ErrID: errIDInvalid, Detail: "body: did not arrive in time", Cause: err,
		}
	}
	return n, err
}

// arm has no answer to a failure: a writer without deadlines is one in a test or behind someone else's server.
func (b *deadlineBody) arm(t time.Time) {
	if t.Equal(b.armed) {
		return
	}
	b.armed = t
	_ = b.rc.SetReadDeadline(t)
}

// setDeadlines bounds the reading of the body and the writing of the answer. A stream may take as long as it likes,
// as long as it moves: its reads are bounded one by one here, and by the rate of them all; its writes by Stream.
func setDeadlines(w http.ResponseWriter, r *http.Request, stream bool, timeout time.Duration) {
	rc := http.NewResponseController(w)
	start := time.Now()
	until := func(int64) time.Time { return start.Add(timeout) }
	write := start.Add(timeout + ioStep)
	if stream {
		until = func(read int64) time.Time { return bodyDeadline(start, time.Now(), read) }
		write = time.Time{} // also takes back the deadline of the request before on this connection
	}
	_ = rc.SetWriteDeadline(write)
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	body := &deadlineBody{ReadCloser: r.Body, rc: rc, until: until}
	// Set at once as well: net/http drains a body that no handler read.
	body.arm(until(0))
	r.Body = body
}

// bodyDeadline is when the next bytes of a stream's body have to be there, after so many of them.
func bodyDeadline(start, now time.Time, read int64) time.Time {
	next, all := now.Add(ioStep), start.Add(ioStep+time.Duration(read/minBodyRate)*time.Second)
	if all.Before(next) {
		return all
	}
	return next
}

// endDeadline bounds what net/http still has to send once the handler of a stream is done.
func endDeadline(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(ioStep))
}

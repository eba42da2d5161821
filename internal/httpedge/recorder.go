// This file owns recorder: what became of an answer, for the log, the metrics and the rule that nothing is written
// after the headers were sent.

package httpedge

import "net/http"

// recorder notes status and size of an answer. It has Unwrap for http.ResponseController.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the headers are sent
	bytes  int64
}

func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// bottom is the server's own writer below all wrappers: http.MaxBytesReader tells that one alone to close the
// connection gently, without which a client that still sends sees a reset instead of its 413.
func bottom(w http.ResponseWriter) http.ResponseWriter {
	for {
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = u.Unwrap()
	}
}

func (rec *recorder) sent() bool { return rec.status != 0 }

// WriteHeader passes the first final status on and drops the others: net/http would log each of them.
func (rec *recorder) WriteHeader(status int) {
	if rec.sent() {
		return
	}
	if status >= 200 || status == http.StatusSwitchingProtocols {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(b []byte) (int, error) {
	if !rec.sent() {
		rec.status = http.StatusOK
	}
	n, err := rec.ResponseWriter.Write(b)
	rec.bytes += int64(n)
	return n, err
}

// FlushError is found by http.ResponseController before Unwrap is: a flush sends the headers, which has to be noted.
func (rec *recorder) FlushError() error {
	if !rec.sent() {
		rec.status = http.StatusOK
	}
	return http.NewResponseController(rec.ResponseWriter).Flush()
}

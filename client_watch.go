// This file owns following a run over HTTP: the event stream, read again where it broke off.

package pyoco

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Event is one thing that a watch tells.
type Event struct {
	// Snapshot is the run as it then was, with its task records.
	Snapshot *Run
	// TS is the gateway's time.
	TS Timestamp
}

// silence is how long a stream may be without a byte: the gateway sends one at least every 2 s.
const silence = 15 * time.Second

// Watch follows a run: its snapshot at once, then each newer one; one that is slow skips to the newest. It comes back
// after outages of the gateway by itself and ends after a terminal snapshot. The last pair has the error that ended it
// early: ctx's, ErrNotFound where there is no such run (any more), or another *APIError that trying again won't mend.
func (c *Client) Watch(ctx context.Context, id string) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		w := &watcher{client: c, id: id, yield: yield}
		for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
			before := w.lastID
			err := w.stream(ctx)
			var refused *APIError
			switch {
			case errors.Is(err, errStreamDone):
				return
			case errors.Is(err, errForeignEvent): // it will come again as it is
				yield(nil, err)
				return
			case ctx.Err() != nil:
				yield(nil, ctx.Err())
				return
			case errors.As(err, &refused) && refused.StatusCode/100 == 4 && refused.StatusCode != http.StatusTooManyRequests:
				yield(nil, err)
				return
			}
			if w.lastID != before {
				wait = 50 * time.Millisecond
			}
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				yield(nil, ctx.Err())
				return
			}
		}
	}
}

// Wait follows a run until it has ended and gives its last snapshot, whatever its status. Its errors are those of Watch.
func (c *Client) Wait(ctx context.Context, id string) (*Run, error) {
	for event, err := range c.Watch(ctx, id) {
		if err != nil {
			return nil, err
		}
		if event.Snapshot.Status.Terminal() {
			return event.Snapshot, nil
		}
	}
	return nil, fmt.Errorf("run %s: the watch ended before the run", id)
}

// watcher is one watch over several streams.
type watcher struct {
	client *Client
	id     string
	lastID string
	yield  func(*Event, error) bool
}

// stream reads one stream to its end. errStreamDone: the watch is complete, or its reader has had enough.
func (w *watcher) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	header := http.Header{"Accept": {"text/event-stream"}}
	if w.lastID != "" {
		header.Set("Last-Event-ID", w.lastID)
	}
	query := url.Values{"include": {"records"}, "until": {"terminal"}, "timeout_sec": {"600"}}
	answer, err := w.client.send(ctx, http.MethodGet, "/runs/"+url.PathEscape(w.id)+"/watch", query, "", nil, header)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	silent := time.AfterFunc(silence, cancel)
	defer silent.Stop()
	return readEvents(answer.Body, func() { silent.Reset(silence) }, w.handle)
}

// errForeignEvent says that an event can't be read.
var errForeignEvent = errors.New("the gateway's event is not what this client knows")

// handle gives a snapshot to the reader.
func (w *watcher) handle(id, name string, data []byte) error {
	if name != "snapshot" {
		return nil
	}
	var event struct {
		Snapshot *Run      `json:"snapshot"`
		TS       Timestamp `json:"ts"`
	}
	err := json.Unmarshal(data, &event)
	if err == nil && event.Snapshot == nil {
		err = errors.New("no snapshot in it")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errForeignEvent, err)
	}
	w.lastID = id
	if !w.yield(&Event{Snapshot: event.Snapshot, TS: event.TS}, nil) || event.Snapshot.Status.Terminal() {
		return errStreamDone
	}
	return nil
}

// maxEventBytes bounds a line of a stream.
const maxEventBytes = 8 << 20

// readEvents reads a stream of server-sent events (WHATWG HTML, 9.2.6) to its end. alive is called for each line.
func readEvents(body io.Reader, alive func(), handle func(id, name string, data []byte) error) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 4<<10), maxEventBytes)
	var id, name string
	var data []byte
	for lines.Scan() {
		alive()
		line := lines.Bytes()
		if len(line) == 0 {
			if len(data) > 0 {
				if err := handle(id, name, bytes.TrimSuffix(data, []byte("\n"))); err != nil {
					return err
				}
			}
			name, data = "", nil
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "id":
			id = string(value)
		case "event":
			name = string(value)
		case "data":
			data = append(append(data, value...), '\n')
			if len(data) > maxEventBytes {
				return fmt.Errorf("%w: it has over %d bytes", errForeignEvent, maxEventBytes)
			}
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%w: a line of it has over %d bytes", errForeignEvent, maxEventBytes)
	} else if err != nil {
		return err
	}
	return io.EOF // its end; where it broke off, lines.Err says so
}

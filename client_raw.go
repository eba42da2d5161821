// This file owns what the gateway sent, as it sent it: for programs that pass answers on and may lose nothing of them.

package pyoco

import (
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

// Raw makes a call without a body, like GET /runs, and gives the JSON of its answer as the gateway sent it: numbers, the
// order of keys and fields that this version doesn't know stay. path is escaped by the caller; see url.PathEscape. Its
// errors are those of the other calls.
func (c *Client) Raw(ctx context.Context, method, path string, query url.Values) (json.RawMessage, error) {
	var out json.RawMessage
	err := c.call(ctx, method, path, query, &out)
	return out, err
}

// SubmitRaw is Submit, with the answer as the gateway sent it.
func (c *Client) SubmitRaw(ctx context.Context, s Submission) (json.RawMessage, error) {
	var out json.RawMessage
	err := c.submit(ctx, s, &out)
	return out, err
}

// Metrics reads the gateway's metrics, as Prometheus text.
func (c *Client) Metrics(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	answer, err := c.send(ctx, http.MethodGet, "/metrics", nil, "", nil, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes))
	if err != nil {
		return "", unavailable("the gateway's answer broke off", err)
	}
	return string(text), nil
}

// RawEvent is one event of a run's stream: snapshot, heartbeat, or one that this version doesn't know.
type RawEvent struct {
	Name string
	Data json.RawMessage
}

// WatchRaw reads one stream of a run's events, heartbeats too, and ends where the gateway ends it: after timeout_sec,
// whatever became of the run. query takes include, since and timeout_sec. Unlike Watch it does not come back after an
// outage. The last pair has the error that ended it early.
func (c *Client) WatchRaw(ctx context.Context, id string, query url.Values) iter.Seq2[RawEvent, error] {
	return func(yield func(RawEvent, error) bool) {
		err := c.readRaw(ctx, id, query, yield)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		yield(RawEvent{}, err)
	}
}

// readRaw gives no error where the stream has come to its end, or its reader has had enough.
func (c *Client) readRaw(ctx context.Context, id string, query url.Values, yield func(RawEvent, error) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	header := http.Header{"Accept": {"text/event-stream"}}
	answer, err := c.send(ctx, http.MethodGet, "/runs/"+url.PathEscape(id)+"/watch", query, "", nil, header)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	silent := time.AfterFunc(silence, cancel)
	defer silent.Stop()
	var bad error
	err = readEvents(answer.Body, func() { silent.Reset(silence) }, func(_, name string, data []byte) error {
		if !json.Valid(data) {
			bad = fmt.Errorf("the gateway's event is not JSON: %q", clip(string(data), maxShown))
			return bad
		}
		if !yield(RawEvent{Name: name, Data: data}, nil) {
			return errStreamDone
		}
		return nil
	})
	if bad != nil || errors.Is(err, io.EOF) || errors.Is(err, errStreamDone) {
		return bad
	}
	return unavailable("the gateway's stream broke off", err)
}

// This file owns the client's calls about dead letters.

package pyoco

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// DeadLetters gives a page of dead letters, the newest first.
func (c *Client) DeadLetters(ctx context.Context, o DeadLetterOptions) (*DeadLetterPage, error) {
	query := url.Values{}
	for name, value := range map[string]string{"reason": o.Reason, "tag": o.Tag, "run_id": o.RunID, "cursor": o.Cursor} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if o.Limit != 0 {
		query.Set("limit", strconv.Itoa(o.Limit))
	}
	out := &DeadLetterPage{}
	return orNil(out, c.call(ctx, http.MethodGet, "/dlq", query, out))
}

// DeadLetter reads one dead letter. A missing one is ErrNotFound.
func (c *Client) DeadLetter(ctx context.Context, seq uint64) (*DeadLetter, error) {
	out := &DeadLetter{}
	return orNil(out, c.call(ctx, http.MethodGet, letterPath(seq), nil, out))
}

// Replay queues a new run with the flow, the tag and the params of a dead letter's run. The letter stays. An *APIError with
// status 409 says why there can't be one.
func (c *Client) Replay(ctx context.Context, seq uint64) (*Submitted, error) {
	out := &Submitted{}
	return orNil(out, c.call(ctx, http.MethodPost, letterPath(seq)+"/replay", nil, out))
}

// DropDeadLetter removes a dead letter. A missing one is ErrNotFound.
func (c *Client) DropDeadLetter(ctx context.Context, seq uint64) error {
	var out json.RawMessage
	return c.call(ctx, http.MethodDelete, letterPath(seq), nil, &out)
}

func letterPath(seq uint64) string { return "/dlq/" + strconv.FormatUint(seq, 10) }

// This file owns one call of the client: the request, its answer, and the error that a refusal becomes.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// APIError is an answer of the gateway that is no success. errors.Is knows 404 as ErrNotFound, 413 as ErrTooLarge, 413
// and 422 as ErrInvalid, 503 as ErrUnavailable, and 507 as ErrNoRoom.
type APIError struct {
	StatusCode int    // the HTTP status
	Detail     string // names the field and the limit
	ErrID      string // ERR-PYOCO-nnnn, where the gateway gave one
	RequestID  string // as it stands in the gateway's log
}

func (e *APIError) Error() string {
	text := fmt.Sprintf("HTTP %d: %s", e.StatusCode, e.Detail)
	if e.ErrID != "" {
		text += " (" + e.ErrID + ")"
	}
	return text
}

// Is tells the kinds of errors apart.
func (e *APIError) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.StatusCode == http.StatusNotFound
	case ErrTooLarge:
		return e.StatusCode == http.StatusRequestEntityTooLarge
	case ErrInvalid:
		return e.StatusCode == http.StatusUnprocessableEntity || e.StatusCode == http.StatusRequestEntityTooLarge
	case ErrUnavailable:
		return e.StatusCode == http.StatusServiceUnavailable
	case ErrNoRoom:
		return e.StatusCode == http.StatusInsufficientStorage
	}
	return false
}

// maxAnswerBytes bounds what the client reads of one answer.
const maxAnswerBytes = 256 << 20

// call makes one call without a body and decodes its answer.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, out any) error {
	return c.exchange(ctx, method, path, query, "", nil, nil, out)
}

// post submits something, under a key if there is one.
func (c *Client) post(ctx context.Context, path, idempotencyKey, kind string, body io.Reader, out any) error {
	var header http.Header
	if idempotencyKey != "" {
		header = http.Header{headerIdempotencyKey: {idempotencyKey}}
	}
	return c.exchange(ctx, http.MethodPost, path, nil, kind, body, header, out)
}

func (c *Client) exchange(ctx context.Context, method, path string, query url.Values, kind string, body io.Reader, header http.Header, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	answer, err := c.send(ctx, method, path, query, kind, body, header)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	return readAnswer(answer.Body, method+" "+path, out)
}

// readAnswer decodes the body of a success.
func readAnswer(body io.Reader, call string, out any) error {
	data, err := io.ReadAll(io.LimitReader(body, maxAnswerBytes))
	if err != nil {
		return unavailable("the gateway's answer broke off", err)
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("%s: the answer is not what this client knows: %w", call, err)
	}
	return nil
}

// send makes a request and gives its answer if that is a success, else an *APIError.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, kind string, body io.Reader, header http.Header) (*http.Response, error) {
	target := c.base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if c.cfg.APIKey != "" {
		request.Header.Set(c.cfg.APIKeyHeader, c.cfg.APIKey)
	}
	answer, err := c.cfg.HTTPClient.Do(request)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, unavailable("the gateway gave no answer", err)
	}
	if answer.StatusCode/100 == 2 {
		return answer, nil
	}
	defer func() { _ = answer.Body.Close() }()
	return nil, readAPIError(answer)
}

func readAPIError(answer *http.Response) error {
	fault := &APIError{StatusCode: answer.StatusCode, RequestID: answer.Header.Get("X-Request-Id")}
	data, _ := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	var problem struct {
		Detail json.RawMessage `json:"detail"`
		ErrID  string          `json:"err_id"`
	}
	if json.Unmarshal(data, &problem) == nil && len(problem.Detail) > 0 {
		fault.ErrID, fault.Detail = problem.ErrID, string(problem.Detail)
		_ = json.Unmarshal(problem.Detail, &fault.Detail) // a Python gateway may give a list
		return fault
	}
	fault.Detail = clip(strings.TrimSpace(string(data)), 512)
	if fault.Detail == "" {
		fault.Detail = http.StatusText(answer.StatusCode)
	}
	return fault
}

// This file owns the client's calls about wheels.

package pyoco

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// UploadWheel puts a wheel into the registry. Content is sent as it is read; ctx bounds the call, and not ClientConfig.Timeout.
// An *APIError with status 409 says that the package is there at the same version or a newer one. An error of Content is
// returned as it is.
func (c *Client) UploadWheel(ctx context.Context, u WheelUpload) (*Wheel, error) {
	out := &Wheel{}
	return orNil(out, c.uploadWheel(ctx, u, out))
}

// UploadWheelRaw is UploadWheel, with the answer as the gateway sent it.
func (c *Client) UploadWheelRaw(ctx context.Context, u WheelUpload) (json.RawMessage, error) {
	var out json.RawMessage
	err := c.uploadWheel(ctx, u, &out)
	return out, err
}

func (c *Client) uploadWheel(ctx context.Context, u WheelUpload, out any) error {
	if u.Content == nil {
		return invalid("Content", "must not be nil")
	}
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	err := parts.WriteField("replace", strconv.FormatBool(!u.NoReplace))
	if len(u.Tags) > 0 && err == nil {
		err = parts.WriteField("tags", strings.Join(u.Tags, ","))
	}
	if err == nil {
		_, err = parts.CreateFormFile("wheel", u.Name)
	}
	before := bytes.Clone(form.Bytes())
	form.Reset()
	if err == nil {
		err = parts.Close()
	}
	if err != nil {
		return err
	}
	content := &keptError{Reader: u.Content, err: make(chan error, 1)}
	body := io.MultiReader(bytes.NewReader(before), content, &form)
	answer, err := c.send(ctx, http.MethodPost, "/wheels", nil, parts.FormDataContentType(), body, nil)
	if err != nil {
		if failed := content.failed(); failed != nil {
			return failed
		}
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	return readAnswer(answer.Body, "POST /wheels", out)
}

// keptError remembers why a reader could not be read, which would else pass for a connection that broke.
type keptError struct {
	io.Reader
	err chan error
}

// Read reads. The transport may still be at it when it has given the answer.
func (k *keptError) Read(p []byte) (int, error) {
	n, err := k.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		select {
		case k.err <- err:
		default:
		}
	}
	return n, err
}

func (k *keptError) failed() error {
	select {
	case err := <-k.err:
		return err
	default:
		return nil
	}
}

// Wheels lists the wheels in the registry, sorted by name.
func (c *Client) Wheels(ctx context.Context) ([]*Wheel, error) {
	var out []*Wheel
	err := c.call(ctx, http.MethodGet, "/wheels", nil, &out)
	return out, err
}

// OpenWheel reads a wheel of the registry; the caller closes it. ctx bounds the reading, and not ClientConfig.Timeout. What is
// not whole ends with another error than io.EOF. A missing wheel is ErrNotFound.
func (c *Client) OpenWheel(ctx context.Context, name string) (io.ReadCloser, error) {
	answer, err := c.send(ctx, http.MethodGet, wheelPath(name), nil, "", nil, nil)
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// DeleteWheel takes a wheel out of the registry. A missing one is ErrNotFound.
func (c *Client) DeleteWheel(ctx context.Context, name string) error {
	var out json.RawMessage
	return c.call(ctx, http.MethodDelete, wheelPath(name), nil, &out)
}

// WheelHistory gives what has happened to wheels, the newest first.
func (c *Client) WheelHistory(ctx context.Context, o WheelHistoryOptions) ([]*WheelEvent, error) {
	query := url.Values{}
	for name, value := range map[string]string{"wheel_name": o.Wheel, "action": o.Action} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if o.Limit != 0 {
		query.Set("limit", strconv.Itoa(o.Limit))
	}
	var out []*WheelEvent
	err := c.call(ctx, http.MethodGet, "/wheels/history", query, &out)
	return out, err
}

func wheelPath(name string) string { return "/wheels/" + url.PathEscape(name) }

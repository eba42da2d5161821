// This file owns the client: its configuration and its calls.

package pyoco

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ClientConfig says how a Client calls its gateway. The zero value works for a gateway without keys.
type ClientConfig struct {
	// APIKey is sent with each call. Default: none.
	APIKey string
	// APIKeyHeader is the header of the key. Default X-API-Key.
	APIKeyHeader string
	// HTTPClient makes the calls; its Timeout must be 0 for Watch and Wait. Default: one with sane timeouts of its own.
	HTTPClient *http.Client
	// Timeout bounds each call but Watch and Wait. Default 10 s.
	Timeout time.Duration
}

// Client calls a gateway over HTTP. It is safe for concurrent use.
type Client struct {
	base string
	cfg  ClientConfig
}

// NewClient makes a client of the gateway at a base URL, like http://127.0.0.1:8000. It does no I/O.
func NewClient(server string, cfg ClientConfig) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, invalid("server", "must be an http or https URL like http://127.0.0.1:8000, got %q", server)
	}
	cfg.APIKeyHeader = or(cfg.APIKeyHeader, "X-API-Key")
	cfg.Timeout = or(cfg.Timeout, 10*time.Second)
	if cfg.HTTPClient == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = 64
		transport.ResponseHeaderTimeout = 30 * time.Second
		cfg.HTTPClient = &http.Client{
			Transport: transport,
			// A gateway redirects nobody, and the key must not follow to where it was not meant for.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return &Client{base: strings.TrimRight(server, "/"), cfg: cfg}, nil
}

// Close closes idle connections. The client may be used again.
func (c *Client) Close() { c.cfg.HTTPClient.CloseIdleConnections() }

// orNil gives no value beside an error.
func orNil[T any](out *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Submit queues a run. With a Workflow it is the text of the flow file that runs, else the flow that the worker knows by
// name.
func (c *Client) Submit(ctx context.Context, s Submission) (*Submitted, error) {
	out := &Submitted{}
	return orNil(out, c.submit(ctx, s, out))
}

func (c *Client) submit(ctx context.Context, s Submission, out any) error {
	params, err := objectOf("params", s.Params, mostParamsBytes)
	if err != nil {
		return err
	}
	if len(s.Workflow) > 0 {
		if len(s.Tags) > 0 {
			return invalid("tags", "cannot be sent with a flow file over HTTP: leave them out")
		}
		return c.submitForm(ctx, "/runs/yaml", s, params, out)
	}
	body := map[string]any{"flow_name": s.Flow, "params": params}
	if s.Tag != "" {
		body["tag"] = s.Tag
	}
	if len(s.Tags) > 0 {
		body["tags"] = s.Tags
	}
	data, err := encode(body)
	if err != nil {
		return err
	}
	return c.post(ctx, "/runs", s.IdempotencyKey, "application/json", bytes.NewReader(data), out)
}

// SubmitYAML queues a run of a flow file under a name, with the file's defaults as its parameters.
func (c *Client) SubmitYAML(ctx context.Context, workflow []byte, flow, tag string) (*Submitted, error) {
	out := &Submitted{}
	return orNil(out, c.submitForm(ctx, "/runs/yaml", Submission{Flow: flow, Workflow: workflow, Tag: tag}, json.RawMessage("{}"), out))
}

func (c *Client) submitForm(ctx context.Context, path string, s Submission, params json.RawMessage, out any) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	fields := [][2]string{{"flow_name", s.Flow}, {"tag", s.Tag}, {"params", string(params)}}
	for _, field := range fields {
		if field[1] == "" || field[0] == "params" && field[1] == "{}" {
			continue
		}
		if err := form.WriteField(field[0], field[1]); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("workflow", "flow.yaml")
	if err != nil {
		return err
	}
	if _, err := part.Write(s.Workflow); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	return c.post(ctx, path, s.IdempotencyKey, form.FormDataContentType(), &body, out)
}

// Get reads a run with its task records.
func (c *Client) Get(ctx context.Context, id string) (*Run, error) {
	out := &Run{}
	return orNil(out, c.call(ctx, http.MethodGet, "/runs/"+url.PathEscape(id), url.Values{"include": {"records"}}, out))
}

// Tasks reads what became of each task of a run.
func (c *Client) Tasks(ctx context.Context, id string) (*RunTasks, error) {
	out := &RunTasks{}
	return orNil(out, c.call(ctx, http.MethodGet, "/runs/"+url.PathEscape(id)+"/tasks", nil, out))
}

// Cancel asks for a run's end and gives the run as it then is.
func (c *Client) Cancel(ctx context.Context, id string) (*Run, error) {
	out := &Run{}
	return orNil(out, c.call(ctx, http.MethodPost, "/runs/"+url.PathEscape(id)+"/cancel", nil, out))
}

// List gives a page of runs, newest update first.
func (c *Client) List(ctx context.Context, o ListOptions) (*RunPage, error) {
	query := url.Values{"cursor": {o.Cursor}} // an empty one too: it asks for the form with next_cursor
	for name, value := range map[string]string{
		"status": string(o.Status), "flow": o.Flow, "tag": o.Tag, "schedule_id": o.ScheduleID,
		"workflow_yaml_sha256": o.WorkflowSHA256,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if o.UpdatedAfter != 0 {
		query.Set("updated_after", strconv.FormatFloat(float64(o.UpdatedAfter), 'f', -1, 64))
	}
	if o.Limit != 0 {
		query.Set("limit", strconv.Itoa(o.Limit))
	}
	switch {
	case o.Full:
		query.Set("include", "full")
	case o.Records:
		query.Set("include", "records")
	}
	out := &RunPage{}
	return orNil(out, c.call(ctx, http.MethodGet, "/runs", query, out))
}

// Worker reads one worker with the runs that it claimed last.
func (c *Client) Worker(ctx context.Context, id string) (*WorkerDetail, error) {
	out := &WorkerDetail{}
	return orNil(out, c.call(ctx, http.MethodGet, "/workers/"+url.PathEscape(id), nil, out))
}

// Workers lists workers, newest last_seen_at first.
func (c *Client) Workers(ctx context.Context, o WorkerListOptions) ([]*WorkerInfo, error) {
	query := url.Values{}
	if o.All {
		query.Set("scope", "all")
	}
	if o.State != "" {
		query.Set("state", string(o.State))
	}
	if o.IncludeHidden {
		query.Set("include_hidden", "true")
	}
	if o.Limit != 0 {
		query.Set("limit", strconv.Itoa(o.Limit))
	}
	var out []*WorkerInfo
	err := c.call(ctx, http.MethodGet, "/workers", query, &out)
	return out, err
}

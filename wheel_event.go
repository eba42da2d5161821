// This file owns the events of the wheels' history: what stands in one.

package pyoco

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
)

// What happens to wheels.
const (
	WheelUploaded = "upload"
	WheelDeleted  = "delete"
)

// WheelEvent is an upload or a deletion of a wheel.
type WheelEvent struct {
	ID         string    `json:"event_id"`
	OccurredAt Timestamp `json:"occurred_at"`
	// Action is WheelUploaded or WheelDeleted.
	Action string   `json:"action"`
	Wheel  string   `json:"wheel_name"`
	Tags   []string `json:"tags"`
	Size   int64    `json:"size_bytes"`
	// SHA256 is in hex; empty where it is not known.
	SHA256 string `json:"sha256_hex"`
	// Replace is what the uploader has sent as such; nil in a deletion.
	Replace *bool       `json:"replace"`
	Actor   WheelActor  `json:"actor"`
	Source  WheelSource `json:"source"`

	extra map[string]json.RawMessage
}

// WheelActor is whose key was used; empty where keys are off, and where it is of another tenant.
type WheelActor struct {
	TenantID string `json:"tenant_id"`
	APIKeyID string `json:"api_key_id"`
}

// WheelSource is where a request came from, as it said itself but for RemoteAddr; empty for calls of Go programs.
type WheelSource struct {
	RemoteAddr    string `json:"remote_addr"`
	XForwardedFor string `json:"x_forwarded_for"`
	XRealIP       string `json:"x_real_ip"`
	UserAgent     string `json:"user_agent"`
	Host          string `json:"host"`
	Scheme        string `json:"scheme"`
}

// MarshalJSON writes null for what is not known.
func (a WheelActor) MarshalJSON() ([]byte, error) {
	return encode(map[string]*string{"tenant_id": textOrNull(a.TenantID), "api_key_id": textOrNull(a.APIKeyID)})
}

// MarshalJSON writes null for what was not sent.
func (s WheelSource) MarshalJSON() ([]byte, error) {
	return encode(map[string]*string{
		"remote_addr": textOrNull(s.RemoteAddr), "x_forwarded_for": textOrNull(s.XForwardedFor), "x_real_ip": textOrNull(s.XRealIP),
		"user_agent": textOrNull(s.UserAgent), "host": textOrNull(s.Host), "scheme": textOrNull(s.Scheme),
	})
}

// UnmarshalJSON reads an event of any writer. A field of another type than ours counts as absent.
func (e *WheelEvent) UnmarshalJSON(data []byte) (err error) {
	*e = WheelEvent{}
	e.extra, err = decodeRecord(data, e)
	if e.Tags == nil {
		e.Tags = []string{}
	}
	return err
}

// MarshalJSON writes the event with the fields that other writers put there.
func (e WheelEvent) MarshalJSON() ([]byte, error) {
	type plain WheelEvent
	return encodeRecord(struct {
		plain
		SHA256 *string `json:"sha256_hex"`
	}{plain(e), textOrNull(e.SHA256)}, e.extra)
}

// maxSourceText bounds what is kept of a header, in bytes.
const maxSourceText = 512

// sourceOf is where a request came from.
func sourceOf(r *http.Request) WheelSource {
	text := func(value string) string { return strings.ToValidUTF8(clip(value, maxSourceText), "") }
	source := WheelSource{
		RemoteAddr: r.RemoteAddr, XForwardedFor: text(strings.Join(r.Header.Values("X-Forwarded-For"), ", ")), XRealIP: text(r.Header.Get("X-Real-Ip")),
		UserAgent: text(r.UserAgent()), Host: text(r.Host), Scheme: "http",
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		source.RemoteAddr = host
	}
	if r.TLS != nil {
		source.Scheme = "https"
	}
	return source
}

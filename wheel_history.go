// This file owns the history of the wheels: who has uploaded and deleted which, from where.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/pyoco/pyoco/internal/jet"
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

// record keeps what has happened to a wheel. It comes after the fact: a failure is logged, and takes nothing back.
func (s *wheelStore) record(ctx context.Context, event WheelEvent) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	now := s.gateway.now()
	event.ID, event.OccurredAt = strings.ReplaceAll(uuid.NewString(), "-", ""), timestamp(now)
	if c := callerOf(ctx); c != nil {
		event.Actor = WheelActor{TenantID: c.tenant, APIKeyID: c.keyID}
	}
	data, err := encode(event)
	if err == nil {
		_, err = s.history.Create(ctx, fmt.Sprintf("%013d_%s", now.UnixMilli(), event.ID), data)
	}
	if err != nil {
		s.gateway.cfg.Log.Error("what happened to a wheel was not recorded", "wheel_name", event.Wheel, "action", event.Action, "error", err)
	}
}

// WheelHistoryOptions say which events a history shows.
type WheelHistoryOptions struct {
	// Wheel is the file name of a wheel. "": all.
	Wheel string
	// Action is WheelUploaded or WheelDeleted. "": both.
	Action string
	// Limit is how many events at most, 1 to 500. Default 100.
	Limit int
}

const (
	defaultHistoryLimit = 100
	maxHistoryLimit     = 500
)

// WheelHistory gives what has happened to wheels, the newest first. A caller with a key sees the actors of its own tenant.
func (g *Gateway) WheelHistory(ctx context.Context, o WheelHistoryOptions) ([]*WheelEvent, error) {
	o.Limit = or(o.Limit, defaultHistoryLimit)
	o.Action = strings.ToLower(strings.TrimSpace(o.Action))
	o.Wheel = strings.TrimSpace(o.Wheel)
	switch {
	case o.Limit < 1 || o.Limit > maxHistoryLimit:
		return nil, invalid("limit", "must be 1 to %d, got %d", maxHistoryLimit, o.Limit)
	case o.Action != "" && o.Action != WheelUploaded && o.Action != WheelDeleted:
		return nil, invalid("action", "must be %s or %s, got %q", WheelUploaded, WheelDeleted, clip(o.Action, maxShown))
	case o.Wheel != "" && !isWheelName(o.Wheel):
		return nil, invalid("wheel_name", "must be the file name of a wheel, like shop-1.0-py3-none-any.whl, got %q", clip(o.Wheel, maxShown))
	}
	if err := g.up(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	list, err := g.wheels.events(ctx, o)
	if err != nil {
		return nil, unavailable("the history of the wheels could not be read", err)
	}
	caller := callerOf(ctx)
	for _, event := range list {
		if !caller.sees(event.Actor.TenantID) {
			event.Actor = WheelActor{}
		}
	}
	return list, nil
}

// events reads the newest events that match. Their keys begin with their time, so the newest are found without reading all.
func (s *wheelStore) events(ctx context.Context, o WheelHistoryOptions) ([]*WheelEvent, error) {
	keys, err := s.history.Keys(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(keys)
	slices.Reverse(keys)
	list := []*WheelEvent{}
	last := ""
	for _, key := range keys {
		millisecond, _, _ := strings.Cut(key, "_")
		if len(list) >= o.Limit && millisecond != last { // within one, the order is not that of the keys
			break
		}
		entry, err := s.history.Get(ctx, key)
		if errors.Is(err, jet.ErrNotFound) {
			continue // it has just aged out
		}
		if err != nil {
			return nil, err
		}
		event := &WheelEvent{}
		if json.Unmarshal(finite(entry.Value), event) != nil || o.Wheel != "" && event.Wheel != o.Wheel ||
			o.Action != "" && !strings.EqualFold(event.Action, o.Action) {
			continue
		}
		list, last = append(list, event), millisecond
	}
	slices.SortStableFunc(list, func(a, b *WheelEvent) int {
		switch {
		case a.OccurredAt > b.OccurredAt:
			return -1
		case a.OccurredAt < b.OccurredAt:
			return 1
		}
		return strings.Compare(b.ID, a.ID)
	})
	return list[:min(len(list), o.Limit)], nil
}

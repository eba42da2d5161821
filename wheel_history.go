// This file owns the history of the wheels: its writing and its reading.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/pyoco/pyoco/internal/jet"
)

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

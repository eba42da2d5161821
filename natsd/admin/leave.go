// This file owns how a server leaves its cluster.

package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// ErrMayNotLeave is returned by Leave where the servers that would be left could not
// keep what there is. Nothing was changed then.
var ErrMayNotLeave = errors.New("the server is needed")

// Leave removes a server from its cluster, by its name, over the connections that
// Ask takes. Of a server that runs, the streams are moved to others first,
// which takes as long as copying them does; ctx bounds it. Afterwards the server
// is no member any more: stop it, and never start it with its old data.
//
// It is refused with ErrMayNotLeave where too few servers would run to decide or to
// hold the replicas that streams ask for, and where a server that doesn't run has the
// only replica of a stream.
func Leave(ctx context.Context, system, clients *nats.Conn, name string) error {
	state, err := Ask(ctx, system, clients)
	if err != nil {
		return err
	}
	server := state.server(name)
	if server == nil || server.Peer == "" {
		return fmt.Errorf("admin: %s is no member of a cluster; the members are %s", name, strings.Join(state.memberNames(), ", "))
	}
	if why := state.needs(*server); why != "" {
		return fmt.Errorf("admin: %w: %s", ErrMayNotLeave, why)
	}
	manager, err := newManager(system)
	if err != nil {
		return err
	}
	if server.Role == Leader {
		if err := manager.MetaLeaderStandDown(nil); err != nil {
			return fmt.Errorf("admin: %s can't hand its leadership over: %w", name, err)
		}
		if err := await(ctx, system, func(s *State) bool { return s.Leader != "" && s.Leader != name }); err != nil {
			return fmt.Errorf("admin: %s has handed its leadership over, and nobody takes it: %w", name, err)
		}
	}
	if server.there() { // of another one, the replicas are made anew by the removal
		if err := manager.MetaEvacuatePeer("", server.Peer); err != nil {
			return fmt.Errorf("admin: the streams of %s can't be moved: %w", name, err)
		}
		if err := await(ctx, system, func(s *State) bool { return !s.holdsStreams(name) }); err != nil {
			return fmt.Errorf("admin: the streams of %s are still being moved: %w; ask again later", name, err)
		}
	}
	if err := manager.MetaPeerRemove("", server.Peer); err != nil {
		return fmt.Errorf("admin: %s can't be removed: %w", name, err)
	}
	return nil
}

func (s *State) memberNames() []string {
	var names []string
	for _, server := range s.Servers {
		if server.Peer != "" {
			names = append(names, server.Name)
		}
	}
	return names
}

// needs says why a server may not leave, or "".
func (s *State) needs(leaving Server) string {
	left, running := s.Members-1, 0
	for _, server := range s.Servers {
		if server.Name != leaving.Name && server.Peer != "" && server.there() {
			running++
		}
	}
	switch {
	case !s.HasQuorum():
		return "too few servers run to decide anything; start the missing ones"
	case running < left/2+1:
		return fmt.Sprintf("of the %d others only %d run, which is no majority; start them first", left, running)
	}
	for _, stream := range s.Streams {
		switch {
		case stream.Replicas > running:
			return fmt.Sprintf("stream %s asks for %d replicas, and %d servers would be left; let another server join first, or lower the replicas",
				stream.Name, stream.Replicas, running)
		case !leaving.there() && (stream.Leader == "" || stream.Leader == leaving.Name):
			return fmt.Sprintf("stream %s has no other leader, and its last replica may be there; wait for an election, start the server, or remove the stream", stream.Name)
		}
	}
	return ""
}

// await asks until the state is as it should be.
func await(ctx context.Context, system *nats.Conn, ok func(*State) bool) error {
	const period = 300 * time.Millisecond
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		state, err := Ask(ctx, system, nil)
		if err == nil && ok(state) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (s *State) holdsStreams(name string) bool {
	for _, stream := range s.Streams {
		if stream.Leader == name {
			return true
		}
		for _, c := range stream.Copies {
			if c.Server == name {
				return true
			}
		}
	}
	return false
}

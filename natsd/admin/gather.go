// This file owns the way from what single servers answer to one State.

package admin

import (
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// answer is what one server told of itself, and when by this machine's clock.
type answer struct {
	varz        *server.Varz
	jsz         *server.JSInfo
	sent, heard time.Time
}

// gather makes a State of the answers.
func gather(answers []answer, partial bool) *State {
	s := &State{Partial: partial, Servers: []Server{}, Streams: []Stream{}}
	for _, a := range answers {
		s.Servers = append(s.Servers, serverOf(a))
		if s.Cluster == "" {
			s.Cluster = a.varz.Cluster.Name
		}
	}
	s.members(answers)
	streams := map[[2]string]Stream{}
	for _, a := range answers {
		for _, account := range a.jsz.AccountDetails {
			for _, d := range account.Streams {
				key := [2]string{account.Name, d.Name}
				stream := streamOf(account.Name, d, a.varz.Name)
				if _, known := streams[key]; !known || stream.Leader == a.varz.Name {
					streams[key] = stream
				}
			}
		}
	}
	for _, stream := range streams {
		s.Streams = append(s.Streams, stream)
	}
	s.sort()
	return s
}

func serverOf(a answer) Server {
	s := Server{
		Name: a.varz.Name, Version: a.varz.Version, Cluster: a.varz.Cluster.Name, Answered: true, Role: NoRole,
		UptimeSec: a.varz.Now.Sub(a.varz.Start).Seconds(),
	}
	half := a.heard.Sub(a.sent) / 2
	s.ClockAheadSec = a.varz.Now.Sub(a.sent.Add(half)).Seconds()
	s.ClockErrorSec = half.Seconds()
	if !a.jsz.Disabled {
		if !a.jsz.Config.SyncAlways {
			s.SyncIntervalSec = a.jsz.Config.SyncInterval.Seconds()
		}
		s.StoreBytes = a.jsz.Store
		s.StoreLimit = uint64(max(a.jsz.Config.MaxStore, 0))
	}
	return s
}

// members adds what the servers know of each other: the leader, if there is one,
// knows best.
func (s *State) members(answers []answer) {
	var best *server.MetaClusterInfo
	leadersView := false
	for _, a := range answers {
		own := s.server(a.varz.Name)
		switch meta := a.jsz.Meta; {
		case a.jsz.Disabled:
			continue
		case meta == nil: // alone
			own.Role = Leader
			s.Leader, s.Members, s.Quorum = own.Name, 1, 1
			return
		default:
			own.Role = Current
			if leads := meta.Leader == a.varz.Name; best == nil || leads {
				best, leadersView = meta, leads
			}
		}
	}
	if best == nil {
		return
	}
	s.Leader, s.Members, s.Quorum = best.Leader, best.Size, best.QuorumNeeded
	for _, p := range best.Replicas {
		name := p.Name
		if nameless(p) {
			name = p.Peer
		}
		known := s.server(name)
		if known == nil {
			s.Servers = append(s.Servers, Server{Name: name, Role: s.unheard()})
			known = s.server(name)
		}
		known.Peer = p.Peer
		if leadersView {
			known.Role = s.roleOf(p, known.Answered)
		}
	}
	if leader := s.server(s.Leader); leader != nil {
		leader.Peer = best.Peer
		if leader.Answered || s.Partial {
			leader.Role = Leader
		}
	}
}

// unheard is the role of a member that did not answer.
func (s *State) unheard() Role {
	if s.Partial {
		return Unknown
	}
	return Offline
}

// roleOf is a member's role as the leader knows it, who may take half a minute to
// notice that a server was killed.
func (s *State) roleOf(p *server.PeerInfo, answered bool) Role {
	switch {
	case p.Offline:
		return Offline
	case !answered && !s.Partial:
		return Silent
	case p.Current:
		return Current
	}
	return Behind
}

// nameless is a member that no server has seen since it started, and whose name
// nobody knows.
func nameless(p *server.PeerInfo) bool { return strings.HasPrefix(p.Name, "Server name unknown") }

func streamOf(account string, d server.StreamDetail, at string) Stream {
	s := Stream{Account: account, Name: d.Name, Leader: at, Messages: d.State.Msgs, Bytes: d.State.Bytes, Replicas: 1, Copies: []Copy{}}
	if d.Config != nil {
		s.Replicas = d.Config.Replicas
	}
	if d.Cluster == nil {
		return s
	}
	s.Leader = d.Cluster.Leader
	for _, p := range d.Cluster.Replicas {
		if p.Name != s.Leader {
			s.Copies = append(s.Copies, Copy{Server: p.Name, Current: p.Current, Offline: p.Offline, Lag: p.Lag})
		}
	}
	return s
}

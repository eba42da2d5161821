// Package admin looks after servers with JetStream: it tells their state and what
// is wrong with it, saves and restores streams, and lets a server leave its
// cluster. It works over connections that the caller opens and closes.
//
// This file owns State: the servers and streams as they were when asked.
package admin

import (
	"cmp"
	"slices"
)

// State is what the servers told. Its JSON is made for scripts.
type State struct {
	// Cluster is the name of the cluster, empty where the server is alone.
	Cluster string `json:"cluster,omitempty"`

	// Leader is the server that decides about streams; empty in a cluster that
	// has lost its majority. A server alone is its own.
	Leader string `json:"jetstream_leader"`

	// Members is how many servers the cluster counts, whether they run or not, and
	// Quorum how many of them must.
	Members int `json:"members"`
	Quorum  int `json:"quorum"`

	// Partial says that only one server could be asked: what it does not know of
	// the others is missing.
	Partial bool `json:"partial"`

	Servers []Server `json:"servers"` // by name
	Streams []Stream `json:"streams"` // by account and name
}

// Server is a member of the cluster, or the one that is alone.
type Server struct {
	// Name is its name; of a member that nobody has seen since the others started,
	// it is Peer.
	Name string `json:"name"`

	// Peer is what the cluster calls it; empty of a server alone.
	Peer string `json:"peer,omitempty"`

	Version string `json:"version,omitempty"`
	Cluster string `json:"cluster,omitempty"`

	// Answered is false of a member that only the others told of: all but Name and
	// Role is unknown then.
	Answered bool `json:"answered"`

	// Role is its part in deciding about streams.
	Role Role `json:"role"`

	UptimeSec float64 `json:"uptime_sec"`

	// SyncIntervalSec is how long an acknowledged write may wait for its fsync; 0:
	// it does not wait.
	SyncIntervalSec float64 `json:"sync_interval_sec"`

	// StoreBytes of the files in use, and how many they may become.
	StoreBytes uint64 `json:"store_bytes"`
	StoreLimit uint64 `json:"store_limit"`

	// ClockAheadSec is how far its clock is ahead of this machine's, known to within
	// ClockErrorSec.
	ClockAheadSec float64 `json:"clock_ahead_sec"`
	ClockErrorSec float64 `json:"clock_error_sec"`
}

// Role is a server's part in deciding about streams.
type Role string

// The roles. A server is behind while it has not yet all of what was decided, offline
// when the leader has not heard of it lately, and silent when the leader has, and it
// has not answered.
const (
	Leader  Role = "leader"
	Current Role = "current"
	Behind  Role = "behind"
	Offline Role = "offline"
	Silent  Role = "silent"
	Unknown Role = "unknown" // only one server was asked, and not the leader
	NoRole  Role = "none"    // without JetStream
)

// Stream is a stream, the ones behind key-value buckets and object stores included.
//
// Of one that no server that answered holds, only the name is known.
type Stream struct {
	Account  string `json:"account"`
	Name     string `json:"name"`
	Replicas int    `json:"replicas"` // as configured

	// Leader is the server that takes its writes; empty while there is none.
	Leader string `json:"leader"`

	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`

	// Copies are its replicas but for the leader's.
	Copies []Copy `json:"copies"`
}

// Lag is how many operations the slowest copy is behind.
func (s Stream) Lag() uint64 {
	var lag uint64
	for _, c := range s.Copies {
		lag = max(lag, c.Lag)
	}
	return lag
}

// Copy is a replica of a stream.
type Copy struct {
	Server  string `json:"server"`
	Current bool   `json:"current"`
	Offline bool   `json:"offline"`
	Lag     uint64 `json:"lag"`
}

// HasQuorum tells whether enough servers are there to decide about streams. A
// leader whose followers have gone notices that only after a while; here it counts
// at once.
func (s *State) HasQuorum() bool {
	return s.Leader != "" && (s.Partial || s.running() >= s.Quorum)
}

// running is how many members are there, as far as is known.
func (s *State) running() int {
	n := 0
	for _, server := range s.Servers {
		if server.there() && server.Role != NoRole && server.Role != Unknown {
			n++
		}
	}
	return n
}

// there says that the server runs, as far as is known.
func (s Server) there() bool { return s.Role != Offline && s.Role != Silent }

// server finds a server by name, or nil.
func (s *State) server(name string) *Server {
	for i := range s.Servers {
		if s.Servers[i].Name == name {
			return &s.Servers[i]
		}
	}
	return nil
}

func (s *State) sort() {
	slices.SortFunc(s.Servers, func(a, b Server) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Streams, func(a, b Stream) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Name, b.Name))
	})
}

// This file owns what a member of a cluster notices while it runs: whether there
// are enough of them, and where the others are.

package natsd

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// watcher is a member's eye on its cluster.
type watcher struct {
	server  *Server
	log     *slog.Logger
	cluster string
	folder  string
	id      *identity // nil: the folder is no Node's

	started time.Time
	said    time.Time // when the wait was last spoken of
	leader  string
}

func newWatcher(s *Server, folder, cluster string) *watcher {
	w := &watcher{server: s, log: s.log.out, cluster: cluster, folder: folder, started: time.Now()}
	if id, err := readIdentity(folder); err == nil {
		w.id = &id
	}
	return w
}

// run looks twice a second until ctx ends.
func (w *watcher) run(ctx context.Context) {
	const period = 500 * time.Millisecond
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		w.look()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (w *watcher) look() {
	meta := w.meta()
	if meta == nil {
		return
	}
	switch {
	case meta.Leader != "" && w.leader == "":
		w.log.Info("JetStream takes writes", "cluster", w.cluster, "leader", meta.Leader, "servers", meta.Size)
		select {
		case <-w.server.ready:
		default:
			close(w.server.ready)
		}
		w.said = time.Time{}
	case meta.Leader == "":
		w.wait(meta)
	}
	w.leader = meta.Leader
	w.remember(meta)
}

// meta is what the server knows of the group that decides about streams, nil while
// it is not there.
func (w *watcher) meta() *server.MetaClusterInfo {
	info, err := w.server.nats.Jsz(nil)
	if err != nil {
		return nil
	}
	return info.Meta
}

// wait says, once it has lasted and then twice a minute, that there are not enough
// servers.
func (w *watcher) wait(meta *server.MetaClusterInfo) {
	const patience, repeat = time.Second, 30 * time.Second
	if w.leader != "" {
		w.started = time.Now()
	}
	if time.Since(w.started) < patience || time.Since(w.said) < repeat {
		return
	}
	w.said = time.Now()
	w.log.Warn("JetStream waits for other servers of the cluster: nothing is stored until the majority is there",
		"cluster", w.cluster, "here", len(w.others())+1, "needed", meta.QuorumNeeded, "servers", meta.Size)
}

// others are the other servers that are connected, by name.
func (w *watcher) others() map[string]*server.RouteInfo {
	others := map[string]*server.RouteInfo{}
	routes, err := w.server.nats.Routez(nil)
	if err != nil {
		return others
	}
	for _, r := range routes.Routes {
		if known := others[r.RemoteName]; known == nil || r.DidSolicit && !known.DidSolicit {
			others[r.RemoteName] = r
		}
	}
	return others
}

// remember keeps the addresses of servers that were called, for a start at which
// the seeds are lost, and forgets the servers that have left the cluster. Of a
// server that calls this one, the port is not known; it calls again.
func (w *watcher) remember(meta *server.MetaClusterInfo) {
	if w.id == nil {
		return
	}
	peers := slices.Clone(w.id.Peers)
	if meta.Leader != "" && !slices.ContainsFunc(meta.Replicas, nameless) {
		peers = slices.DeleteFunc(peers, func(p peer) bool { return !isMember(meta, p.Name) })
	}
	for name, r := range w.others() {
		if !r.DidSolicit || r.IP == "" {
			continue
		}
		seen := peer{Name: name, Address: net.JoinHostPort(r.IP, strconv.Itoa(r.Port))}
		peers = append(slices.DeleteFunc(peers, func(p peer) bool { return p.Name == name }), seen)
	}
	slices.SortFunc(peers, func(a, b peer) int { return strings.Compare(a.Name, b.Name) })
	if slices.Equal(peers, w.id.Peers) {
		return
	}
	w.id.Peers = peers
	if err := w.id.write(w.folder); err != nil {
		w.log.Warn("the addresses of the other servers are not kept", "error", err)
	}
}

// nameless is a member that has not been seen since this server started.
func nameless(p *server.PeerInfo) bool { return strings.HasPrefix(p.Name, "Server name unknown") }

func isMember(meta *server.MetaClusterInfo, name string) bool {
	return meta.Leader == name || slices.ContainsFunc(meta.Replicas, func(p *server.PeerInfo) bool { return p.Name == name })
}

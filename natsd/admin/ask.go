// This file owns the two ways of asking servers: all of them over the system
// account, or one of them over its HTTP monitoring.

package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// maxAnswer bounds what is read of a monitoring answer, in bytes.
const maxAnswer = 64 << 20

// Ask asks all servers of the cluster, over a connection of the system account to
// any of them. A server that does not answer before ctx ends is one that only the
// others tell of. An error means that none has answered.
//
// Streams are told of by the servers that hold them. Over clients, a connection of
// the account whose streams matter, those are found too that no running server
// holds; it may be nil.
func Ask(ctx context.Context, system, clients *nats.Conn) (*State, error) {
	ids, err := ping(ctx, system)
	if err != nil {
		return nil, err
	}
	var answers []answer
	for _, id := range ids {
		if a, err := askServer(ctx, system, id); err == nil {
			answers = append(answers, a)
		}
	}
	if len(answers) == 0 {
		return nil, errors.New("admin: no server has answered")
	}
	s := gather(answers, false)
	if clients != nil && s.HasQuorum() {
		if err := s.addUnheld(clients); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// addUnheld adds the streams that are known to the leader and to no server that
// answered.
func (s *State) addUnheld(clients *nats.Conn) error {
	manager, err := newManager(clients)
	if err != nil {
		return err
	}
	names, err := manager.StreamNames(nil)
	if err != nil {
		return fmt.Errorf("admin: the streams can't be listed: %w", err)
	}
	for _, name := range names {
		if !slices.ContainsFunc(s.Streams, func(held Stream) bool { return held.Name == name }) {
			s.Streams = append(s.Streams, Stream{Name: name, Copies: []Copy{}})
		}
	}
	s.sort()
	return nil
}

// ping gives the ids of the servers. Each says how many there are; who is late is
// not waited for long.
func ping(ctx context.Context, system *nats.Conn) ([]string, error) {
	inbox := system.NewInbox()
	sub, err := system.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := system.PublishRequest("$SYS.REQ.SERVER.PING", inbox, nil); err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	var ids []string
	for expected := 1; len(ids) < expected; {
		const patience = 2 * time.Second
		bounded, cancel := context.WithTimeout(ctx, patience)
		msg, err := sub.NextMsgWithContext(bounded)
		cancel()
		switch {
		case err != nil && len(ids) > 0:
			return ids, nil
		case errors.Is(err, nats.ErrNoResponders):
			return nil, errors.New("admin: the connection is not one of the system account")
		case err != nil:
			return nil, fmt.Errorf("admin: no server has answered: %w", err)
		}
		var stats server.ServerStatsMsg
		if err := json.Unmarshal(msg.Data, &stats); err != nil {
			return nil, fmt.Errorf("admin: an answer can't be read: %w", err)
		}
		ids = append(ids, stats.Server.ID)
		expected = max(expected, stats.Stats.ActiveServers)
	}
	return ids, nil
}

// everything is what is asked about JetStream.
var everything = server.JSzOptions{Accounts: true, Streams: true, Config: true}

func askServer(ctx context.Context, system *nats.Conn, id string) (answer, error) {
	var a answer
	var varz server.ServerAPIVarzResponse
	a.sent = time.Now()
	if err := request(ctx, system, id, "VARZ", nil, &varz); err != nil {
		return a, err
	}
	a.heard = time.Now()
	var jsz server.ServerAPIJszResponse
	if err := request(ctx, system, id, "JSZ", everything, &jsz); err != nil {
		return a, err
	}
	if varz.Data == nil || jsz.Data == nil {
		return a, errors.New("admin: an answer is empty")
	}
	a.varz, a.jsz = varz.Data, jsz.Data
	return a, nil
}

func request(ctx context.Context, system *nats.Conn, id, what string, options, into any) error {
	data, err := json.Marshal(options)
	if err != nil {
		return err
	}
	const patience = 5 * time.Second
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	msg, err := system.RequestWithContext(bounded, "$SYS.REQ.SERVER."+id+"."+what, data)
	if err != nil {
		return err
	}
	return json.Unmarshal(msg.Data, into)
}

// AskMonitor asks one server at the URL of its HTTP monitoring.
func AskMonitor(ctx context.Context, client *http.Client, url string) (*State, error) {
	var a answer
	a.varz, a.jsz = &server.Varz{}, &server.JSInfo{}
	a.sent = time.Now()
	if err := get(ctx, client, url, "/varz", a.varz); err != nil {
		return nil, err
	}
	a.heard = time.Now()
	if err := get(ctx, client, url, "/jsz?accounts=true&streams=true&config=true", a.jsz); err != nil {
		return nil, err
	}
	return gather([]answer{a}, true), nil
}

func get(ctx context.Context, client *http.Client, url, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+path, nil)
	if err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("admin: the monitoring does not answer: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("admin: the monitoring answers %s: %s", path, res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("admin: the monitoring's answer to %s can't be read: %w", path, err)
	}
	return nil
}

//go:build unix

// This file owns all clients together, and what the driver itself asks of the gateways.

package chaos

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/pyoco/pyoco"
)

// crowd is all clients of a system.
type crowd struct {
	clients []*client
	forget  context.CancelFunc // ends what goes on beside
}

func newCrowd(ctx context.Context, s *system, seed uint64, budget int64) (*crowd, error) {
	left := &atomic.Int64{}
	left.Store(budget)
	waiting, forget := context.WithCancel(ctx)
	all := &crowd{forget: forget}
	for i := range clientCount {
		c := &client{
			name: fmt.Sprintf("c%d", i+1), journal: s.journal, budget: left, waiting: waiting,
			calls: make(chan struct{}, clientCalls),
		}
		c.random = random(seed, c.name)
		for _, url := range s.servers {
			server, err := pyoco.NewClient(url, pyoco.ClientConfig{})
			if err != nil {
				return nil, err
			}
			c.servers = append(c.servers, server)
		}
		all.clients = append(all.clients, c)
	}
	return all, nil
}

// end returns when the clients have given up what they still waited for.
func (all *crowd) end() {
	all.forget()
	for _, c := range all.clients {
		c.beside.Wait()
		for _, server := range c.servers {
			server.Close()
		}
	}
}

// unfinished counts the runs that a gateway lists as not ended.
func unfinished(ctx context.Context, server *pyoco.Client) (int, error) {
	n := 0
	for _, status := range []pyoco.Status{pyoco.StatusPending, pyoco.StatusRunning, pyoco.StatusCancelling} {
		page, err := server.List(ctx, pyoco.ListOptions{Status: status, Limit: 200})
		if err != nil {
			return 0, err
		}
		n += len(page.Items)
	}
	return n, nil
}

// listed is every run that a gateway lists.
func listed(ctx context.Context, server *pyoco.Client) (map[string]pyoco.Status, error) {
	found := map[string]pyoco.Status{}
	for o := (pyoco.ListOptions{Limit: 200}); ; {
		page, err := server.List(ctx, o)
		if err != nil {
			return nil, err
		}
		for _, run := range page.Items {
			found[run.ID] = run.Status
		}
		if o.Cursor = page.NextCursor; o.Cursor == "" {
			return found, nil
		}
	}
}

//go:build unix

// This file owns the clients: what they submit, cancel and wait for, and what they are told.

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pyoco/pyoco"
)

const (
	clientCount = 4
	// clientPause is at most between two submissions of a client: some 150 a second come from all of them.
	clientPause = 40 * time.Millisecond
)

// client submits until it is told to stop; the cancels and waits that it has begun go on beside that.
type client struct {
	name    string
	random  *rand.Rand
	servers []*pyoco.Client
	journal *journal
	budget  *atomic.Int64   // submissions that all clients have left
	waiting context.Context // of what goes on beside
	beside  sync.WaitGroup
}

// random gives an actor random numbers of its own: what one does changes nothing for the others.
func random(seed uint64, actor string) *rand.Rand {
	var name uint64
	for _, b := range []byte(actor) {
		name = name*1099511628211 + uint64(b)
	}
	return rand.New(rand.NewPCG(seed, name))
}

// between is a random time in [least, most).
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}

// pause waits, and says false where ctx ended first.
func pause(ctx context.Context, length time.Duration) bool {
	return work(ctx, length) == nil
}

// run submits until ctx ends or the budget is spent.
func (c *client) run(ctx context.Context) {
	for n := 1; pause(ctx, between(c.random, 0, clientPause)) && c.budget.Add(-1) >= 0; n++ {
		flow, kind := c.choose()
		key := fmt.Sprintf("%s-%d", c.name, n)
		for again := 1; ctx.Err() == nil; again++ {
			s := c.submit(ctx, flow, kind, key, fmt.Sprintf("%s.%d", key, again))
			if s.Answer == accepted {
				c.follow(s.Run)
				break
			}
			// Without an answer, an impatient client asks for the same again.
			if s.Answer == refused || again == 3 || c.random.IntN(2) == 0 {
				break
			}
		}
	}
}

func (c *client) choose() (string, flowKind) {
	at := c.random.IntN(100)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range flowKinds {
			yield(name)
		}
	}) {
		if at -= flowKinds[name].Share; at < 0 {
			return name, flowKinds[name]
		}
	}
	panic("the shares are not a hundred")
}

// submit makes one call at a random gateway, and notes what came of it.
func (c *client) submit(ctx context.Context, flow string, kind flowKind, key, id string) submission {
	request := pyoco.Submission{
		Flow: flow, Workflow: []byte(kind.Workflow), Tag: []string{"red", "green", "blue"}[c.random.IntN(3)],
		Params: order{Submission: id, Millis: int(between(c.random, kind.Least, kind.Most).Milliseconds())},
	}
	s := submission{ID: id, Key: key, Flow: flow, Span: span{From: now()}, Answer: accepted}
	got, err := c.server().Submit(context.WithoutCancel(ctx), request)
	s.Span.To = now()
	var fault *pyoco.APIError
	switch {
	case err == nil:
		s.Run = got.ID
	case errors.As(err, &fault):
		s.Answer, s.Detail = refused, err.Error()
	default:
		s.Answer, s.Detail = unknown, err.Error()
	}
	c.journal.submitted(s)
	return s
}

func (c *client) server() *pyoco.Client { return c.servers[c.random.IntN(len(c.servers))] }

// follow cancels some of the runs and waits for some.
func (c *client) follow(run string) {
	server, delay, lot := c.server(), between(c.random, 0, 700*time.Millisecond), c.random.IntN(100)
	switch {
	case lot < 12:
		c.beside.Go(func() {
			if pause(c.waiting, delay) {
				c.cancel(server, run)
			}
		})
	case lot < 22:
		c.beside.Go(func() {
			if ended, err := server.Wait(c.waiting, run); err == nil {
				c.journal.sawEnd(end{Run: run, At: now(), Status: ended.Status})
			}
		})
	}
}

func (c *client) cancel(server *pyoco.Client, run string) {
	asked := cancel{Run: run, Span: span{From: now()}}
	got, err := server.Cancel(c.waiting, run)
	asked.Span.To = now()
	if err != nil {
		asked.Detail = err.Error()
	} else {
		asked.Status = got.Status
	}
	c.journal.cancelled(asked)
}

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
		c := &client{name: fmt.Sprintf("c%d", i+1), journal: s.journal, budget: left, waiting: waiting}
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

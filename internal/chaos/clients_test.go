//go:build unix

// This file owns one client: what it wants, submits, cancels and waits for, and what it is told.

package chaos

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	clientPause = 50 * time.Millisecond
	// clientCalls is how many submissions a client has open at once, when answers are late.
	clientCalls = 16
	// clientTries is how often a client asks for the same at most, where it is not accepted.
	clientTries = 3
)

// errMayBeAccepted is in a refusal that promises nothing: the run may remain.
const errMayBeAccepted = "ERR-PYOCO-0004"

// client submits until it is told to stop; what it has begun goes on beside that.
type client struct {
	name    string
	random  *rand.Rand
	servers []*pyoco.Client
	journal *journal
	budget  *atomic.Int64   // submissions that all clients have left
	waiting context.Context // of what goes on beside
	calls   chan struct{}
	beside  sync.WaitGroup
}

// wish is what a client is about to do, drawn beforehand: what comes of it changes nothing of the next.
type wish struct {
	key       string
	flow      string
	kind      flowKind
	tag       string
	millis    int // of each task
	servers   [clientTries]*pyoco.Client
	keyed     bool // the same submission again is the same run, and is sent until it is accepted
	impatient bool // without a key and an answer, asks for the same again
	then      func(run string)
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

// run submits until ctx ends or the budget is spent, and returns when its submissions are answered.
func (c *client) run(ctx context.Context) {
	var open sync.WaitGroup
	defer open.Wait()
	for n := 1; pause(ctx, between(c.random, 0, clientPause)) && c.budget.Add(-1) >= 0; n++ {
		w := c.wish(n)
		select {
		case c.calls <- struct{}{}:
			open.Go(func() {
				defer func() { <-c.calls }()
				c.pursue(ctx, w)
			})
		case <-ctx.Done():
		}
	}
}

func (c *client) wish(n int) wish {
	w := wish{key: fmt.Sprintf("%s-%d", c.name, n), tag: []string{"red", "green", "blue"}[c.random.IntN(3)]}
	w.flow, w.kind = c.choose()
	w.millis = int(between(c.random, w.kind.Least, w.kind.Most).Milliseconds())
	for i := range w.servers {
		w.servers[i] = c.server()
	}
	w.keyed, w.impatient = c.random.IntN(2) == 0, c.random.IntN(2) == 0
	w.then = c.afterwards()
	return w
}

func (c *client) choose() (string, flowKind) {
	at := c.random.IntN(100)
	for _, name := range slices.Sorted(maps.Keys(flowKinds)) {
		if at -= flowKinds[name].Share; at < 0 {
			return name, flowKinds[name]
		}
	}
	panic("the shares are not a hundred")
}

func (c *client) server() *pyoco.Client { return c.servers[c.random.IntN(len(c.servers))] }

// afterwards is what is done with the run once it is accepted: some are cancelled, and some are waited for.
func (c *client) afterwards() func(run string) {
	server, delay, lot := c.server(), between(c.random, 0, 700*time.Millisecond), c.random.IntN(100)
	switch {
	case lot < 12:
		return func(run string) {
			if pause(c.waiting, delay) {
				c.cancel(server, run)
			}
		}
	case lot < 22:
		return func(run string) {
			if ended, err := server.Wait(c.waiting, run); err == nil {
				c.journal.sawEnd(end{Run: run, At: now(), Status: ended.Status})
			}
		}
	}
	return func(string) {}
}

// pursue submits, again where the wish was not accepted and may be repeated.
func (c *client) pursue(ctx context.Context, w wish) {
	for try, server := range w.servers {
		s := c.submit(ctx, server, w, try)
		if s.Answer == accepted {
			c.beside.Go(func() { w.then(s.Run) })
			return
		}
		if !w.keyed && (s.Answer == refused || !w.impatient) || ctx.Err() != nil {
			return
		}
	}
}

// submit makes one call, and notes what came of it.
func (c *client) submit(ctx context.Context, server *pyoco.Client, w wish, try int) submission {
	id, idempotency := fmt.Sprintf("%s.%d", w.key, try+1), ""
	if w.keyed {
		id, idempotency = w.key+".k", w.key
	}
	request := pyoco.Submission{
		Flow: w.flow, Workflow: []byte(w.kind.Workflow), Tag: w.tag, Params: order{Submission: id, Millis: w.millis},
		IdempotencyKey: idempotency,
	}
	s := submission{ID: id, Key: w.key, Flow: w.flow, Span: span{From: now()}, Answer: accepted}
	got, err := server.Submit(context.WithoutCancel(ctx), request)
	s.Span.To = now()
	var fault *pyoco.APIError
	switch {
	case err == nil:
		s.Run = got.ID
	case errors.As(err, &fault) && fault.ErrID != errMayBeAccepted:
		s.Answer, s.Detail = refused, err.Error()
	default:
		s.Answer, s.Detail = unknown, err.Error()
	}
	c.journal.submitted(s)
	return s
}

// cancel makes one call, and notes what came of it.
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

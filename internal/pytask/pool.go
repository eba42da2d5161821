// This file owns who has which process: taking one for a task, giving it back, and the end of those that nobody needs.

package pytask

import (
	"context"
	"errors"
	"slices"
	"time"
)

var errClosed = errors.New("the pool of Python processes is closed")

// enter counts a request, for which Close then waits. It says false where the pool is closed.
func (p *Pool) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.all.Add(1)
	}
	return !p.closed
}

// take gives a process that no other task has, once there is room for one more.
func (p *Pool) take(ctx context.Context) (*host, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	h, err := p.ready(ctx)
	if err != nil {
		<-p.slots
	}
	return h, err
}

func (p *Pool) ready(ctx context.Context) (*host, error) {
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, errClosed
		}
		if len(p.idle) == 0 {
			h, err := p.start()
			p.mu.Unlock()
			if err != nil {
				return nil, err
			}
			if err := h.greet(ctx, p); err != nil {
				h.kill()
				h.dismiss(p)
				return nil, err
			}
			return h, nil
		}
		h := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		h.timer.Stop()
		h.busy = true
		p.mu.Unlock()
		if !h.ended() {
			return h, nil
		}
		h.dismiss(p) // somebody has ended it while it was idle
	}
}

// give takes a process back. One that is not fit for another task ends.
func (p *Pool) give(h *host, fit bool) {
	defer func() { <-p.slots }()
	p.mu.Lock()
	defer p.mu.Unlock()
	h.busy = false
	if !fit || p.closed || h.ended() {
		h.dismiss(p)
		return
	}
	p.idle = append(p.idle, h)
	h.timer = time.AfterFunc(p.cfg.Idle, func() { p.expire(h) })
}

// expire ends a process that has had no task for long.
func (p *Pool) expire(h *host) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.idle, h); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
		h.dismiss(p)
	}
}

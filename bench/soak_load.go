// This file owns the load of the soak: submissions at a steady rate, and workers that come and go.

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pyoco/pyoco"
)

// soakWorker is how long it takes until another of the workers that come and go comes.
const soakWorker = 15 * time.Second

// one submits a run.
func (s *soaked) one(ctx context.Context) error {
	_, err := s.client.Submit(ctx, pyoco.Submission{Flow: "main", Tag: tag(0), Params: map[string]string{"x": "soak"}})
	if err == nil {
		s.sent.Add(1)
	}
	return err
}

// submit keeps the rate, in a small burst each hundredth of a second. Where the system can't follow, it waits for it.
func (s *soaked) submit(ctx context.Context, rate float64) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	before := s.sent.Load()
	for began := time.Now(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		n := before + int64(rate*time.Since(began).Seconds()) - s.sent.Load()
		err := each(ctx, int(n), func(ctx context.Context, _ int) error {
			err := s.one(ctx)
			if errors.Is(err, pyoco.ErrUnavailable) {
				s.refused.Add(1)
				return nil
			}
			return err
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
	}
}

// comeAndGo always has one worker that was started a while ago beside one that is new; the older one is stopped cleanly.
func (s *soaked) comeAndGo(ctx context.Context) (err error) {
	var older *child
	defer func() {
		if older != nil {
			err = errors.Join(err, older.close())
		}
	}()
	for n := 0; ctx.Err() == nil; n++ {
		// Their lives end with their standard input, not with ctx: a stop is always clean.
		newer, err := startPart(context.WithoutCancel(ctx), s.rig, "worker", "-id", fmt.Sprintf("passing-%d", n%4))
		if err != nil {
			return err
		}
		if older != nil {
			if err := older.close(); err != nil {
				return errors.Join(err, newer.close())
			}
		}
		older = newer
		pause(ctx, soakWorker)
	}
	return nil
}

// This file owns what is measured: one of two sides, the skeleton or ours, that takes runs and sees them end.

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/pyoco/pyoco/internal/skeleton"
)

// load says what is submitted, and how.
type load struct {
	way    way
	params int // bytes of params
	tags   int // over how many tags the runs are spread; 0 is one
	tasks  int // of the flow; 0 is two
	slots  int // 0: nobody runs what is submitted
}

// way is how a run is submitted.
type way string

const (
	library  way = "library"
	httpJSON way = "HTTP JSON"
	httpYAML way = "HTTP YAML"
)

// text is a value of so many bytes, as JSON.
func (l load) text() string { return `"` + strings.Repeat("x", l.params) + `"` }

// side takes runs. Submissions may come from many goroutines.
type side interface {
	submit(ctx context.Context, i int) error
	ended(ctx context.Context, n int) error // when so many have been seen to end, in all
	carry(ctx context.Context, i int) error // submits a run and returns when its end is seen; all before i have ended
	close() error
}

// maker starts a side on a server.
type maker func(context.Context, *rig, load) (side, error)

// bare is the skeleton as a side.
type bare struct {
	submitter *skeleton.Submitter
	reader    *skeleton.Reader
	worker    *skeleton.Worker
	web       *skeleton.Web
}

func newBare(ctx context.Context, r *rig, l load) (side, error) {
	js, err := r.jetStream()
	if err != nil {
		return nil, err
	}
	if err := skeleton.Ensure(ctx, js); err != nil {
		return nil, err
	}
	s := &bare{}
	params := ""
	if l.params > 0 {
		params = l.text()
	}
	if s.submitter, err = skeleton.NewSubmitter(ctx, js, params); err != nil {
		return nil, err
	}
	if s.reader, err = skeleton.Read(ctx, js); err != nil {
		return nil, err
	}
	if l.way != library {
		if s.web, err = skeleton.Serve(ctx, s.submitter, submitters); err != nil {
			return nil, err
		}
	}
	if l.slots > 0 {
		work, err := r.jetStream()
		if err != nil {
			return nil, err
		}
		if s.worker, err = skeleton.Work(context.WithoutCancel(ctx), work, l.slots); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *bare) submit(ctx context.Context, i int) error {
	key := fmt.Sprintf("%036d", i)
	if s.web != nil {
		return s.web.Submit(ctx, key)
	}
	return s.submitter.Submit(ctx, key)
}

func (s *bare) ended(ctx context.Context, n int) error { return s.reader.Ended(ctx, n) }

func (s *bare) carry(ctx context.Context, i int) error {
	if err := s.submit(ctx, i); err != nil {
		return err
	}
	return s.ended(ctx, i+1)
}

func (s *bare) close() error {
	if s.web != nil {
		s.web.Close()
	}
	s.reader.Close()
	if s.worker == nil {
		return nil
	}
	return s.worker.Close()
}

// This file owns what is asked of a process: what parameters a task has, and one execution of it.

package pytask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Signature is what a task takes. One that takes a ctx is given it without being asked.
type Signature struct {
	Parameters []Parameter `json:"parameters"`
	// Any says that the task takes arguments of any name beside its parameters.
	Any bool `json:"any"`
	// Inputs are what the task was registered with: what a flow's inputs are laid over.
	Inputs map[string]json.RawMessage `json:"inputs"`
}

// Parameter is one that an argument is bound to by its name.
type Parameter struct {
	Name     string `json:"name"`
	Required bool   `json:"required"` // it has no default of its own
}

// Call is one execution of a task.
type Call struct {
	Name      string
	Arguments map[string]json.RawMessage
	// About is what ctx says of the execution, see python/context.py.
	About any
	// Answer gives what ctx asks for. It is called while the task waits for it, one question at a time.
	Answer func(ctx context.Context, question Question) (any, error)
	// Told is given each line that the task writes, as it comes; error says that it was written to stderr. It is called
	// from goroutines of the pool. May be nil.
	Told func(line string, stderr bool)
}

// Question is what a task's ctx asks: cancelled, or area, resolve, progress and artifact with their fields.
type Question struct {
	Ask      string          `json:"ask"`
	Name     string          `json:"name"`
	Value    json.RawMessage `json:"value"`
	Fraction float64         `json:"fraction"`
	Note     string          `json:"note"`
	Path     string          `json:"path"`
	Kind     string          `json:"kind"`
}

// Result is what a task has left. The streams are there also where the task has failed.
type Result struct {
	Value          json.RawMessage
	Scratch        map[string]json.RawMessage // what the task has changed in ctx.scratch
	Stdout, Stderr string                     // the end of each
}

// reply is a frame of a process: a question, or what has become of the request.
type reply struct {
	Question
	Answer *struct {
		Result    json.RawMessage            `json:"result"`
		Scratch   map[string]json.RawMessage `json:"scratch"`
		Task      *Signature                 `json:"task"`
		Refused   string                     `json:"refused"`
		Known     []string                   `json:"known"`
		Error     string                     `json:"error"`
		Text      string                     `json:"text"`
		Traceback string                     `json:"traceback"`
	} `json:"answer"`
	Last    bool `json:"last"`    // the process takes no other request
	Written bool `json:"written"` // the end of the output is marked
}

// Describe gives what a task takes, by its name: module:function, or the name that an entry point gives. A task that is
// found once is known. It imports what the name needs. The errors are a *NotFoundError, a *StartError, a *CrashError, an
// *RaisedError of the import, and the cause of ctx's end.
func (p *Pool) Describe(ctx context.Context, name string) (*Signature, error) {
	p.mu.Lock()
	known := p.known[name]
	p.mu.Unlock()
	if known != nil {
		return known, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, importTime, fmt.Errorf("importing it takes longer than %s", importTime))
	defer cancel()
	r, _, err := p.ask(ctx, map[string]any{"do": "describe", "name": name}, Call{})
	if err != nil {
		return nil, err
	}
	if r.Answer.Task == nil {
		return nil, &protocolError{"an answer without a task"}
	}
	p.mu.Lock()
	p.known[name] = r.Answer.Task
	p.mu.Unlock()
	return r.Answer.Task, nil
}

// Call runs a task. When ctx ends, the task is told by SIGTERM, and its process group is killed after the grace. The errors
// are those of Describe.
func (p *Pool) Call(ctx context.Context, call Call) (Result, error) {
	arguments := call.Arguments
	if arguments == nil {
		arguments = map[string]json.RawMessage{}
	}
	r, result, err := p.ask(ctx, map[string]any{"do": "call", "name": call.Name, "arguments": arguments, "about": call.About}, call)
	if err != nil {
		return result, err
	}
	result.Value, result.Scratch = r.Answer.Result, r.Answer.Scratch
	return result, nil
}

// ask takes a process for one request.
func (p *Pool) ask(ctx context.Context, request map[string]any, call Call) (r reply, result Result, err error) {
	body, err := json.Marshal(request)
	if err == nil && len(body) > maxFrame {
		err = fmt.Errorf("the arguments are %d bytes of JSON, and may be %d", len(body), maxFrame)
	}
	if err != nil {
		return r, result, err
	}
	if !p.enter() {
		return r, result, errClosed
	}
	defer p.all.Done()
	h, err := p.take(ctx)
	if err != nil {
		return r, result, err
	}
	out, stderr := p.sink(call, false), p.sink(call, true)
	outSeen, errSeen := h.out.begin(out), h.err.begin(stderr)
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		h.stop()
	})
	r, err = h.exchange(ctx, body, call)
	if err != nil {
		h.kill()
		<-h.exited
	}
	settled := (err != nil || r.Written) && h.settle(outSeen, errSeen)
	untouched := stop()
	if !untouched {
		<-stopped
	}
	h.out.end()
	h.err.end()
	result.Stdout, result.Stderr = out.text(), stderr.text()
	if err == nil {
		err = r.failure()
	} else if spoilt := new(protocolError); !errors.As(err, &spoilt) {
		err = crash(h.cmd.ProcessState, result.Stderr)
	}
	if err != nil && ctx.Err() != nil {
		err = stoppedBy(context.Cause(ctx), err)
	}
	p.give(h, settled && untouched && !r.Last)
	return r, result, err
}

// exchange sends a request and answers questions until it is carried out.
func (h *host) exchange(ctx context.Context, request []byte, call Call) (r reply, err error) {
	if err := writeFrame(h.requests, request); err != nil {
		return r, err
	}
	for {
		frame, err := readFrame(h.replies)
		if err != nil {
			return r, err
		}
		r = reply{}
		if err := json.Unmarshal(frame, &r); err != nil {
			return r, &protocolError{err.Error()}
		}
		if r.Answer != nil {
			return r, nil
		}
		if call.Answer == nil {
			return r, &protocolError{"a question out of place"}
		}
		value, err := call.Answer(ctx, r.Question)
		if err := writeFrame(h.requests, answerTo(value, err)); err != nil {
			return r, err
		}
	}
}

// answerTo is the frame that tells an answer, or why there is none.
func answerTo(value any, err error) json.RawMessage {
	frame, bad := json.Marshal(map[string]any{"answer": value})
	if err == nil {
		err = bad
	}
	if err == nil && len(frame) > maxFrame {
		err = fmt.Errorf("it is %d bytes of JSON, and may be %d", len(frame), maxFrame)
	}
	if err != nil {
		frame, _ = json.Marshal(map[string]string{"refused": err.Error()})
	}
	return frame
}

// settle waits for what the task has written before its end. It says false where that has not come in time.
func (h *host) settle(streams ...<-chan struct{}) bool {
	timer := time.NewTimer(settleTime)
	defer timer.Stop()
	arrived := true
	for _, seen := range streams {
		select {
		case <-seen:
		case <-timer.C:
			arrived = false
			timer.Reset(0)
		}
	}
	return arrived
}

func (p *Pool) sink(call Call, stderr bool) *sink {
	s := &sink{kept: p.cfg.MaxKept, told: p.cfg.MaxTold}
	if call.Told != nil {
		s.line = func(line string) { call.Told(line, stderr) }
	}
	return s
}

// failure is the error that an answer tells.
func (r *reply) failure() error {
	switch a := r.Answer; {
	case a.Refused != "":
		return &NotFoundError{Reason: a.Refused, Known: a.Known}
	case a.Error != "":
		return &RaisedError{Type: a.Error, Text: a.Text, Trace: a.Traceback}
	}
	return nil
}

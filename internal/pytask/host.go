// This file owns one Python process: its start, its pipes and its end.

package pytask

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"time"
)

// host is a process that runs one task at a time.
type host struct {
	cmd      *exec.Cmd
	requests *os.File
	pipe     *os.File      // of the replies
	replies  *bufio.Reader // from pipe
	said     *sink         // what it writes until it is ready
	alive    *os.File      // the process ends when this is closed, also where nobody could do it: with this process
	out, err *capture
	exited   chan struct{}
	grace    time.Duration

	busy  bool        // of the pool
	timer *time.Timer // of the pool, while it is idle
}

// start runs Python. The pool is locked.
func (p *Pool) start() (h *host, err error) {
	nonce := rand.Text()
	h = &host{exited: make(chan struct{}), grace: p.cfg.Grace, out: newCapture(nonce), err: newCapture(nonce), busy: true}
	var ours, theirs []*os.File // the ends of the pipes
	pipe := func() (r, w *os.File) {
		if err != nil {
			return nil, nil
		}
		r, w, err = os.Pipe()
		return r, w
	}
	requests, toHost := pipe()
	replies, fromHost := pipe()
	alive, aliveEnd := pipe()
	stdout, stdoutEnd := pipe()
	stderr, stderrEnd := pipe()
	ours = []*os.File{toHost, replies, aliveEnd, stdout, stderr}
	theirs = []*os.File{requests, fromHost, alive, stdoutEnd, stderrEnd}
	if err == nil {
		h.cmd = exec.Command(p.cfg.Python, "-c", bootstrap) //nolint:noctx // it outlives the call that starts it
		h.cmd.Env, h.cmd.Dir = p.cfg.Env, p.cfg.Dir
		h.cmd.Stdin, h.cmd.Stdout, h.cmd.Stderr = alive, stdoutEnd, stderrEnd
		handOver(h.cmd, requests, fromHost)
		err = h.cmd.Start()
	}
	closeAll(theirs)
	if err != nil {
		closeAll(ours)
		return nil, &StartError{Python: p.cfg.Python, Cause: err}
	}
	h.requests, h.pipe, h.replies, h.alive = toHost, replies, bufio.NewReader(replies), aliveEnd
	p.hosts[h] = struct{}{}
	h.said = &sink{kept: 2 << 10}
	h.err.begin(h.said) // before anything is read
	for stream, c := range map[*os.File]*capture{stdout: h.out, stderr: h.err} {
		p.all.Go(func() {
			c.read(stream)
			_ = stream.Close()
		})
	}
	p.all.Go(func() {
		_ = h.cmd.Wait() // its state tells
		killGroup(h.cmd.Process)
		// A process that has left the group may hold the pipes open for ever.
		for _, end := range []*os.File{replies, stdout, stderr} {
			_ = end.SetReadDeadline(time.Now().Add(settleTime))
		}
		close(h.exited)
		p.mu.Lock()
		delete(p.hosts, h)
		p.mu.Unlock()
	})
	p.cfg.Log.Debug("Python process started", "pid", h.cmd.Process.Pid)
	return h, nil
}

func closeAll(files []*os.File) {
	for _, file := range files {
		if file != nil {
			_ = file.Close()
		}
	}
}

// greet sends the program and its settings and waits until it runs.
func (h *host) greet(ctx context.Context, p *Pool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, errors.New("it takes longer than "+startTime.String()))
	defer cancel()
	stop := context.AfterFunc(ctx, h.kill)
	defer stop()
	err := h.introduce(p)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	h.kill()
	<-h.err.over
	if errors.Is(err, io.EOF) {
		<-h.exited
		err = errors.New(h.cmd.ProcessState.String())
	}
	return &StartError{Python: p.cfg.Python, Cause: err, Stderr: h.said.text()}
}

func (h *host) introduce(p *Pool) error {
	script, err := program()
	if err != nil {
		return err
	}
	settings, err := json.Marshal(map[string]any{
		"nonce": string(h.out.mark[1 : len(h.out.mark)-1]), "site": append([]string{}, p.cfg.Site...),
		"modules": append([]string{}, p.cfg.Modules...), "max_memory": p.cfg.MaxMemory, "max_result": maxResult,
	})
	if err != nil {
		return err
	}
	if writeFrame(h.requests, script) == nil { // a pipe that is broken tells less than what is read from the other
		_ = writeFrame(h.requests, settings)
	}
	_, err = readFrame(h.replies)
	return err
}

func (h *host) ended() bool {
	select {
	case <-h.exited:
		return true
	default:
		return false
	}
}

// kill ends the process and all that it has started, at once.
func (h *host) kill() {
	if !h.ended() {
		killGroup(h.cmd.Process)
	}
}

// stop asks the process group to end, and kills it where it does not within its grace.
func (h *host) stop() {
	if h.ended() {
		return
	}
	if !terminateGroup(h.cmd.Process) {
		h.kill()
	}
	h.killAfterGrace(func() { terminate(h.cmd.Process) })
}

// stopAgain is how often a process is asked to end: Python sees a signal that comes just before it begins to wait only when
// the next one wakes it.
const stopAgain = 100 * time.Millisecond

// dismiss lets a process end that has no task, and frees what it held. The pool is locked, or the process is nobody's.
func (h *host) dismiss(p *Pool) {
	_ = h.requests.Close() // the process leaves in order when there is nothing more to read
	p.all.Go(func() {
		h.killAfterGrace(func() {})
		closeAll([]*os.File{h.pipe, h.alive})
	})
}

// killAfterGrace waits for the end of the process, and calls remind until then.
func (h *host) killAfterGrace(remind func()) {
	timer, ticker := time.NewTimer(h.grace), time.NewTicker(stopAgain)
	defer timer.Stop()
	defer ticker.Stop()
	for {
		select {
		case <-h.exited:
			return
		case <-ticker.C:
			remind()
		case <-timer.C:
			h.kill()
			<-h.exited
			return
		}
	}
}

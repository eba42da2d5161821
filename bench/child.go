// This file owns a part as its parent sees it: started, asked what it has used, ended.

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// child is a running part. Its methods must not be called at the same time.
type child struct {
	started
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

// startPart runs a part on the server of r and waits until it is ready.
func startPart(ctx context.Context, r *rig, role string, args ...string) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.CommandContext(ctx, program, append([]string{partCommand, role, "-nats", r.server.ClientURL()}, args...)...)}
	c.cmd.Stderr = os.Stderr
	c.cmd.WaitDelay = 10 * time.Second
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.lines = bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	if err := c.read(&c.started); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", role, err), c.close())
	}
	return c, nil
}

// usage asks the part what it has used; its memory is that after a garbage collection.
func (c *child) usage() (u usage, err error) {
	if _, err = c.in.Write([]byte("usage\n")); err == nil {
		err = c.read(&u)
	}
	return u, err
}

func (c *child) read(v any) error {
	if !c.lines.Scan() {
		return errors.Join(c.lines.Err(), io.ErrUnexpectedEOF)
	}
	return json.Unmarshal(c.lines.Bytes(), v)
}

// close lets the part stop cleanly and waits for its end.
func (c *child) close() error {
	return errors.Join(c.in.Close(), c.cmd.Wait())
}

// Package pyenv keeps wheels and the Python environments that they are installed in: a folder with the files, a state file,
// and environments that are made beside the one in use and never changed. It knows nothing of NATS, of runs, or of where
// wheels come from.
//
// This file owns the interpreter that environments are made with.
package pyenv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Python is an interpreter with what it says of itself.
type Python struct {
	// Command is its absolute path, or a name that is looked for in PATH.
	Command string
	// Environ is the environment that it is run in, and dir the folder: Python looks for modules there first.
	Environ []string
	dir     string

	// Version is like 3.11.7. Tags are what its wheels may be made for (PEP 425), the best first.
	Version string   `json:"version"`
	Tags    []string `json:"tags"`
	// Nested says that it is itself that of an environment. Site are the folders of what is installed there.
	Nested bool     `json:"nested"`
	Site   []string `json:"site"`

	Executable string `json:"executable"`
	Lacks      string `json:"lacks"`
}

// about is the program with which an interpreter tells of itself. Only pip, which installs, knows its tags.
const about = `
import json, sys, sysconfig
tags, lacks = [], ""
try:
    import venv
    import pip
    try:
        from pip._vendor.packaging.tags import sys_tags
    except ImportError:
        from packaging.tags import sys_tags
    tags = [str(tag) for tag in sys_tags()]
except ImportError as e:
    lacks = str(e)
paths = sysconfig.get_paths()
print(json.dumps({
    "version": sys.version.split()[0], "executable": sys.executable, "nested": sys.prefix != sys.base_prefix,
    "site": sorted({paths["purelib"], paths["platlib"]}), "tags": tags, "lacks": lacks,
}))
`

// Find asks an interpreter about itself. It must be able to install wheels: with the modules venv and pip.
func (f *Folder) Find(ctx context.Context, command string, environ []string) (*Python, error) {
	if filepath.Base(command) != command {
		path, err := filepath.Abs(command)
		if err != nil {
			return nil, err
		}
		command = path
	}
	p := &Python{Command: command, Environ: environ, dir: filepath.Join(f.dir, envsDir)}
	if err := p.ask(ctx); err != nil {
		return nil, err
	}
	if p.Lacks != "" {
		return nil, fmt.Errorf("%s can't install wheels: %s; it needs its modules venv and pip (python3 -m ensurepip, or your system's packages python3-venv and python3-pip)", command, p.Lacks)
	}
	return p, nil
}

func (p *Python) ask(ctx context.Context) error {
	const askTime = time.Minute
	out, err := p.run(ctx, askTime, "-c", about)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, p); err != nil {
		return fmt.Errorf("%s is no Python that can be used: %w", p.Command, err)
	}
	return nil
}

// maxReport is how much of what a program says of its failure is kept, in bytes.
const maxReport = 2000

// run runs the interpreter and gives what it prints.
func (p *Python) run(ctx context.Context, timeout time.Duration, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it takes longer than %s", timeout))
	defer cancel()
	cmd := exec.CommandContext(ctx, p.Command, args...)
	cmd.Env, cmd.Dir = p.Environ, p.dir
	cmd.WaitDelay = time.Second
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err == nil {
		return out, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if report := strings.TrimSpace(errs.String() + string(out)); report != "" && !errors.Is(err, exec.ErrNotFound) {
		err = errors.New(strings.ToValidUTF8(report[max(0, len(report)-maxReport):], "�"))
	}
	return nil, err
}

// This file owns an environment: how it is made, and how one that is whole is told from one that was broken off.

package pyenv

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Environment is an interpreter with wheels installed beside what its own one has. It never changes.
type Environment struct {
	// Interpreter is the path of its Python.
	Interpreter string
	// Site are the folders that the wheels are installed in.
	Site []string
	// Contents are the wheels in it: names of files, and what names their content.
	Contents map[string]string

	dir string
}

// markFile is written last into an environment: one without it was broken off.
const markFile = "pyoco.json"

type mark struct {
	Wheels map[string]string `json:"wheels"`
	Python string            `json:"python"`
	Site   []string          `json:"site"`
}

// identity tells interpreters apart between which an environment can't be shared.
func (p *Python) identity() string { return p.Version + " " + p.Executable }

func interpreterIn(dir string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(dir, "Scripts", "python.exe")
	}
	return filepath.Join(dir, "bin", "python")
}

// open gives the environment in a folder, if it is whole and was made with this interpreter.
func (p *Python) open(dir string) (*Environment, bool) {
	data, err := os.ReadFile(filepath.Join(dir, markFile))
	var m mark
	if err != nil || json.Unmarshal(data, &m) != nil || m.Python != p.identity() || m.Wheels == nil {
		return nil, false
	}
	return &Environment{Interpreter: interpreterIn(dir), Site: m.Site, Contents: m.Wheels, dir: dir}, true
}

// create makes an environment without wheels in a new folder. What is installed for its interpreter is found in it, also
// where that is an environment's own: venv alone would then show what that one's base has.
func (p *Python) create(ctx context.Context, dir string, timeout time.Duration) (*Environment, error) {
	if _, err := p.run(ctx, timeout, "-m", "venv", "--system-site-packages", "--without-pip", dir); err != nil {
		return nil, fmt.Errorf("python -m venv: %w", err)
	}
	inner := &Python{Command: interpreterIn(dir), Environ: p.Environ, dir: p.dir}
	if err := inner.ask(ctx); err != nil {
		return nil, fmt.Errorf("the new environment: %w", err)
	}
	if p.Nested && len(inner.Site) > 0 {
		var lines strings.Builder
		for _, site := range p.Site {
			path, err := json.Marshal(site)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&lines, "import site; site.addsitedir(%s)\n", path)
		}
		if err := os.WriteFile(filepath.Join(inner.Site[0], "_pyoco_outer.pth"), []byte(lines.String()), 0o600); err != nil {
			return nil, err
		}
	}
	return &Environment{Interpreter: inner.Command, Site: inner.Site, Contents: map[string]string{}, dir: dir}, nil
}

// install puts wheels in, without what they depend on, and without asking an index or the settings of anybody's pip.
func (e *Environment) install(ctx context.Context, p *Python, timeout time.Duration, files ...string) error {
	inner := &Python{Command: e.Interpreter, Environ: p.Environ, dir: p.dir}
	_, err := inner.run(ctx, timeout, append([]string{
		"-m", "pip", "--isolated", "install", "--disable-pip-version-check", "--no-deps", "--force-reinstall", "--no-index", "--no-input",
		"--no-warn-script-location", "--quiet",
	}, files...)...)
	return err
}

// finish marks an environment as whole.
func (e *Environment) finish(p *Python) error {
	data, err := json.Marshal(mark{Wheels: e.Contents, Python: p.identity(), Site: e.Site})
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(e.dir, markFile), data)
}

// Remove deletes the environment, which nothing may be using any more.
func (e *Environment) Remove() error { return os.RemoveAll(e.dir) }

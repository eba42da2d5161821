// This file owns a sync: from the wheels that are wanted to an environment that has them.

package pyenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Wheel is one that is wanted.
type Wheel struct {
	File    string // its name, that of no other wheel
	NUID    string // names its content
	Package string // normalised: at most one wheel of each is wanted
	Version string
	Tags    []string
	// Open gives its content. What is not whole must fail before its end.
	Open func(ctx context.Context) (io.Reader, error)
}

// Result is what a sync has come to.
type Result struct {
	// Environment has the wheels: the one that was given, where nothing has changed, or a new one. nil: there are none.
	Environment *Environment
	// Installed are the wheels in it, by the names of their files.
	Installed map[string]Installed
	// Updated and Removed are the names of files that came and went, sorted.
	Updated, Removed []string
}

// Sync brings the folder to the wheels that are wanted. It never touches current, the environment in use: where something
// has changed it makes another. A wheel that can't be fetched or installed is left out, and where an older one of its
// package is installed, that stays; the error then names each such wheel, beside a Result that can be used. Without a
// Result nothing has changed. timeout bounds each fetch and each program that is run.
func (f *Folder) Sync(ctx context.Context, p *Python, current *Environment, wanted []Wheel, timeout time.Duration) (*Result, error) {
	before := f.Installed()
	plan := plan{folder: f, before: before, after: map[string]Installed{}, failed: map[string]error{}}
	for _, w := range wanted {
		if err := plan.take(ctx, w, timeout); err != nil {
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	env := current
	if !plan.in(current) {
		var err error
		if env, err = plan.build(ctx, p, current, timeout); err != nil {
			return nil, errors.Join(append(plan.failures(), err)...)
		}
	}
	result := &Result{Environment: env, Installed: plan.after}
	for name, wheel := range plan.after {
		if old, there := before[name]; !there || old.NUID != wheel.NUID || plan.fetched[name] {
			result.Updated = append(result.Updated, name)
		}
	}
	for name := range before {
		if _, kept := plan.after[name]; !kept {
			result.Removed = append(result.Removed, name)
		}
	}
	slices.Sort(result.Updated)
	slices.Sort(result.Removed)
	if err := f.settle(plan); err != nil {
		if env != nil && env != current {
			err = errors.Join(err, env.Remove())
		}
		return nil, err
	}
	return result, errors.Join(plan.failures()...)
}

// settle writes the state and removes the files that are not part of it.
func (f *Folder) settle(p plan) error {
	if !maps.EqualFunc(p.before, p.after, func(a, b Installed) bool { return a.NUID == b.NUID && a.InstalledAt == b.InstalledAt }) {
		if err := f.writeState(p.after); err != nil {
			return err
		}
	}
	files, err := filepath.Glob(filepath.Join(f.dir, "*.whl"))
	for _, file := range files {
		if _, kept := p.after[filepath.Base(file)]; !kept {
			err = errors.Join(err, os.Remove(file))
		}
	}
	return err
}

// plan is a sync under way.
type plan struct {
	folder        *Folder
	before, after map[string]Installed
	fetched       map[string]bool
	failed        map[string]error // by file
}

// take adds a wheel, or what stands in for it. The error is for one that is installed and whose file is lost: it stays as it is.
func (p *plan) take(ctx context.Context, w Wheel, timeout time.Duration) error {
	known := p.before[w.File]
	if known.NUID == w.NUID && p.folder.holds(w.File, known) {
		p.after[w.File] = known
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it takes longer than %s", timeout))
	defer cancel()
	size, digest, err := p.folder.fetch(ctx, w)
	if err != nil {
		err = fmt.Errorf("fetch %s: %w", w.File, err)
		if known.NUID == w.NUID {
			return err
		}
		p.drop(w.File, w.Package, err)
		return nil
	}
	if p.fetched == nil {
		p.fetched = map[string]bool{}
	}
	p.fetched[w.File] = true
	p.after[w.File] = Installed{NUID: w.NUID, Package: w.Package, Version: w.Version, Size: size, SHA256: digest, Tags: w.Tags}
	return nil
}

// drop leaves a wheel out. An older one of its package that is installed stays.
func (p *plan) drop(file, name string, err error) {
	delete(p.after, file)
	p.failed[file] = err
	for other, wheel := range p.before {
		if p.failed[other] == nil && wheel.Package == name && p.folder.holds(other, wheel) {
			p.after[other] = wheel
		}
	}
}

func (p *plan) failures() (errs []error) {
	for _, file := range slices.Sorted(maps.Keys(p.failed)) {
		errs = append(errs, p.failed[file])
	}
	return errs
}

// in says whether an environment has just what is planned. None has nothing.
func (p *plan) in(env *Environment) bool {
	if env == nil {
		return len(p.after) == 0
	}
	return len(p.after) > 0 && sameContents(env.Contents, p.after)
}

// build makes an environment of what is planned: all at once, and where that fails one after the other, which shows what
// can't be installed. The current one is taken where that leaves just what is in it.
func (p *plan) build(ctx context.Context, python *Python, current *Environment, timeout time.Duration) (*Environment, error) {
	for first := true; !p.in(current); first = false {
		if len(p.after) == 0 {
			return nil, nil
		}
		dir, err := os.MkdirTemp(filepath.Join(p.folder.dir, envsDir), "")
		if err != nil {
			return nil, err
		}
		env, err := python.create(ctx, dir, timeout)
		good := false
		if err == nil && first {
			good = env.install(ctx, python, timeout, p.files()...) == nil
		} else if err == nil {
			good, err = p.installEach(ctx, python, env, timeout)
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err == nil && good {
			err = p.finish(env, python)
		}
		if err == nil && good {
			return env, nil
		}
		if bad := os.RemoveAll(dir); err != nil || bad != nil {
			return nil, errors.Join(err, bad)
		}
	}
	return current, nil
}

// installEach puts one wheel after the other in. It says false where one has failed: what stands in for that, or nothing,
// wants a fresh environment.
func (p *plan) installEach(ctx context.Context, python *Python, env *Environment, timeout time.Duration) (bool, error) {
	for _, file := range slices.Sorted(maps.Keys(p.after)) {
		err := env.install(ctx, python, timeout, filepath.Join(p.folder.dir, file))
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if err != nil {
			err = fmt.Errorf("install %s: %w", file, err)
			if p.before[file].NUID == p.after[file].NUID { // it went in before: the wheel is not what is wrong
				return false, err
			}
			p.drop(file, p.after[file].Package, err)
			return false, nil
		}
	}
	return true, nil
}

func (p *plan) files() []string {
	var files []string
	for _, name := range slices.Sorted(maps.Keys(p.after)) {
		files = append(files, filepath.Join(p.folder.dir, name))
	}
	return files
}

// finish notes what is installed, and since when.
func (p *plan) finish(env *Environment, python *Python) error {
	now := float64(time.Now().UnixMilli()) / 1e3
	for name, wheel := range p.after {
		if wheel.InstalledAt == 0 {
			wheel.InstalledAt = now
			p.after[name] = wheel
		}
		env.Contents[name] = wheel.NUID
	}
	return env.finish(python)
}

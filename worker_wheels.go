// This file owns the worker's sync of wheels: when it looks at them, and what it does with what it finds.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/pyenv"
	"github.com/pyoco/pyoco/internal/pywheel"
)

// maxSyncPause is the longest time before what has failed is tried again, but for an Interval that is longer.
const maxSyncPause = time.Minute

// wheelSyncer installs the wheels of a worker. All but info belongs to one goroutine: first that of work, then that of run.
type wheelSyncer struct {
	worker *Worker
	store  *jet.Objects

	folder  *pyenv.Folder
	python  *pyenv.Python
	takes   pywheel.Interpreter
	current *pyenv.Environment // nil: the interpreter itself

	revision uint64 // of the wheels that were looked at last
	pause    time.Duration
	retryAt  time.Time // when what has failed is tried again; zero: all is done

	mu   sync.Mutex
	info WheelSync
}

func newWheelSyncer(w *Worker) *wheelSyncer {
	s := &wheelSyncer{worker: w, store: w.jet.Objects(w.cfg.Resources.WheelsBucket), info: WheelSync{LastResult: wheelSyncDisabled}}
	if w.cfg.Wheels.Enabled {
		s.info = WheelSync{Enabled: true, LastResult: wheelSyncIdle}
	}
	return s
}

// state is what the record says.
func (s *wheelSyncer) state() *WheelSync {
	s.mu.Lock()
	defer s.mu.Unlock()
	info := s.info
	return &info
}

// run looks at the wheels again and again until ctx ends.
func (s *wheelSyncer) run(ctx context.Context) {
	timer := time.NewTimer(s.worker.cfg.Wheels.Interval)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		s.look(ctx)
		timer.Reset(s.worker.cfg.Wheels.Interval)
	}
}

// look brings the worker to the wheels that there are, where they have changed or the last time failed.
func (s *wheelSyncer) look(ctx context.Context) {
	began := s.worker.now()
	result, selected, skipped, err := s.sync(ctx)
	if ctx.Err() != nil || errors.Is(err, errNotYet) {
		return
	}
	s.mu.Lock()
	s.info.LastAttemptAt = timestamp(began)
	if selected != nil {
		s.info.SelectedCount, s.info.SelectedWheels = len(selected), wheelFiles(selected)
		s.info.SkippedCount, s.info.SkippedIncompatible = len(skipped), listed(skipped)
	}
	if result != nil {
		s.info.apply(result)
	}
	if err == nil {
		now := timestamp(s.worker.now())
		s.info.LastResult, s.info.LastError, s.info.LastSuccessAt, s.info.LastSyncedAt = wheelSyncOK, "", now, now
	} else {
		s.info.LastResult, s.info.LastError = wheelSyncError, clip(err.Error(), maxSyncError)
	}
	s.mu.Unlock()
	s.tell(result, skipped, err)
}

// tell logs what is new.
func (s *wheelSyncer) tell(result *pyenv.Result, skipped []SkippedWheel, err error) {
	log := s.worker.cfg.Log
	if err != nil {
		log.Error("wheel sync failed, it will be tried again", "error", err, "err_id", errWheelSync)
	}
	if result != nil && len(result.Updated)+len(result.Removed) > 0 {
		log.Info("wheels synced: runs that start now use them", "updated", result.Updated, "removed", result.Removed)
	}
	for _, wheel := range skipped {
		log.Warn("wheel not installed: this Python can't", "wheel", wheel.Wheel, "reason", wheel.Reason)
	}
	if result != nil || err != nil {
		s.worker.record.changed.give()
	}
}

// errNotYet says that what has failed is not to be tried again yet.
var errNotYet = errors.New("too soon to try again")

// sync does the work of look. selected is nil where the wheels were not looked at.
func (s *wheelSyncer) sync(ctx context.Context) (result *pyenv.Result, selected []pyenv.Wheel, skipped []SkippedWheel, err error) {
	failing := !s.retryAt.IsZero()
	if failing && s.python == nil && time.Now().Before(s.retryAt) {
		return nil, nil, nil, errNotYet
	}
	defer func() {
		if err == nil {
			s.retryAt, s.pause = time.Time{}, 0
		} else if !errors.Is(err, errNotYet) {
			s.pause = max(s.worker.cfg.Wheels.Interval, min(2*s.pause, maxSyncPause))
			s.retryAt = time.Now().Add(s.pause)
		}
	}()
	if err := s.open(ctx); err != nil {
		return nil, nil, nil, err
	}
	const listTime = 30 * time.Second
	listing, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	revision, err := s.store.Revision(listing)
	if err != nil {
		return nil, nil, nil, err
	}
	if revision == s.revision && s.revision > 0 {
		if !failing {
			return nil, nil, nil, nil
		}
		if time.Now().Before(s.retryAt) {
			return nil, nil, nil, errNotYet
		}
	}
	objects, err := s.store.List(listing)
	if err != nil {
		return nil, nil, nil, err
	}
	s.revision = revision
	selected, skipped = s.choose(objects)
	result, err = s.folder.Sync(ctx, s.python, s.current, selected, s.worker.cfg.Wheels.InstallTimeout)
	if result != nil && result.Environment != s.current {
		s.use(result.Environment)
	}
	return result, selected, skipped, err
}

// open takes the folder and asks the interpreter, once, and goes on with the environment that was in use last.
func (s *wheelSyncer) open(ctx context.Context) (err error) {
	if s.python != nil {
		return nil
	}
	dir := s.worker.cfg.Wheels.Dir
	if s.folder == nil {
		s.folder, err = pyenv.Open(dir)
		if errors.Is(err, pyenv.ErrInUse) {
			s.folder, err = pyenv.Open(filepath.Join(dir, s.worker.cfg.ID))
		}
		if err != nil {
			return err
		}
	}
	python, err := s.folder.Find(ctx, s.worker.cfg.Python.Interpreter, pythonEnviron())
	if err != nil {
		return fmt.Errorf("wheels need a Python: %w", err)
	}
	if s.takes, err = pywheel.ParseInterpreter(python.Tags); err != nil {
		return fmt.Errorf("the tags of %s: %w", python.Command, err)
	}
	last, err := s.folder.Last(python)
	if err != nil {
		return err
	}
	s.python = python
	if last != nil {
		s.use(last)
		s.mu.Lock()
		s.info.apply(&pyenv.Result{Installed: s.folder.Installed()})
		s.mu.Unlock()
	}
	return nil
}

// use gives the runs that start from now on an environment. The one before is removed once no run uses it.
func (s *wheelSyncer) use(env *pyenv.Environment) {
	cfg := s.worker.cfg
	interpreter, site := cfg.Python.Interpreter, []string(nil)
	remove := func() {}
	if env != nil {
		interpreter, site = env.Interpreter, env.Site
		remove = func() {
			if err := env.Remove(); err != nil {
				cfg.Log.Warn("an environment of wheels that is not used any more was not removed", "error", err)
			}
		}
	}
	s.worker.python.replace(cfg.newPythonPool(interpreter, site), remove)
	s.current = env
}

// close gives the folder back, once nothing runs in its environments any more.
func (s *wheelSyncer) close() {
	if s.folder != nil {
		s.folder.Close()
		s.folder, s.python, s.current, s.revision = nil, nil, nil, 0
	}
}

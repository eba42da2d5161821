// This file owns the end of artifacts: a worker removes the folders of its own runs once they are old.

package pyoco

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// artifactsPause is the longest time between two looks at the artifacts.
const artifactsPause = time.Hour

// artifactsOf is the folder of a run's artifacts. The worker's id is in it: workers may share ArtifactDir, and each
// removes its own.
func (c WorkerConfig) artifactsOf(run string) artifactFolder {
	return artifactFolder(filepath.Join(c.ArtifactDir, c.ID, run))
}

// tidyArtifacts removes old folders until ctx ends.
func (w *Worker) tidyArtifacts(ctx context.Context) {
	if w.cfg.ArtifactMaxAge < 0 {
		return
	}
	ticker := time.NewTicker(min(artifactsPause, max(w.cfg.ArtifactMaxAge/10, time.Second)))
	defer ticker.Stop()
	for {
		w.removeOldArtifacts()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// removeOldArtifacts removes the folders of runs in which nothing was saved for ArtifactMaxAge, but never that of a run
// that is being executed here. What is no run's folder is not the worker's.
func (w *Worker) removeOldArtifacts() {
	dir := filepath.Join(w.cfg.ArtifactDir, w.cfg.ID)
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			w.cfg.Log.Warn("artifacts not readable", "dir", dir, "error", err)
		}
		return
	}
	for _, entry := range entries {
		if !entry.IsDir() || validRunID(entry.Name()) == "" || w.executes(entry.Name()) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		if newest, err := newestIn(path); err != nil || w.now().Sub(newest) < w.cfg.ArtifactMaxAge {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			w.cfg.Log.Warn("old artifacts not removed", "run_id", entry.Name(), "error", err)
			continue
		}
		w.cfg.Log.Info("old artifacts removed", "run_id", entry.Name(), "older_than", w.cfg.ArtifactMaxAge)
	}
}

func (w *Worker) executes(run string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.active[run]) > 0
}

// newestIn is when something in a folder last changed.
func newestIn(dir string) (newest time.Time, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		return err
	})
	return newest, err
}

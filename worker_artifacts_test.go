// This file owns the tests of the end of artifacts.

package pyoco

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAWorkerRemovesTheOldArtifactsOfItsOwnRuns(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	dir := t.TempDir()
	g := newGate()
	task := func(ctx context.Context) error {
		if _, err := TaskContextFrom(ctx).SaveArtifact("a/b.txt", strings.NewReader("x")); err != nil {
			return err
		}
		_, err := g.run(ctx)
		return err
	}
	w := rig.start(WorkerConfig{ID: "w1", Flows: FlowMap(rigFlow(t, "main", task)), ArtifactDir: dir})
	old, fresh, running := rig.submit("main", "{}"), rig.submit("main", "{}"), rig.submit("main", "{}")
	for range 3 {
		g.next(t)
	}
	for range 2 {
		g.release <- struct{}{}
	}
	rig.eventually("two have ended", func() bool { return len(g.release) == 0 })
	ended := map[string]bool{}
	for _, id := range []string{old, fresh, running} {
		ended[id] = false
	}
	rig.eventually("their end is written", func() bool {
		n := 0
		for id := range ended {
			if ended[id] = rig.read(id).Status.Terminal(); ended[id] {
				n++
			}
		}
		return n == 2
	})
	rig.eventually("and they have left", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.active) == 1
	})
	folder := func(run string) string { return filepath.Join(dir, "w1", run) }
	aged := time.Now().Add(-8 * 24 * time.Hour)
	age := func(path string) {
		require.NoError(t, filepath.WalkDir(path, func(path string, _ os.DirEntry, err error) error {
			require.NoError(t, err)
			return os.Chtimes(path, aged, aged)
		}))
	}
	others := []string{filepath.Join(dir, "w2", "run"), filepath.Join(dir, "w1", "not a run")}
	for _, other := range others {
		require.NoError(t, os.MkdirAll(other, 0o750))
		age(other)
	}
	var still, first string
	for id, done := range ended {
		switch {
		case !done:
			still = id
			age(folder(id))
		case first == "":
			first = id
			age(folder(id))
		default:
			fresh = id
		}
	}
	w.removeOldArtifacts()
	require.NoDirExists(t, folder(first))
	require.DirExists(t, folder(fresh))
	require.DirExists(t, folder(still), "it is being executed")
	for _, other := range others {
		require.DirExists(t, other)
	}
	g.release <- struct{}{}
	rig.ends(still, StatusCompleted)
}

func TestArtifactsDoNotFollowLinksOutOfTheirFolder(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "link")))
	_, err := artifactFolder(dir).save("link/a.txt", strings.NewReader("x"))
	require.Error(t, err)
	entries, err := os.ReadDir(outside)
	require.NoError(t, err)
	require.Empty(t, entries)
}

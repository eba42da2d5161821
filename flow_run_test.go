// This file owns the tests of flows that run in process.

package pyoco_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestAFlowRunsInProcess(t *testing.T) {
	t.Parallel()
	b := pyoco.NewFlow("sum")
	double := b.Task("double", pyoco.Func(func(_ context.Context, in struct{ N int }) (int, error) { return 2 * in.N, nil }))
	show := b.Task("show", pyoco.Func(func(_ context.Context, in struct {
		Double int    `json:"double"`
		Unit   string `json:"unit"`
	}) (string, error) {
		return strings.Repeat(in.Unit, in.Double), nil
	}))
	b.Then(double, show)
	b.Defaults(map[string]any{"unit": "x"})
	flow, err := b.Build()
	require.NoError(t, err)
	run, err := flow.Run(t.Context(), map[string]any{"N": 2})
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	require.Equal(t, "sum", run.Flow)
	require.JSONEq(t, `{"N":2,"unit":"x"}`, string(run.Params))
	require.Equal(t, map[string]pyoco.TaskState{"double": pyoco.TaskSucceeded, "show": pyoco.TaskSucceeded}, run.Tasks)
	var text string
	require.NoError(t, run.Output("show", &text))
	require.Equal(t, "xxxx", text)
	require.Positive(t, run.EndTime)
}

func TestAParsedFlowRunsInProcessWithItsFunctions(t *testing.T) {
	t.Parallel()
	flow, err := pyoco.ParseFlow([]byte("flow: {graph: a, defaults: {x: 1}}\ntasks: {a: {callable: \"m:a\"}}\n"))
	require.NoError(t, err)
	_, err = flow.Run(t.Context(), nil)
	require.ErrorContains(t, err, `task "a": no function is registered as "m:a"`)
	tasks := pyoco.NewTasks()
	require.NoError(t, tasks.Register("m:a", pyoco.Func(func(_ context.Context, in struct{ X int }) error {
		if in.X == 2 {
			return errors.New("two is too many")
		}
		return nil
	})))
	bound := flow.WithTasks(tasks)
	run, err := bound.Run(t.Context(), map[string]any{"X": 1})
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	run, err = bound.Run(t.Context(), map[string]any{"X": 2})
	require.NoError(t, err, "a run that failed is a run")
	require.Equal(t, pyoco.StatusFailed, run.Status)
	require.Contains(t, run.Error, "two is too many")
	_, err = bound.Run(t.Context(), 7)
	require.ErrorIs(t, err, pyoco.ErrInvalid)
}

func TestAFlowInProcessEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	b := pyoco.NewFlow("f")
	b.Task("a", pyoco.Func(func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return context.Cause(ctx)
	}))
	flow, err := b.Build()
	require.NoError(t, err)
	run, err := flow.Run(ctx, nil)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCancelled, run.Status)
	require.Equal(t, pyoco.TaskCancelled, run.Tasks["a"])
}

func TestATaskTellsItsProgressAndLeavesArtifacts(t *testing.T) {
	t.Parallel()
	b := pyoco.NewFlow("f")
	first := b.Task("first", pyoco.Func(func(ctx context.Context) error {
		tc := pyoco.TaskContextFrom(ctx)
		tc.Progress(-1, "before")
		tc.Progress(0.5, "half\xff")
		for _, name := range []string{"", ".", "..", "../x", "/x", "a/../../x", "a//b", "a/", "a\\b", strings.Repeat("x", 256)} {
			if _, err := tc.SaveArtifact(name, strings.NewReader("no")); err == nil {
				return errors.New("saved as " + name)
			}
		}
		if _, err := tc.SaveArtifact("plots/a.txt", strings.NewReader("old")); err != nil {
			return err
		}
		_, err := tc.SaveArtifact("plots/a.txt", strings.NewReader("new!"))
		return err
	}))
	second := b.Task("second", pyoco.Func(func(ctx context.Context) (string, error) {
		var n json.Number
		there, err := pyoco.TaskContextFrom(ctx).Param("n", &n)
		if err != nil || !there {
			return "", errors.Join(err, errors.New("no n"))
		}
		params, err := pyoco.TaskContextFrom(ctx).Params()
		return string(params), err
	}))
	b.Then(first, second)
	flow, err := b.Build()
	require.NoError(t, err)
	run, err := flow.Run(t.Context(), map[string]any{"n": 1})
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusCompleted, run.Status, run.Error)
	dir := filepath.Join(os.TempDir(), "pyoco-artifacts", run.ID)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	record := run.TaskRecords["first"]
	require.Equal(t, &pyoco.TaskProgress{Fraction: 0.5, Note: "half�"}, record.Progress)
	var artifacts map[string]pyoco.Artifact
	require.NoError(t, json.Unmarshal(record.Artifacts, &artifacts))
	path := filepath.Join(dir, "plots", "a.txt")
	require.Equal(t, map[string]pyoco.Artifact{"plots/a.txt": {Path: path, Type: "bytes", Bytes: 4}}, artifacts)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "new!", string(data))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing half written is left")
	var params string
	require.NoError(t, run.Output("second", &params))
	require.JSONEq(t, `{"n":1}`, params)
}

func TestATaskMaySaveSoManyArtifacts(t *testing.T) {
	t.Parallel()
	b := pyoco.NewFlow("f")
	b.Task("a", pyoco.Func(func(ctx context.Context) error {
		tc := pyoco.TaskContextFrom(ctx)
		t.Cleanup(func() { _ = os.RemoveAll(filepath.Join(os.TempDir(), "pyoco-artifacts", tc.RunID)) })
		for i := range 101 {
			if _, err := tc.SaveArtifact(fmt.Sprint(i), strings.NewReader("x")); err != nil {
				return err
			}
		}
		return nil
	}))
	flow, err := b.Build()
	require.NoError(t, err)
	run, err := flow.Run(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, pyoco.StatusFailed, run.Status)
	require.Contains(t, run.Error, `artifact "100": a task may save at most 100`)
}

//go:build unix

// This file owns the tests of processes: what ends them, what ends with them, and that nothing else does.

package pytask_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/pytask"
)

func TestACrashFailsItsTaskAlone(t *testing.T) {
	t.Parallel()
	p := pool(t, func(cfg *pytask.Config) { cfg.MaxMemory = 1 << 30 })
	for _, test := range []struct{ name, arguments, says string }{
		{"sample:crashes", `{}`, "the Python process ended in the middle of the task: signal: segmentation fault"},
		{"sample:exits", `{"code":7}`, "it has left with exit code 7, as os._exit does"},
		{"sample:exits", `{"code":0}`, "it has left with exit code 0"},
		{"sample:killed", `{}`, "it was killed (SIGKILL), most likely because memory ran out"},
		{"sample:eats", `{}`, "MemoryError"},
	} {
		result, err := call(t, p, test.name, test.arguments)
		require.ErrorContains(t, err, test.says, test.name)
		if test.name == "sample:exits" {
			require.Equal(t, "about to exit\n", result.Stdout)
		}
		if test.name == "sample:crashes" {
			var crashed *pytask.CrashError
			require.ErrorAs(t, err, &crashed)
			require.Contains(t, crashed.Traceback(), "in crashes", "where it was")
		}
		require.Equal(t, "3", gives(t, p, "sample:add", `{"a":1}`), "after %s", test.name)
	}
}

func TestATaskThatClosesItsStreamsDisturbsNoOther(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	require.Equal(t, "null", gives(t, p, "sample:closes", `{}`))
	result, err := call(t, p, "sample:writes", `{}`)
	require.NoError(t, err)
	require.Contains(t, result.Stdout, "to stdout")
}

// started gives an Answer that tells that the task has begun.
func started() (func(context.Context, pytask.Question) (any, error), <-chan struct{}) {
	began := make(chan struct{})
	return func(context.Context, pytask.Question) (any, error) {
		close(began)
		return true, nil
	}, began
}

var errTest = errors.New("the test ends it")

// ends calls a task, ends its context once it runs, and gives what became of it.
func ends(t *testing.T, p *pytask.Pool, name, object string) (pytask.Result, error) {
	t.Helper()
	answer, began := started()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	go func() {
		<-began
		cancel(errTest)
	}()
	return p.Call(ctx, pytask.Call{Name: name, Arguments: arguments(t, object), About: about, Answer: answer})
}

func TestTheEndOfTheContextEndsTheTaskAndWhatItHasStarted(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	path := filepath.Join(t.TempDir(), "child")
	_, err := ends(t, p, "sample:waits", `{"path":"`+path+`"}`)
	require.ErrorIs(t, err, errTest)
	var traced interface{ Traceback() string }
	require.ErrorAs(t, err, &traced)
	require.Contains(t, traced.Traceback(), "in waits", "where it was")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	child, err := strconv.Atoi(string(text))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return gone(child) }, patience, 5*time.Millisecond)

	result, err := ends(t, p, "sample:cleans", `{}`)
	require.ErrorIs(t, err, errTest)
	require.Equal(t, "cleaned up\n", result.Stdout, "a task has time for its finally")
	require.Equal(t, "3", gives(t, p, "sample:add", `{"a":1}`))
}

// gone says that a process is no more, or only waits to be reaped.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestATaskThatWillNotEndIsKilledAfterItsGrace(t *testing.T) {
	t.Parallel()
	p := pool(t, func(cfg *pytask.Config) { cfg.Grace = 50 * time.Millisecond })
	_, err := ends(t, p, "sample:stubborn", `{}`)
	require.ErrorIs(t, err, errTest)
	require.Equal(t, "3", gives(t, p, "sample:add", `{"a":1}`))
}

func TestImportingThatHangsEndsWithTheContext(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, errTest)
	defer cancel()
	_, err := p.Describe(ctx, "hangs:anything")
	require.ErrorIs(t, err, errTest)
}

func TestCloseEndsTasksThatRun(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	answer, began := started()
	failed := make(chan error, 1)
	go func() {
		_, err := p.Call(context.WithoutCancel(t.Context()), pytask.Call{Name: "sample:cleans", About: about, Answer: answer})
		failed <- err
	}()
	<-began
	p.Close()
	require.ErrorAs(t, <-failed, new(*pytask.CrashError))
	_, err := p.Describe(t.Context(), "sample:add")
	require.ErrorContains(t, err, "the pool of Python processes is closed")
}

func TestTheEndOfTheWorkerEndsItsTasks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "child")
	worker := exec.CommandContext(t.Context(), os.Args[0])
	worker.Env = append(os.Environ(), waitsFor+"="+path, waitsWith+"="+clitest.Interpreter(t))
	require.NoError(t, worker.Start())
	var child int
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(path)
		child, _ = strconv.Atoi(string(text))
		return child > 0
	}, patience, 5*time.Millisecond)
	require.NoError(t, worker.Process.Kill())
	_ = worker.Wait() // it was killed
	require.Eventually(t, func() bool { return gone(child) }, patience, 5*time.Millisecond)
}

func TestManyTasksShareAFewProcesses(t *testing.T) {
	t.Parallel()
	p := pool(t, func(cfg *pytask.Config) { cfg.Processes, cfg.Idle = 2, 50*time.Millisecond })
	var tasks sync.WaitGroup
	for i := range 32 {
		tasks.Go(func() {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if i%8 == 0 { // before, while or after it runs
				timer := time.AfterFunc(time.Duration(i)*time.Millisecond, func() { cancel(errTest) })
				defer timer.Stop()
			}
			value := strconv.Itoa(i)
			result, err := p.Call(ctx, pytask.Call{Name: "sample:keep", Arguments: arguments(t, `{"value":`+value+`}`), About: about})
			if err == nil {
				assert.Equal(t, value, string(result.Value))
			} else {
				assert.ErrorIs(t, err, errTest)
			}
		})
	}
	tasks.Wait()
	require.Equal(t, "3", gives(t, p, "sample:add", `{"a":1}`))
}

func TestAProcessWithoutATaskEndsAfterAWhile(t *testing.T) {
	t.Parallel()
	p := pool(t, func(cfg *pytask.Config) { cfg.Idle = time.Millisecond })
	_, pid, _ := strings.Cut(gives(t, p, "sample:count", `{}`), ",")
	require.Eventually(t, func() bool {
		_, other, _ := strings.Cut(gives(t, p, "sample:count", `{}`), ",")
		return pid != other
	}, patience, 20*time.Millisecond)
}

func TestAnInterpreterThatCanNotBeStartedIsNamed(t *testing.T) {
	t.Parallel()
	failing := filepath.Join(t.TempDir(), "python3")
	require.NoError(t, os.WriteFile(failing, []byte("#!/bin/sh\necho no luck >&2\nexit 2\n"), 0o700))
	for python, says := range map[string]string{
		"no-such-python": `Python (no-such-python) can't be started: exec: "no-such-python": executable file not found in $PATH`,
		"false":          "Python (false) can't be started: exit status 1",
		failing:          "can't be started: exit status 2: no luck",
	} {
		p := pool(t, func(cfg *pytask.Config) { cfg.Python = python })
		_, err := p.Describe(t.Context(), "sample:add")
		require.ErrorAs(t, err, new(*pytask.StartError), python)
		require.ErrorContains(t, err, says)
	}
}

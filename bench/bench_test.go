// This file owns the proof that the command measures what it says and writes what can be read: as a process, with its
// parts as further processes.

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// asProgram makes this test's binary the program, and so also the parts that it starts.
const asProgram = "PYOCO_BENCH_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// program runs the command to its end.
func program(t *testing.T, args ...string) (out, progress string, err error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

func TestAQuickLookGivesEachFigureBesideItsLimitAndItsGoal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	chart := filepath.Join(dir, "chart.svg")
	out, progress, err := program(t, "-quick", "-json", "-only", "raw,e2e,idle,watchers,cancel,cost,large", "-runs", "3000", "-dir", dir, "-svg", chart)
	require.NoError(t, err, progress)
	var report Report
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	require.True(t, report.Quick)
	require.NotEmpty(t, report.NATS)

	units, goals := map[string]string{}, 0
	for _, r := range report.Results {
		require.Positive(t, r.Value, r.Name)
		require.Equal(t, r.Limit > 0, r.Ratio > 0, r.Name)
		require.Equal(t, r.Limit > 0, r.Against != "", r.Name)
		units[string(r.Mode)+" "+r.Name] = r.Unit
		goals += len(r.Goals)
	}
	for name, unit := range map[string]string{
		"durable publishes":                             "a second",
		"interval end to end, library":                  "runs/s",
		"interval end to end, HTTP JSON":                "runs/s",
		"durable submit to end seen over SSE, p99":      "ms",
		"durable cancel to end seen over SSE, p99":      "ms",
		"interval CPU of the worker for a no-op run":    "µs",
		"interval memory of the gateway for a run":      "B",
		"interval a gateway ready at 3,000 runs":        "s",
		"interval a page of 50 runs at 3,000 runs, p50": "ms",
	} {
		require.Equal(t, unit, units[name], "%s of %v", name, units)
	}
	require.Greater(t, goals, 10)

	drawing, err := os.ReadFile(chart)
	require.NoError(t, err)
	require.NoError(t, wellFormed(drawing))
	require.Contains(t, string(drawing), "end to end, library")
	left, err := filepath.Glob(filepath.Join(dir, "pyoco-bench-*"))
	require.NoError(t, err)
	require.Empty(t, left, "what was made is removed")
}

func wellFormed(text []byte) error {
	for decoder := xml.NewDecoder(bytes.NewReader(text)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestASoakTellsTheCurveAndWhatGrows(t *testing.T) {
	t.Parallel()
	out, progress, err := program(t, "-quick", "-soak", "4s", "-dir", t.TempDir())
	require.NoError(t, err, progress)
	require.Regexp(t, `(?m)^ *s +submitted +unfinished +runs kept +gateway MiB`, out)
	require.Regexp(t, `(?m)^consumers +\d.* → +\d`, out)
	require.Regexp(t, `(?m)^worker goroutines +\d.* → +\d`, out)
}

func TestACommandLineThatMeansNothingIsRefused(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`there is no "e3e", but raw, submit`: {"-only", "raw,e3e"},
		"-runs must be at least 2000, got 5": {"-runs", "5"},
		`"e2e" is no flag`:                   {"e2e"},
		"no such file or directory":          {"-dir", filepath.Join(t.TempDir(), "none")},
	} {
		require.ErrorContains(t, run(t.Context(), args, nil, io.Discard, io.Discard), want)
	}
}

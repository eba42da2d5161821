// This file owns what the measurements share: the folder, the sizes, the results, and the list of measurements.

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// bench is one run of the command.
type bench struct {
	dir      string
	runs     int
	quick    bool
	rounds   int // how often each comparison is made; the median counts
	progress io.Writer
	began    time.Time
	group    string // the measurement that is being made
	results  []Result
	rigs     int
}

// The number of goroutines that submit, and of runs that a worker has in hand at once.
const (
	submitters = 64
	slots      = 64
)

func newBench(o options, progress io.Writer) (*bench, error) {
	dir, err := os.MkdirTemp(o.dir, "pyoco-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{dir: dir, runs: o.runs, quick: o.quick, rounds: 3, progress: progress, began: time.Now()}
	if o.quick {
		b.rounds, b.runs = 1, min(o.runs, 20*smallBucket)
	}
	return b, nil
}

// size is full, or the part of it that is enough for a quick look.
func (b *bench) size(full, quick int) int {
	if b.quick {
		return quick
	}
	return full
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "%6.1fs  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

// add keeps a result.
func (b *bench) add(r Result) {
	r.Group = b.group
	r.judge()
	b.results = append(b.results, r)
	b.say("  %s", r)
}

// measurement is what -only names.
type measurement struct {
	name, about string
	run         func(*bench, context.Context) error
}

// measurements are all, in the order in which they are made.
func measurements() []measurement {
	return []measurement{
		{"raw", "JetStream by itself, 256 in flight", (*bench).raw},
		{"submit", "submissions that nobody runs yet", (*bench).submissions},
		{"e2e", "from the first submission to the last end seen", (*bench).endToEnd},
		{"durable", "the same, each write synced to the disk", (*bench).endToEndDurable},
		{"idle", "one run at a time", (*bench).idle},
		{"params", "runs with 100 KiB of params", (*bench).bigParams},
		{"tags", "runs spread over many tags", (*bench).manyTags},
		{"tasks", "flows of many tasks", (*bench).manyTasks},
		{"watchers", "many streams of one run's events", (*bench).watchers},
		{"cancel", "from the call to the end seen", (*bench).cancels},
		{"cost", "CPU and memory of worker and gateway", (*bench).cost},
		{"resting", "what costs while nothing runs", (*bench).resting},
		{"retention", "removing what is not to be kept", (*bench).retention},
		{"large", "a bucket of many runs", (*bench).large},
	}
}

func measurementNames() []string {
	var names []string
	for _, m := range measurements() {
		names = append(names, m.name)
	}
	return names
}

// choose gives the measurements of -only, or all.
func choose(only string) ([]measurement, error) {
	if only == "" {
		return measurements(), nil
	}
	wanted := strings.Split(only, ",")
	for _, name := range wanted {
		if !slices.Contains(measurementNames(), name) {
			return nil, fmt.Errorf("-only: there is no %q, but %s", name, strings.Join(measurementNames(), ", "))
		}
	}
	return slices.DeleteFunc(measurements(), func(m measurement) bool { return !slices.Contains(wanted, m.name) }), nil
}

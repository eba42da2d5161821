// This file owns a look at the system under the soak, the curve of all of them, and what has grown.

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// sample is what there is at a time.
type sample struct {
	seconds    float64
	submitted  int // since the beginning
	unfinished int
	values     []float64
}

// sampled are the things that must not grow. The gateway is told how many runs to keep, and its memory grows with them;
// NATS shares its process with what submits.
var sampled = []string{
	"runs kept", "gateway MiB", "gateway goroutines", "gateway files", "worker MiB", "worker goroutines", "worker files",
	"NATS MiB", "NATS goroutines", "NATS files", "consumers",
}

func (s *soaked) sample(ctx context.Context) (sample, error) {
	runs, err := countRuns(ctx, s.client)
	if err != nil {
		return sample{}, err
	}
	now := sample{submitted: int(s.sent.Load()), unfinished: runs.unfinished, values: []float64{float64(runs.kept)}}
	add := func(u usage) {
		now.values = append(now.values, float64(u.Heap)/(1<<20), float64(u.Goroutines), float64(u.Files))
	}
	for _, part := range []*child{s.gateway, s.steady} {
		used, err := part.usage()
		if err != nil {
			return now, err
		}
		add(used)
	}
	own, err := s.meter.read()
	if err != nil {
		return now, err
	}
	add(own)
	consumers, err := s.consumers(ctx)
	if err != nil {
		return now, err
	}
	now.values = append(now.values, float64(consumers))
	return now, nil
}

// consumers is how many there are of all streams.
func (s *soaked) consumers(ctx context.Context) (int, error) {
	n := 0
	streams := s.js.ListStreams(ctx)
	for info := range streams.Info() {
		n += info.State.Consumers
	}
	return n, streams.Err()
}

func (s sample) String() string {
	texts := make([]string, len(s.values))
	for i, value := range s.values {
		texts[i] = sampled[i] + " " + figure(value)
	}
	return fmt.Sprintf("%s submitted, %s unfinished; %s", count(s.submitted), count(s.unfinished), strings.Join(texts, ", "))
}

func writeCurve(out io.Writer, samples []sample) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "s\tsubmitted\tunfinished\t%s\t\n", strings.Join(sampled, "\t"))
	for _, s := range samples {
		fmt.Fprintf(table, "%.0f\t%s\t%s\t", s.seconds, count(s.submitted), count(s.unfinished))
		for _, value := range s.values {
			fmt.Fprintf(table, "%s\t", figure(value))
		}
		fmt.Fprintln(table)
	}
	_ = table.Flush() // a terminal that is gone
}

// writeGrowth compares the second and the last sixth of the time, by the least of each: what runs in hand take at a moment
// comes and goes, and what leaks stays.
func writeGrowth(out io.Writer, samples []sample) {
	sixth := len(samples) / 6
	if sixth == 0 {
		fmt.Fprintln(out, "too short to say what grows")
		return
	}
	fmt.Fprintln(out, "growth from the second sixth of the time to the last; the goal is under 5 %")
	for i, name := range sampled {
		of := func(part []sample) float64 {
			least := part[0].values[i]
			for _, s := range part {
				least = min(least, s.values[i])
			}
			return least
		}
		before, after := of(samples[sixth:2*sixth]), of(samples[len(samples)-sixth:])
		if before == 0 {
			continue // the system doesn't show it
		}
		growth := 100 * (after - before) / before
		verdict := "met"
		if growth >= 5 {
			verdict = "missed"
		}
		fmt.Fprintf(out, "%-20s %8s → %8s  %+6.1f %%  %s\n", name, figure(before), figure(after), growth, verdict)
	}
}

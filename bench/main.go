// Command bench measures pyoco beside what JetStream allows, in one run and on one machine: raw JetStream, a bare skeleton
// of a run, and then the library as its users call it.
//
//	go run ./bench
//	go run ./bench -only e2e,idle -json
//	go run ./bench -soak 1h
//
// Progress goes to standard error, the table (or, with -json, one object) to standard output.
//
// This file owns the command line.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/pyoco/pyoco/internal/heap"
)

func main() {
	heap.KeepRoom() // as our commands do, for both sides
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	only  string
	runs  int
	quick bool
	json  bool
	dir   string
	svg   string
	soak  time.Duration
}

func run(ctx context.Context, args []string, in io.Reader, out, progress io.Writer) error {
	if len(args) > 1 && args[0] == partCommand {
		return runPart(ctx, args[1], args[2:], in, out)
	}
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.StringVar(&o.only, "only", "", "measure only these, comma-separated: "+strings.Join(measurementNames(), ", "))
	flags.IntVar(&o.runs, "runs", 1_000_000, "how many runs the large bucket holds, at least 2,000")
	flags.BoolVar(&o.quick, "quick", false, "a rough look at everything in about half a minute")
	flags.BoolVar(&o.json, "json", false, "print JSON instead of a table")
	flags.StringVar(&o.dir, "dir", "", "folder on the disk to measure on; what is made in it is removed (default: a temporary one)")
	flags.StringVar(&o.svg, "svg", "", "also draw a chart into this file")
	flags.DurationVar(&o.soak, "soak", 0, "instead of measuring, run so long at half of the maximum and report what grows")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	chosen, err := choose(o.only)
	if err != nil {
		return err
	}
	if o.runs < 2*smallBucket {
		return fmt.Errorf("-runs must be at least %d, got %d", 2*smallBucket, o.runs)
	}
	b, err := newBench(o, progress)
	if err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if o.soak > 0 {
		return b.soak(ctx, o.soak, out)
	}
	return b.measure(ctx, chosen, o, out)
}

// measure makes the chosen measurements and shows their results, also those of before a failure.
func (b *bench) measure(ctx context.Context, chosen []measurement, o options, out io.Writer) error {
	var failed error
	for _, m := range chosen {
		b.say("%s: %s", m.name, m.about)
		began := time.Now()
		b.group = m.name
		if err := m.run(b, ctx); err != nil {
			failed = fmt.Errorf("%s: %w", m.name, err)
			break
		}
		b.say("%s took %.1f s", m.name, time.Since(began).Seconds())
	}
	report := b.report()
	if o.svg != "" {
		failed = errors.Join(failed, os.WriteFile(o.svg, report.chart(), 0o644))
	}
	if o.json {
		return errors.Join(failed, report.writeJSON(out))
	}
	report.writeTable(out)
	return failed
}

// This file owns nats-server's command line, read by its own parser.

package natsd

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/nats-io/nats-server/v2/server"
)

// parsing guards server.FlagSnapshot, where nats-server keeps what its parser has
// read for later reloads of any server in the process. It is left empty: Reload
// is given all options anew.
var parsing sync.Mutex

// ParseFlags reads the flags of nats-server's command line, in either of their
// forms (-p, --port), and the configuration file that -c names, over which flags
// win. The result is meant for Config.Options.
//
// Where the arguments ask for an answer only, it is written to out, and the
// options are nil: -v, -h, --help_tls, -t with -c, -sl. Turning JetStream off by
// flag is an error, as no Server runs without it.
func ParseFlags(args []string, out io.Writer) (*server.Options, error) {
	parsing.Lock()
	defer parsing.Unlock()
	defer func() { server.FlagSnapshot = nil }()

	known, err := flagSet()
	if err != nil {
		return nil, err
	}
	if err := known.Parse(args); err != nil {
		return nil, err
	}
	if known.Lookup("js").Value.String() == "false" && given(known, "js", "jetstream") {
		return nil, errors.New("-js=false: the server can't do without JetStream, which holds all runs")
	}
	// nats-server would end the program after the signal.
	if command, process, _ := strings.Cut(known.Lookup("signal").Value.String(), "="); command != "" {
		return nil, server.ProcessSignal(server.Command(command), process)
	}
	var answer strings.Builder
	opts, err := server.ConfigureOptions(silentFlagSet(), args,
		func() { fmt.Fprintf(&answer, "nats-server: v%s\n", server.VERSION) },
		func() { writeUsage(&answer, known, "") },
		func() { writeUsage(&answer, known, "tls") })
	if err != nil {
		return nil, err
	}
	if opts != nil && opts.CheckConfig {
		fmt.Fprintf(&answer, "configuration file %s is valid (%s)\n", opts.ConfigFile, opts.ConfigDigest())
		opts = nil
	}
	_, err = io.WriteString(out, answer.String())
	return opts, err
}

// flagSet has all flags that nats-server's parser knows.
func flagSet() (*flag.FlagSet, error) {
	set := silentFlagSet()
	_, err := server.ConfigureOptions(set, nil, func() {}, func() {}, func() {})
	return set, err
}

func silentFlagSet() *flag.FlagSet {
	set := flag.NewFlagSet("nats-server", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	return set
}

func given(set *flag.FlagSet, names ...string) bool {
	found := false
	set.Visit(func(f *flag.Flag) {
		for _, name := range names {
			found = found || f.Name == name
		}
	})
	return found
}

// writeUsage lists the flags whose names begin with prefix, one line for all the
// names of a flag: they share their text.
func writeUsage(w *strings.Builder, set *flag.FlagSet, prefix string) {
	names := map[string][]string{}
	var texts []string
	kinds := map[string]string{}
	set.VisitAll(func(f *flag.Flag) {
		if !strings.HasPrefix(f.Name, prefix) {
			return
		}
		kind, text := flag.UnquoteUsage(f)
		if names[text] == nil {
			texts = append(texts, text)
		}
		if kind != "" {
			kinds[text] = " <" + kind + ">"
		}
		names[text] = append(names[text], f.Name)
	})
	fmt.Fprintln(w, "Options of nats-server:")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, text := range texts {
		fmt.Fprintf(table, "  %s%s\t%s\n", dashed(names[text]), kinds[text], text)
	}
	_ = table.Flush() // into memory
}

// dashed gives the names of a flag, the shortest first, each with as many dashes as
// people write.
func dashed(names []string) string {
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	for i, name := range names {
		dash := "--"
		if len(name) < 3 {
			dash = "-"
		}
		names[i] = dash + name
	}
	return strings.Join(names, ", ")
}

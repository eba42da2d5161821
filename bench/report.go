// This file owns the report: where it was measured, and all results as a table or as JSON.

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Report is what -json prints.
type Report struct {
	Date    time.Time `json:"date"`
	System  string    `json:"system"`
	CPUs    int       `json:"cpus"`
	Go      string    `json:"go"`
	NATS    string    `json:"nats_server"`
	Quick   bool      `json:"quick"`
	Seconds float64   `json:"seconds"`
	Results []Result  `json:"results"`
}

func (b *bench) report() Report {
	return Report{
		Date: b.began.UTC().Truncate(time.Second), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.GOMAXPROCS(0),
		Go: runtime.Version(), NATS: server.VERSION, Quick: b.quick, Seconds: time.Since(b.began).Seconds(), Results: b.results,
	}
}

func (r Report) writeJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// title is one line about the circumstances.
func (r Report) title() string {
	quick := ""
	if r.Quick {
		quick = ", a quick look"
	}
	return fmt.Sprintf("%s, %s on %d CPUs, %s, nats-server %s%s", r.Date.Format(time.DateOnly), r.System, r.CPUs, r.Go, r.NATS, quick)
}

func (r Report) writeTable(out io.Writer) {
	fmt.Fprintln(out, r.title())
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\tsync\tours\tlimit\tratio\tunit\tbeside\tgoal")
	group := ""
	for _, result := range r.Results {
		if result.Group != group {
			group = result.Group
			fmt.Fprintf(table, "%s\t\t\t\t\t\t\t\n", group)
		}
		limit, ratio := "", ""
		if result.Limit > 0 {
			limit, ratio = figure(result.Limit), figure(result.Ratio)
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", result.Name, result.Mode, figure(result.Value), limit, ratio,
			result.Unit, cmp.Or(result.Against, "-"), result.goals())
	}
	_ = table.Flush() // a terminal that is gone
}

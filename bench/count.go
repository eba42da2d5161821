// This file owns how many runs a gateway knows, as its metrics say.

package main

import (
	"context"
	"regexp"
	"strconv"

	"github.com/pyoco/pyoco"
)

// counts are numbers of runs.
type counts struct{ completed, unfinished, kept int }

var runsLine = regexp.MustCompile(`(?m)^pyoco_runs_total\{status="(\w+)"\} (\d+)`)

// countRuns reads the metrics, which name only the statuses that there are.
func countRuns(ctx context.Context, client *pyoco.Client) (counts, error) {
	text, err := client.Metrics(ctx)
	if err != nil {
		return counts{}, err
	}
	var c counts
	for _, line := range runsLine.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(line[2])
		if err != nil {
			return counts{}, err
		}
		c.kept += n
		switch status := pyoco.Status(line[1]); {
		case status == pyoco.StatusCompleted:
			c.completed += n
		case !status.Terminal():
			c.unfinished += n
		}
	}
	return c, nil
}

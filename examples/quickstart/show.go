// This file owns what the quickstart shows: the client's side, and a block that is redrawn on a terminal.

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/pyoco/pyoco"
)

func show(ctx context.Context, gateway, natsURL string, keep bool) error {
	client, err := pyoco.NewClient(gateway, pyoco.ClientConfig{})
	if err != nil {
		return err
	}
	defer client.Close()
	accepted, err := client.SubmitYAML(ctx, flowFile, "main", "hello")
	if err != nil {
		return err
	}
	fmt.Println("submitted", accepted.ID)
	var last *pyoco.Run
	screen := &display{redraw: term.IsTerminal(int(os.Stdout.Fd())), shown: map[string]pyoco.TaskState{}}
	for event, err := range client.Watch(ctx, accepted.ID) {
		if err != nil {
			return err
		}
		last = event.Snapshot
		screen.show(last)
	}
	if last == nil || last.Status != pyoco.StatusCompleted {
		return fmt.Errorf("the run did not complete: %s %s", last.Status, last.Error)
	}
	var result string
	if err := last.Output("report", &result); err != nil {
		return err
	}
	fmt.Printf("%s: %s\n\n", last.Status, result)
	fmt.Println("How it was done: examples/quickstart/main.go, and the flow in examples/quickstart/flow.yaml.")
	if !keep {
		fmt.Println("To look around, leave it running: go run ./examples/quickstart -keep")
		return nil
	}
	fmt.Printf("Still running, Ctrl-C ends it:\n  curl %s/runs/%s/tasks\n  curl %s/workers\n  NATS at %s\n", gateway, last.ID, gateway, natsURL)
	<-ctx.Done()
	return nil
}

// display draws the state of each task: a block that is drawn over on a terminal, a line for each change elsewhere.
type display struct {
	redraw bool
	lines  int
	shown  map[string]pyoco.TaskState
}

func (d *display) show(run *pyoco.Run) {
	names := make([]string, 0, len(run.Tasks))
	for name := range run.Tasks {
		names = append(names, name)
	}
	slices.Sort(names)
	if !d.redraw {
		for _, name := range names {
			if state := run.Tasks[name]; d.shown[name] != state {
				d.shown[name] = state
				fmt.Printf("  %-14s %s\n", name, state)
			}
		}
		return
	}
	if d.lines > 0 {
		fmt.Printf("\x1b[%dA", d.lines)
	}
	d.lines = len(names) + 1
	fmt.Printf("\x1b[2K  run            %s\n", run.Status)
	marks := map[pyoco.TaskState]string{pyoco.TaskSucceeded: "✔", pyoco.TaskRunning: "▶", pyoco.TaskFailed: "✘"}
	for _, name := range names {
		mark := marks[run.Tasks[name]]
		if mark == "" {
			mark = "·"
		}
		fmt.Printf("\x1b[2K  %s %-12s %s\n", mark, name, strings.ToLower(string(run.Tasks[name])))
	}
}

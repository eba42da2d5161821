// Worker is a worker with tasks of one's own: run it beside a gateway, and submit the flow.yaml beside this file with
//
//	pyoco-client submit-yaml --workflow-file examples/worker/flow.yaml --flow-name order --tag shop
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco"
)

// Item is what a task takes: its fields are filled from the task's inputs, else from the run's params.
type Item struct {
	Name  string  `json:"item"`
	Price float64 `json:"price"`
	Count int     `json:"count,omitempty"` // may be left out
}

func total(_ context.Context, item Item) (float64, error) {
	return item.Price * float64(max(1, item.Count)), nil
}

// receipt takes the result of the task total by its name.
func receipt(_ context.Context, in struct {
	Item  string  `json:"item"`
	Total float64 `json:"total"`
}) (string, error) {
	return fmt.Sprintf("%s: %.2f", in.Item, in.Total), nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	url := cmp.Or(os.Getenv("PYOCO_NATS_URL"), nats.DefaultURL)
	nc, err := nats.Connect(url, pyoco.ConnectOptions("shop", slog.Default())...)
	check(err)
	defer nc.Close()
	tasks := pyoco.NewTasks()
	check(tasks.Register("shop:total", pyoco.Func(total)))
	check(tasks.Register("shop:receipt", pyoco.Func(receipt)))
	worker, err := pyoco.NewWorker(nc, pyoco.WorkerConfig{ID: "shop-1", Tags: []string{"shop"}, Tasks: tasks, Log: slog.Default()})
	check(err)
	check(worker.Run(ctx)) // until Ctrl-C, then it finishes what it has begun
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Quickstart runs the whole system in one process: NATS, a gateway, a worker with Go tasks, and a client that submits the
// flow.yaml beside this file and watches it run.
//
//	go run ./examples/quickstart          # runs one flow and ends
//	go run ./examples/quickstart -keep    # leaves everything running, for curl and for more runs
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/natsd"
)

//go:embed flow.yaml
var flowFile []byte

func main() {
	keep := flag.Bool("keep", false, "leave everything running afterwards")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// tasks are the functions that flow.yaml names. A struct's json tags name the inputs: the task's inputs, the run's
// params, and the results of other tasks by their names.
func tasks() (*pyoco.Tasks, error) {
	set := pyoco.NewTasks()
	for name, fn := range map[string]any{
		"quickstart:fetch": func(ctx context.Context, in struct {
			Title string `json:"title"`
			Text  string `json:"text"`
		}) (string, error) {
			return in.Title + ". " + in.Text, work(ctx)
		},
		"quickstart:count_words": func(ctx context.Context, page string) (int, error) {
			return len(strings.Fields(page)), work(ctx)
		},
		"quickstart:find_longest": func(ctx context.Context, page string) (string, error) {
			longest := ""
			for _, word := range strings.Fields(page) {
				if len(word) > len(longest) {
					longest = word
				}
			}
			return longest, work(ctx)
		},
		"quickstart:report": func(_ context.Context, in struct {
			Words   int    `json:"count_words"`
			Longest string `json:"find_longest"`
		}) (string, error) {
			return fmt.Sprintf("%d words, the longest is %q", in.Words, in.Longest), nil
		},
	} {
		if err := set.Register(name, pyoco.Func(fn)); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// work stands for something that takes its time, and ends early when the run is cancelled.
func work(ctx context.Context) error {
	select {
	case <-time.After(400 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func run(ctx context.Context, keep bool) error {
	folder, err := os.MkdirTemp("", "pyoco-quickstart-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	server, err := natsd.Start(ctx, natsd.Config{StoreDir: folder, Port: natsd.AnyPort})
	if err != nil {
		return err
	}
	defer server.Shutdown()
	nc, err := nats.Connect(server.ClientURL(), pyoco.ConnectOptions("quickstart", nil)...)
	if err != nil {
		return err
	}
	defer nc.Close()

	set, err := tasks()
	if err != nil {
		return err
	}
	worker, err := pyoco.NewWorker(nc, pyoco.WorkerConfig{ID: "w1", Tags: []string{"hello"}, Tasks: set})
	if err != nil {
		return err
	}
	gateway, err := pyoco.NewGateway(nc, pyoco.GatewayConfig{})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	web := &http.Server{Handler: gateway, ReadHeaderTimeout: 5 * time.Second}
	parts, end := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = gateway.Run(parts) })
	running.Go(func() { _ = worker.Run(parts) })
	running.Go(func() { _ = web.Serve(listener) })
	defer func() { _ = web.Close(); end(); running.Wait() }()
	if err := gateway.Ready(ctx); err != nil {
		return err
	}
	return show(ctx, "http://"+listener.Addr().String(), server.ClientURL(), keep)
}

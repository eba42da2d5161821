// Quickstart is the whole system in one process: NATS, a gateway, a worker with Go tasks, and a client that submits the
// flow.yaml beside this file and shows it run. With -keep everything goes on afterwards, for curl and for more runs.
package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/natsd"
)

//go:embed flow.yaml
var flowFile []byte

// Tasks are Go functions; flow.yaml says where their inputs come from.
func split(ctx context.Context, text string) ([]string, error) {
	return strings.Fields(text), work(ctx)
}
func count(ctx context.Context, words []string) (int, error)   { return len(words), work(ctx) }
func last(ctx context.Context, words []string) (string, error) { return words[len(words)-1], work(ctx) }
func report(_ context.Context, in map[string]any) (string, error) {
	return fmt.Sprintf("%v words, the last is %q", in["count"], in["last"]), nil
}

// work stands for what takes time, and ends early when the run is cancelled.
func work(ctx context.Context) error {
	timer, stop := context.WithTimeout(ctx, 400*time.Millisecond)
	defer stop()
	<-timer.Done()
	return ctx.Err()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run() error {
	keep := flag.Bool("keep", false, "leave everything running afterwards")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folder, err0 := os.MkdirTemp("", "pyoco-quickstart-")
	defer os.RemoveAll(folder)
	server, err := natsd.Start(ctx, natsd.Config{StoreDir: folder, Port: natsd.AnyPort})
	if err != nil {
		return errors.Join(err0, err)
	}
	defer server.Shutdown()
	nc, err := nats.Connect(server.ClientURL(), pyoco.ConnectOptions("quickstart", nil)...)
	tasks := pyoco.NewTasks()
	for name, fn := range map[string]any{"split": split, "count": count, "last": last, "report": report} {
		err = errors.Join(err, tasks.Register("quickstart:"+name, pyoco.Func(fn)))
	}
	worker, err1 := pyoco.NewWorker(nc, pyoco.WorkerConfig{ID: "w1", Tags: []string{"hello"}, Tasks: tasks})
	gateway, err2 := pyoco.NewGateway(nc, pyoco.GatewayConfig{})
	listener, err3 := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err = errors.Join(err, err1, err2, err3); err != nil {
		return err
	}
	defer nc.Close()
	var parts errgroup.Group
	parts.Go(func() error { return gateway.Run(ctx) })
	parts.Go(func() error { return worker.Run(ctx) })
	parts.Go(func() error { return gateway.Serve(ctx, listener) })
	defer func() { stop(); parts.Wait() }()
	return submit(ctx, "http://"+listener.Addr().String(), *keep)
}

func submit(ctx context.Context, url string, keep bool) error {
	client, err := pyoco.NewClient(url, pyoco.ClientConfig{})
	if err != nil {
		return err
	}
	submitted, err := client.SubmitYAML(ctx, flowFile, "main", "hello")
	if err != nil {
		return err
	}
	for event, err := range client.Watch(ctx, submitted.ID) {
		if err != nil {
			return err
		}
		run := event.Snapshot
		for _, task := range []string{"split", "count", "last", "report"} {
			fmt.Printf("  %-7s %-10s\n", task, cmp.Or(run.Tasks[task], pyoco.TaskPending))
		}
		switch {
		case run.Status == pyoco.StatusCompleted:
			fmt.Printf("%s: %s\nLook next at examples/quickstart/main.go\n", run.Status, run.TaskRecords["report"].Output)
		case run.Status.Terminal():
			return fmt.Errorf("the run ended %s: %s", run.Status, run.Error)
		case term.IsTerminal(int(os.Stdout.Fd())):
			fmt.Print("\x1b[4A") // the next picture is drawn over this one
		}
	}
	if keep {
		fmt.Printf("Ctrl-C ends it. Until then: %s/ in a browser, curl %s/runs and curl %s/workers\n", url, url, url)
		<-ctx.Done()
	}
	return nil
}

// This file owns the examples of the package page. Each runs as a test.

package pyoco_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/natsd"
)

// The whole system in one process: a NATS server, a gateway, a worker, and a client that submits a run and waits for it.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	folder, err := os.MkdirTemp("", "pyoco-example-")
	check(err)
	defer os.RemoveAll(folder)
	server, err := natsd.Start(ctx, natsd.Config{StoreDir: folder, Port: natsd.AnyPort})
	check(err)
	defer server.Shutdown()
	nc, err := nats.Connect(server.ClientURL(), pyoco.ConnectOptions("example", nil)...)
	check(err)
	defer nc.Close()

	gateway, err := pyoco.NewGateway(nc, pyoco.GatewayConfig{})
	check(err)
	worker, err := pyoco.NewWorker(nc, pyoco.WorkerConfig{Flows: pyoco.FlowMap(greeting())})
	check(err)
	var parts sync.WaitGroup
	parts.Go(func() { _ = gateway.Run(ctx) })
	parts.Go(func() { _ = worker.Run(ctx) })
	defer parts.Wait()
	defer stop()
	check(gateway.Ready(ctx))
	web := httptest.NewServer(gateway) // or http.ListenAndServe
	defer web.Close()

	client, err := pyoco.NewClient(web.URL, pyoco.ClientConfig{})
	check(err)
	defer client.Close()
	accepted, err := client.Submit(ctx, pyoco.Submission{Flow: "greeting", Params: map[string]string{"name": "Ada"}})
	check(err)
	run, err := client.Wait(ctx, accepted.ID)
	check(err)
	var text string
	check(run.Output("shout", &text))
	fmt.Println(run.Status, text)
	// Output: COMPLETED HELLO ADA!
}

// greeting is a flow of two tasks: what greet returns is the input of shout that has its name.
func greeting() *pyoco.Flow {
	b := pyoco.NewFlow("greeting")
	greet := b.Task("greet", pyoco.Func(func(_ context.Context, in struct {
		Name string `json:"name"`
	}) (string, error) {
		return "Hello " + in.Name, nil
	}))
	shout := b.Task("shout", pyoco.Func(func(_ context.Context, in struct {
		Text string `json:"greet"`
	}) (string, error) {
		return strings.ToUpper(in.Text) + "!", nil
	}))
	b.Then(greet, shout)
	flow, err := b.Build()
	check(err)
	return flow
}

// A flow in Go: fetch first, then two tasks side by side, then report, which waits for both.
func ExampleNewFlow() {
	task := pyoco.Func(func(context.Context) error { return nil })
	b := pyoco.NewFlow("pages")
	fetch, parse, index, report := b.Task("fetch", task), b.Task("parse", task), b.Task("index", task), b.Task("report", task)
	b.Then(fetch, b.All(parse, index), report)
	b.Defaults(map[string]any{"url": "https://example.com"})
	flow, err := b.Build()
	fmt.Println(flow.Tasks(), err)
	// Output: [fetch parse index report] <nil>
}

// A loop and a switch in Go, run in this process with no NATS, as in a test.
func ExampleFlow_Run() {
	ctx := context.Background()
	fetchPhoto := func(context.Context) (string, error) { return "cat.png", nil }
	resizePhoto := func(_ context.Context, in struct {
		Image string `json:"image"`
		Size  int    `json:"size"`
	}) (string, error) {
		return fmt.Sprintf("%d-%s", in.Size, in.Image), nil
	}
	show := func(_ context.Context, in struct {
		Photos []string `json:"resize"` // the result of the task of this name
	}) (string, error) {
		return strings.Join(in.Photos, ", "), nil
	}

	b := pyoco.NewFlow("photos")
	fetch := b.Task("fetch", pyoco.Func(fetchPhoto), pyoco.TaskConfig{Retries: 3, Timeout: 30 * time.Second})
	resize := b.Task("resize", pyoco.Func(resizePhoto), pyoco.TaskConfig{
		Inputs: map[string]any{"image": "$node.fetch.output", "size": "$ctx.size"},
	})
	preview, publish := b.Task("preview", pyoco.Func(show)), b.Task("publish", pyoco.Func(show))
	b.Then(
		fetch,
		b.ForEach("$ctx.params.sizes", "size", resize, pyoco.LoopConfig{Collect: pyoco.CollectList}),
		b.Switch("$ctx.params.mode", pyoco.When("draft", preview), pyoco.Otherwise(publish)),
	)
	flow, err := b.Build()
	check(err)
	fmt.Println(flow.Graph())

	run, err := flow.Run(ctx, map[string]any{"mode": "draft", "sizes": []int{64, 640}})
	check(err)
	fmt.Println(run.Status, run.Tasks["preview"], run.Tasks["publish"])
	var photos string
	check(run.Output("preview", &photos))
	fmt.Println(photos)
	// Output:
	// fetch >> foreach(over={{$ctx.params.sizes}}, item=size, collect=list){ resize } >> switch("$ctx.params.mode")["draft" >> preview, "*" >> publish]
	// COMPLETED SUCCEEDED SKIPPED
	// 64-cat.png, 640-cat.png
}

// Until a task says that it is done, at most 5 times: the flow's text says the same.
func ExampleFlowBuilder_Until() {
	rounds := 0
	b := pyoco.NewFlow("wait")
	poll := b.Task("poll", pyoco.Func(func(context.Context) (bool, error) {
		rounds++
		return rounds == 3, nil
	}))
	b.Until("$ctx.results.poll", poll, pyoco.LoopConfig{MaxRounds: 5})
	flow, err := b.Build()
	check(err)
	run, err := flow.Run(context.Background(), nil)
	check(err)
	fmt.Println(flow.Graph())
	fmt.Println(run.Status, rounds)
	// Output:
	// poll % ("$ctx.results.poll", 5)
	// COMPLETED 3
}

// A flow file names its tasks; the worker has the functions.
func ExampleParseFlow() {
	flow, err := pyoco.ParseFlow([]byte(`
version: 1
flow:
  graph: |
    fetch >> (parse & index) >> report
  defaults: {url: "https://example.com"}
tasks:
  fetch: {callable: "pages:fetch", inputs: {url: $ctx.params.url}, retries: 3}
  parse: {callable: "pages:parse", inputs: {page: $node.fetch.output.body}}
  index: {}
  report: {timeout_sec: 30}
  unused: {}
`))
	check(err)
	fmt.Println(flow.Tasks())
	fmt.Println(string(flow.Defaults()))
	fmt.Println(flow.Warnings()[0])
	// Output:
	// [fetch parse index report]
	// {"url":"https://example.com"}
	// tasks.unused: stands nowhere in the graph and does not run
}

// A mistake in the graph comes with its line, its column and what was probably meant.
func ExampleParseFlow_mistake() {
	_, err := pyoco.ParseFlow([]byte("flow: {graph: fetch >> prase}\ntasks: {fetch: {}, parse: {}}"))
	var invalid *pyoco.InvalidError
	if errors.As(err, &invalid) {
		fmt.Println(invalid.Field)
		fmt.Println(invalid.Reason)
	}
	// Output:
	// flow.graph
	// line 1, column 10: unknown task "prase"; did you mean "parse"? If not: a registered task is declared under tasks as `prase: {}`
	// fetch >> prase
	//          ^
}

// A task's function takes its inputs as a struct with json tags.
func ExampleFunc() {
	type order struct {
		ID     string  `json:"order_id"`
		Amount int64   `json:"amount"`
		Note   *string `json:"note"` // a pointer may stay unbound
	}
	tasks := pyoco.NewTasks()
	err := tasks.Register("shop:charge", pyoco.Func(func(_ context.Context, in order) (string, error) {
		if in.Amount <= 0 {
			return "", pyoco.Permanent(errors.New("nothing to charge")) // another try would not mend it
		}
		return "receipt of " + in.ID, nil
	}))
	fmt.Println(tasks.Names(), err)

	err = tasks.Register("shop:refund", pyoco.Func(func(order) string { return "" }))
	fmt.Println(err)
	// Output:
	// [shop:charge] <nil>
	// task "shop:refund": must be func(context.Context, In) (Out, error), with or without In and Out, got func(pyoco_test.order) string
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

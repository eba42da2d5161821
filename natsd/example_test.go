// This file owns the examples of the package page.

package natsd_test

import (
	"context"
	"fmt"
	"os"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pyoco/pyoco/natsd"
)

func ExampleNode() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "natsd-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)

	// With Cluster: &natsd.Cluster{Name: "pyoco", Seeds: []string{"nats-1:6222"}} it would be one of several.
	node := natsd.Node{Folder: folder, Port: natsd.AnyPort, MonitorPort: natsd.AnyPort}
	cfg, err := node.Config() // writes nats-server.conf
	if err != nil {
		fmt.Println(err)
		return
	}
	server, err := natsd.Start(ctx, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Shutdown()
	<-server.Ready()

	nc, err := nats.Connect(server.ClientURL())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		fmt.Println(err)
		return
	}
	kv, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "runs"})
	fmt.Println(kv.Bucket(), err)
	// Output: runs <nil>
}

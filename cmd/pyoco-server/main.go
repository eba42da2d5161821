// Command pyoco-server takes flows over HTTP and queues them on NATS.
package main

import (
	"os"
	"syscall"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/server"
	"github.com/pyoco/pyoco/internal/heap"
)

func main() {
	heap.KeepRoom()
	os.Exit(cli.Run(server.Main, os.Interrupt, syscall.SIGTERM))
}

// Command nats-bootstrap runs NATS with JetStream, for pyoco, in one process.
package main

import (
	"os"
	"syscall"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/bootstrap"
	"github.com/pyoco/pyoco/internal/heap"
)

func main() {
	heap.KeepRoom()
	os.Exit(cli.Run(bootstrap.Main, os.Interrupt, syscall.SIGTERM))
}

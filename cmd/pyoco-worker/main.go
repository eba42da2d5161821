// Command pyoco-worker pulls the runs of some tags and executes them.
package main

import (
	"os"
	"syscall"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/worker"
	"github.com/pyoco/pyoco/internal/heap"
)

func main() {
	heap.KeepRoom()
	os.Exit(cli.Run(worker.Main, os.Interrupt, syscall.SIGTERM))
}

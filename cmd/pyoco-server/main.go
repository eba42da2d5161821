// Command pyoco-server takes flows over HTTP and queues them on NATS.
package main

import (
	"os"
	"syscall"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/server"
)

func main() { os.Exit(cli.Run(server.Main, os.Interrupt, syscall.SIGTERM)) }

// Command pyoco-server-admin makes and revokes the API keys of pyoco gateways.
package main

import (
	"os"
	"syscall"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/admin"
)

func main() { os.Exit(cli.Run(admin.Main, os.Interrupt, syscall.SIGTERM)) }

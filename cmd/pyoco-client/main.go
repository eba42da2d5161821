// Command pyoco-client submits flows to a pyoco gateway and follows their runs.
package main

import (
	"os"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/client"
)

func main() { os.Exit(cli.Run(client.Main, os.Interrupt)) }

// Command pyoco-client submits flows to a pyoco gateway and follows their runs.
package main

import (
	"context"
	"os"
	"os/signal"

	"github.com/pyoco/pyoco/internal/cli/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(client.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

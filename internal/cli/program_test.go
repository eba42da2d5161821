//go:build unix

// This file owns the tests of signals, which only Unix lets a process send.

package cli_test

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/cli"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("os/signal.loop")) // the runtime's own, there once for all
}

func TestTheFirstSignalEndsTheContextAndIsItsCause(t *testing.T) {
	for _, test := range []struct {
		send syscall.Signal
		code int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 0}} {
		code := cli.Run(func(ctx context.Context, p cli.Process) int {
			require.NoError(t, ctx.Err())
			require.NotNil(t, p.Lookup)
			require.NoError(t, syscall.Kill(os.Getpid(), test.send))
			<-ctx.Done()
			require.EqualError(t, context.Cause(ctx), test.send.String())
			require.Equal(t, test.code, cli.ExitCode(ctx))
			require.True(t, cli.Ended(ctx, fmt.Errorf("x: %w", ctx.Err())))
			require.False(t, cli.Ended(ctx, os.ErrExist))
			return 7
		}, os.Interrupt, syscall.SIGTERM)
		require.Equal(t, 7, code)
	}
}

func TestAProgramThatReturnsIsNotInterrupted(t *testing.T) {
	var given context.Context
	require.Zero(t, cli.Run(func(ctx context.Context, _ cli.Process) int {
		given = ctx
		return 0
	}, os.Interrupt))
	require.Zero(t, cli.ExitCode(given))
	require.Error(t, given.Err(), "nothing outlives the program")
}

// This file owns the tests of what Config refuses, fills in and passes on, and
// of the log's way out.

package natsd_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/natsd"
)

func TestUnusableConfigIsRefusedByTheNameOfItsField(t *testing.T) {
	t.Parallel()
	for field, cfg := range map[string]natsd.Config{
		"StoreDir":     {},
		"Port":         {StoreDir: "x", Port: 65536},
		"MonitorPort":  {StoreDir: "x", MonitorPort: -2},
		"SyncInterval": {StoreDir: "x", SyncInterval: -time.Second},
		"StartTimeout": {StoreDir: "x", StartTimeout: -time.Second},
		"MaxPayload":   {StoreDir: "x", MaxPayload: -1},
		"MaxStore":     {StoreDir: "x", MaxStore: -1},
	} {
		_, err := natsd.Start(t.Context(), cfg)
		require.ErrorContains(t, err, "Config."+field)
	}
}

func TestAStartThatTakesTooLongLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	cfg := natsd.Config{StoreDir: t.TempDir(), Port: natsd.AnyPort, StartTimeout: 1}
	_, err := natsd.Start(t.Context(), cfg)
	require.ErrorIs(t, err, natsd.ErrStartTimeout)
	require.ErrorContains(t, err, "within 1ns")
	cfg.StartTimeout = 0
	start(t, cfg)
}

func TestOptionsThatNATSRefusesGiveItsReason(t *testing.T) {
	t.Parallel()
	_, err := natsd.Start(t.Context(), natsd.Config{StoreDir: t.TempDir(), Port: natsd.AnyPort, MaxPayload: 1 << 30})
	require.ErrorContains(t, err, "max_payload")
}

func TestMaxPayloadIsTheServers(t *testing.T) {
	t.Parallel()
	s := start(t, natsd.Config{StoreDir: t.TempDir(), Port: natsd.AnyPort, MaxPayload: 4096})
	nc, err := nats.Connect(s.ClientURL())
	require.NoError(t, err)
	defer nc.Close()
	assert.EqualValues(t, 4096, nc.MaxPayload())
}

func TestAFullStoreRefusesWritesUntilRoomIsMadeAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	cfg := natsd.Config{
		StoreDir: t.TempDir(), Port: natsd.AnyPort, MaxStore: 64 << 10, Logger: slog.New(slog.NewTextHandler(&out, nil)),
	}
	s := start(t, cfg)
	js := jetStream(t, s)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
	require.NoError(t, err)
	for err == nil {
		_, err = js.Publish(t.Context(), "s", make([]byte, 16<<10))
	}
	require.ErrorContains(t, err, "insufficient resources")
	require.NotContains(t, out.String(), "the store is full")
	s.Shutdown()

	js = jetStream(t, start(t, cfg))
	require.Contains(t, out.String(), "the store is full")
	_, err = js.Publish(t.Context(), "s", nil)
	require.ErrorContains(t, err, "insufficient resources")
	stream, err := js.Stream(t.Context(), "S")
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	_, err = js.Publish(t.Context(), "s", nil)
	require.NoError(t, err)
}

// jetStream is that of a connection which ends with the test.
func jetStream(t *testing.T, s *natsd.Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(s.ClientURL())
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}

func TestLogGoesToTheCallersLoggerAtItsLevel(t *testing.T) {
	t.Parallel()
	for _, level := range []slog.Level{slog.LevelInfo, slog.LevelDebug} {
		var out lockedBuffer
		logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level}))
		s := start(t, natsd.Config{StoreDir: t.TempDir(), Port: natsd.AnyPort, Logger: logger})
		s.Shutdown()

		assert.Contains(t, out.String(), "level=INFO msg=\"Server is ready\"")
		assert.Equal(t, level == slog.LevelDebug, strings.Contains(out.String(), "level=DEBUG"))
	}
}

// lockedBuffer is a buffer for several writers.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// onLine is a log handler that acts when a line comes by.
type onLine struct {
	slog.Handler

	line string
	do   func()
}

func (h *onLine) Enabled(context.Context, slog.Level) bool { return true }

func (h *onLine) Handle(_ context.Context, r slog.Record) error {
	if r.Message == h.line {
		h.do()
	}
	return nil
}

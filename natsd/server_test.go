// This file owns the tests of a server's life: start, work, stop, and what
// refuses to start.

package natsd_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/natsd"
)

func start(t *testing.T, cfg natsd.Config) *natsd.Server {
	t.Helper()
	s, err := natsd.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(s.Shutdown)
	return s
}

func bucket(t *testing.T, s *natsd.Server) (*nats.Conn, jetstream.KeyValue) {
	t.Helper()
	nc, err := nats.Connect(s.ClientURL())
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	kv, err := js.CreateOrUpdateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "b"})
	require.NoError(t, err)
	return nc, kv
}

func TestStartedServerStoresThroughJetStream(t *testing.T) {
	t.Parallel()
	s := start(t, natsd.Config{StoreDir: t.TempDir(), Port: natsd.AnyPort})

	_, kv := bucket(t, s)
	_, err := kv.Create(t.Context(), "k", []byte("v"))
	require.NoError(t, err)

	entry, err := kv.Get(t.Context(), "k")
	require.NoError(t, err)
	assert.Equal(t, "v", string(entry.Value()))
}

func TestStartsLeaveOneEmptyMessageBehind(t *testing.T) {
	t.Parallel()
	cfg := natsd.Config{StoreDir: t.TempDir(), Port: natsd.AnyPort}
	start(t, cfg).Shutdown()
	s := start(t, cfg)

	nc, err := nats.Connect("", nats.InProcessServer(s))
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	info, err := js.AccountInfo(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, info.Streams)
	stream, err := js.Stream(t.Context(), "PYOCO_PROBE")
	require.NoError(t, err)
	state := stream.CachedInfo().State
	assert.EqualValues(t, 1, state.Msgs)
	assert.EqualValues(t, 2, state.LastSeq, "a write for each start")
}

func TestRestartKeepsData(t *testing.T) {
	t.Parallel()
	for name, sync := range map[string]time.Duration{"every write synced": 0, "interval": time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := natsd.Config{StoreDir: filepath.Join(t.TempDir(), "made", "here"), Port: natsd.AnyPort, SyncInterval: sync}
			s := start(t, cfg)
			_, kv := bucket(t, s)
			_, err := kv.Create(t.Context(), "k", []byte("v"))
			require.NoError(t, err)
			s.Shutdown()

			_, kv = bucket(t, start(t, cfg))
			entry, err := kv.Get(t.Context(), "k")
			require.NoError(t, err)
			assert.Equal(t, "v", string(entry.Value()))
		})
	}
}

func TestSecondServerOnAFolderIsRefusedUntilTheFirstEnds(t *testing.T) {
	t.Parallel()
	cfg := natsd.Config{StoreDir: t.TempDir(), Port: natsd.AnyPort}
	first := start(t, cfg)

	_, err := natsd.Start(t.Context(), cfg)
	require.ErrorIs(t, err, natsd.ErrStoreInUse)
	assert.ErrorContains(t, err, cfg.StoreDir)
	assert.ErrorContains(t, err, "process "+strconv.Itoa(os.Getpid()))

	first.Shutdown()
	start(t, cfg)
}

func TestTakenPortIsRefusedAndTheFolderIsFreeAgain(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	port := taken.Addr().(*net.TCPAddr).Port

	dir := t.TempDir()
	for _, cfg := range []natsd.Config{
		{StoreDir: dir, Port: port},
		{StoreDir: dir, Port: natsd.AnyPort, MonitorPort: port},
	} {
		began := time.Now()
		_, err = natsd.Start(t.Context(), cfg)
		var netErr *net.OpError
		require.ErrorAs(t, err, &netErr)
		assert.ErrorContains(t, err, "can't listen on 127.0.0.1:"+strconv.Itoa(port))
		assert.Less(t, time.Since(began), 5*time.Second, "a hang, not an answer")
	}
	start(t, natsd.Config{StoreDir: dir, Port: natsd.AnyPort})
}

func TestAddressThatNATSRefusesEndsTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// Port -1 is not checked beforehand, so that this error is nats-server's.
	_, err := natsd.Start(t.Context(), natsd.Config{StoreDir: dir, Host: "192.0.2.1", Port: natsd.AnyPort})
	require.ErrorContains(t, err, "nats-server did not start")
	start(t, natsd.Config{StoreDir: dir, Port: natsd.AnyPort})
}

func TestStoreThatIsNoFolderIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := natsd.Start(t.Context(), natsd.Config{StoreDir: file, Port: natsd.AnyPort})
	require.ErrorContains(t, err, "Config.StoreDir")
}

func TestContextThatEndsDuringStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, line := range []string{"", "Starting JetStream", "Server is ready"} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if line == "" {
			cancel()
		}
		logger := slog.New(&onLine{Handler: slog.DiscardHandler, line: line, do: cancel})
		_, err := natsd.Start(ctx, natsd.Config{StoreDir: dir, Port: natsd.AnyPort, Logger: logger})
		require.ErrorIs(t, err, context.Canceled, "cancelled at %q", line)
	}
	start(t, natsd.Config{StoreDir: dir, Port: natsd.AnyPort})
}

func TestShutdownMayBeCalledByManyAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, natsd.Config{StoreDir: t.TempDir(), Port: natsd.AnyPort})
	url := s.ClientURL()
	select {
	case <-s.Done():
		require.Fail(t, "done before the end")
	default:
	}

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s.Shutdown()
			<-s.Done()
		})
	}
	wg.Wait()
	assert.Equal(t, url, s.ClientURL())
	assert.Empty(t, s.MonitorURL())
	_, err := s.InProcessConn()
	assert.Error(t, err)
}

func TestMonitoringAnswersWhereItIsAskedFor(t *testing.T) {
	t.Parallel()
	s := start(t, natsd.Config{StoreDir: t.TempDir(), Port: natsd.AnyPort, MonitorPort: natsd.AnyPort})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(s.MonitorURL() + "/healthz")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, res.StatusCode, string(body))
}

func TestClientURLCanBeReachedWhateverTheHost(t *testing.T) {
	t.Parallel()
	s := start(t, natsd.Config{StoreDir: t.TempDir(), Host: "0.0.0.0", Port: natsd.AnyPort})
	assert.Contains(t, s.ClientURL(), "nats://localhost:")
	bucket(t, s)
}

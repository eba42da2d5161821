// This file owns the tests of the configurations: their defaults, and which field a refusal names.

package pyoco

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestARefusedConfigurationNamesItsField(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 256)
	for _, test := range []struct {
		err   error
		field string
		says  string
	}{
		{filled(Resources{RunsBucket: "a.b"}), "RunsBucket", `must match [A-Za-z0-9_-]+, got "a.b"`},
		{filled(Resources{WorkersBucket: "a b"}), "WorkersBucket", `must match [A-Za-z0-9_-]+, got "a b"`},
		{filled(Resources{WorkersBucket: long}), "WorkersBucket", "must be at most 252 bytes, got 256"},
		{filled(Resources{WorkSubjectPrefix: "a..b"}), "WorkSubjectPrefix", "must be words with dots between them"},
		{filled(Resources{WorkSubjectPrefix: "a.>"}), "WorkSubjectPrefix", "must be words with dots between them"},
		{filled(Resources{WorkSubjectPrefix: "$JS"}), "WorkSubjectPrefix", "must be words with dots between them"},
		{filled(Resources{DeadLetterSubjectPrefix: "a b"}), "DeadLetterSubjectPrefix", "must be words with dots between them"},
		{filled(Resources{DeadLetterSubjectPrefix: long}), "DeadLetterSubjectPrefix", "must be at most 255 bytes, got 256"},
		{filled(Resources{DeadLetterStream: "a.b"}), "DeadLetterStream", "must not hold spaces"},
		{filled(Resources{DeadLetterStream: "a\x00"}), "DeadLetterStream", "must not hold spaces"},
		{filled(Resources{DeadLetterStream: long}), "DeadLetterStream", "must be at most 255 bytes, got 256"},
		{filled(Resources{DeadLetterMaxAge: time.Millisecond}), "DeadLetterMaxAge", "must be at least 100ms, or negative for no limit, got 1ms"},
		{filled(Resources{Replicas: 6}), "Replicas", "must be 1 to 5, got 6"},
		{filled(WorkerConfig{PollTimeout: -1}), "PollTimeout", "must be above 0, got -1ns"},
		{filled(WorkerConfig{RunHeartbeat: -time.Second}), "RunHeartbeat", "must be above 0, got -1s"},
		{filled(WorkerConfig{WorkerHeartbeat: -1}), "WorkerHeartbeat", "must be above 0, got -1ns"},
		{filled(WorkerConfig{AckProgress: -1}), "AckProgress", "must be above 0, got -1ns"},
		{filled(WorkerConfig{CancelGrace: -1}), "CancelGrace", "must be above 0, got -1ns"},
		{filled(WorkerConfig{Lease: time.Millisecond}), "Lease", "must be 1s to 1h0m0s, got 1ms"},
		{filled(WorkerConfig{ID: "a b"}), "ID", "must match [A-Za-z0-9_-]+"},
		{filled(WorkerConfig{Tags: []string{"a", "a"}}), "Tags", `"a" stands twice`},
		{filled(WorkerConfig{Tags: []string{"a.b"}}), "Tags", `must match [A-Za-z0-9_-]+, got "a.b"`},
		{filled(WorkerConfig{Resources: Resources{MaxDeliver: -1}}), "MaxDeliver", "must be at least 1, got -1"},
		{filled(WorkerConfig{Wheels: WheelSyncConfig{Interval: time.Millisecond}}), "Wheels.Interval", "must be at least 100ms, got 1ms"},
		{filled(WorkerConfig{Wheels: WheelSyncConfig{InstallTimeout: -1}}), "Wheels.InstallTimeout", "must be above 0, got -1ns"},
		{filled(WorkerConfig{Python: PythonConfig{Modules: []string{"os", "a-b"}}}), "Python.Modules", `must be names like shop or shop.tasks, got "a-b"`},
		{filled(WorkerConfig{Python: PythonConfig{Processes: -1}}), "Python.Processes", "must be at least 1, got -1"},
		{filled(WorkerConfig{Python: PythonConfig{IdleTimeout: -1}}), "Python.IdleTimeout", "must be above 0, got -1ns"},
		{filled(WorkerConfig{Python: PythonConfig{KillGrace: time.Minute}}), "Python.KillGrace", "must be 0 to CancelGrace (30s), got 1m0s"},
		{filled(WorkerConfig{Python: PythonConfig{MaxMemoryBytes: 1}}), "Python.MaxMemoryBytes", "must be at least 67108864, or 0 for no bound, got 1"},
		{filled(GatewayConfig{DefaultTag: "a.b"}), "DefaultTag", `must match [A-Za-z0-9_-]+, got "a.b"`},
		{filled(GatewayConfig{WorkerDisconnectTimeout: -1}), "WorkerDisconnectTimeout", "must be above 0, got -1ns"},
		{filled(GatewayConfig{MaxWorkflowBytes: -1}), "MaxWorkflowBytes", "must be at least 1, got -1"},
		{filled(GatewayConfig{MaxBodyBytes: 1023}), "MaxBodyBytes", "must be 1024 to 67108864, got 1023"},
		{filled(GatewayConfig{MaxBodyBytes: 64<<20 + 1}), "MaxBodyBytes", "must be 1024 to 67108864, got 67108865"},
		{filled(GatewayConfig{MaxParamsBytes: 1}), "MaxParamsBytes", "must be 2 to 524288, got 1"},
		{filled(GatewayConfig{MaxParamsBytes: 512<<10 + 1}), "MaxParamsBytes", "must be 2 to 524288, got 524289"},
		{filled(GatewayConfig{MaxGraphNodes: -1}), "MaxGraphNodes", "must be 1 to 4096, got -1"},
		{filled(GatewayConfig{MaxGraphNodes: 4097}), "MaxGraphNodes", "must be 1 to 4096, got 4097"},
		{filled(GatewayConfig{MaxStreams: -1}), "MaxStreams", "must be at least 1, got -1"},
		{filled(GatewayConfig{MaxStreamsPerKey: -1}), "MaxStreamsPerKey", "must be at least 1, got -1"},
		{filled(GatewayConfig{RunLease: time.Millisecond}), "RunLease", "must be 1s to 1h0m0s, got 1ms"},
		{filled(GatewayConfig{RunRetention: -1}), "RunRetention", "must be at least 0 (keep for ever), got -1ns"},
		{filled(GatewayConfig{MaxRunsKept: -1}), "MaxRunsKept", "must be at least 0 (keep all), got -1"},
		{filled(GatewayConfig{Resources: Resources{AckWait: 1}}), "AckWait", "must be at least 100ms, got 1ns"},
	} {
		var bad *InvalidError
		require.ErrorAs(t, test.err, &bad)
		require.Equal(t, test.field, bad.Field)
		require.Contains(t, bad.Reason, test.says, test.field)
	}
}

// filled fills the gaps of one of the three, and gives the error of that.
func filled[C interface{ WithDefaults() (C, error) }](c C) error {
	_, err := c.WithDefaults()
	return err
}

func TestDefaultsStayWhatTheyAreWhenTheyAreFilledInAgain(t *testing.T) {
	t.Parallel()
	worker, err := WorkerConfig{DrainTimeout: -1, Resources: Resources{DeadLetterMaxAge: -1}}.WithDefaults()
	require.NoError(t, err)
	require.EqualValues(t, -1, worker.DrainTimeout, "none, and not the default")
	again, err := worker.WithDefaults()
	require.NoError(t, err)
	worker.Flows, again.Flows = nil, nil // functions are not compared
	require.Equal(t, worker, again)

	gateway, err := GatewayConfig{}.WithDefaults()
	require.NoError(t, err)
	sameGateway, err := gateway.WithDefaults()
	require.NoError(t, err)
	require.Equal(t, gateway, sameGateway)
}

func TestDeadLettersMayBeKeptWithoutLimit(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{DeadLetterMaxAge: -1, DeadLetterMaxMessages: -5, DeadLetterMaxBytes: -5})
	stream, err := rig.jet.JetStream().Stream(t.Context(), "PYOCO_DLQ")
	require.NoError(t, err)
	found := stream.CachedInfo().Config
	require.Zero(t, found.MaxAge)
	require.EqualValues(t, -1, found.MaxMsgs)
	require.EqualValues(t, -1, found.MaxBytes)
}

func TestAFlowMapLeavesOutWhatIsNoFlow(t *testing.T) {
	t.Parallel()
	known := rigFlow(t, "main", func(context.Context) error { return nil })
	resolve := FlowMap(nil, known)
	got, ok := resolve("main")
	require.True(t, ok)
	require.Same(t, known, got)
	_, ok = resolve("")
	require.False(t, ok)
}

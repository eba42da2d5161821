// This file owns the configuration of a gateway: its limits, their defaults, and what can't be used.

package pyoco

import (
	"log/slog"
	"time"

	"github.com/pyoco/pyoco/internal/graph"
)

// GatewayConfig says how a Gateway works. The zero value of every field works.
type GatewayConfig struct {
	// DefaultTag is the tag of a submission that names none. Default: default.
	DefaultTag string
	// MaxWorkflowBytes bounds a flow file. Default 262,144.
	MaxWorkflowBytes int
	// MaxGraphNodes bounds the graph of a flow file: its tasks (each mention), loops and switches, with its pipes put in.
	// Default 4,096, which is also the most, since workers take no more.
	MaxGraphNodes int
	// MaxBodyBytes bounds a JSON body. Default 1 MiB; 1 KiB to 64 MiB.
	MaxBodyBytes int
	// MaxParamsBytes bounds the params of a run as JSON, with the defaults of its flow file. Default 256 KiB; at most
	// 512 KiB, since they are a part of the job and of every snapshot. The job must also fit into what NATS takes.
	MaxParamsBytes int
	// MaxSnapshotBytes bounds a snapshot; over it, task records are dropped. Default 262,144.
	MaxSnapshotBytes int
	// MaxWheelBytes bounds one wheel. Default 512 MiB; Resources.WheelStoreMaxBytes bounds all of them.
	MaxWheelBytes int64
	// WheelCheck says what of an uploaded wheel is checked. Default: WheelCheckContent.
	WheelCheck WheelCheck
	// WorkerDisconnectTimeout is how long a worker's record may stay unchanged before it counts as DISCONNECTED.
	// Default 20 s.
	WorkerDisconnectTimeout time.Duration
	// SweepPeriod is the time between two looks at runs that nobody seems to bring to their end. A run that no worker holds
	// counts as lost when it has stayed as it is, without a job, for as long. Default 5 s, at least 10 ms.
	SweepPeriod time.Duration
	// RunLease is how long a run may stay unwritten whose worker names no lease, as Python ones do; then it counts as
	// abandoned. Default 30 s; 1 s to 1 h.
	RunLease time.Duration
	// RunRetention is how long a run is kept after its end. Default: for ever.
	RunRetention time.Duration
	// MaxRunsKept is how many runs are kept: over it, those that ended first are removed. Default: all.
	MaxRunsKept int
	// MaxStreams is how many event streams may be open at once, and MaxStreamsPerKey how many of one API key; those
	// without a key count together. Defaults: 10,000 and 2,000.
	MaxStreams       int
	MaxStreamsPerKey int
	// Auth says whether callers over HTTP need a key. Default: they need none.
	Auth AuthConfig
	// Dashboard says how the gateway shows itself to people.
	Dashboard DashboardConfig
	// Resources are the names and settings shared with the workers.
	Resources Resources
	// Log is the gateway's log. Default: none.
	Log *slog.Logger
	// HTTPLog gets a line for each request at debug level, and above it what went wrong with one. Default: Log.
	HTTPLog *slog.Logger
}

// WithDefaults is the configuration that a gateway of c works with: c with its gaps filled. The error is an *InvalidError
// that names the first field that can't be used.
func (c GatewayConfig) WithDefaults() (GatewayConfig, error) {
	c.DefaultTag = or(c.DefaultTag, "default")
	c.MaxWorkflowBytes = or(c.MaxWorkflowBytes, maxWorkflowBytes)
	c.MaxGraphNodes = or(c.MaxGraphNodes, graph.DefaultMaxNodes)
	c.MaxBodyBytes = or(c.MaxBodyBytes, 1<<20)
	c.MaxParamsBytes = or(c.MaxParamsBytes, maxParamsBytes)
	c.MaxSnapshotBytes = or(c.MaxSnapshotBytes, 256<<10)
	c.MaxWheelBytes = or(c.MaxWheelBytes, 512<<20)
	c.WheelCheck = or(c.WheelCheck, WheelCheckContent)
	c.WorkerDisconnectTimeout = or(c.WorkerDisconnectTimeout, 20*time.Second)
	c.SweepPeriod = or(c.SweepPeriod, 5*time.Second)
	c.RunLease = or(c.RunLease, 30*time.Second)
	c.MaxStreams = or(c.MaxStreams, 10_000)
	c.MaxStreamsPerKey = or(c.MaxStreamsPerKey, 2000)
	c.Log = logger(c.Log)
	c.HTTPLog = or(c.HTTPLog, c.Log)
	var err error
	if c.Resources, err = c.Resources.WithDefaults(); err != nil {
		return c, err
	}
	if c.Auth, err = c.Auth.withDefaults(); err != nil {
		return c, err
	}
	if c.Dashboard, err = c.Dashboard.withDefaults(); err != nil {
		return c, err
	}
	if err := checkTag("DefaultTag", c.DefaultTag); err != nil {
		return c, err
	}
	return c, c.check()
}

// check refuses a complete configuration that can't be used.
func (c GatewayConfig) check() error {
	switch {
	case c.MaxWorkflowBytes < 1:
		return invalid("MaxWorkflowBytes", "must be at least 1, got %d", c.MaxWorkflowBytes)
	case c.MaxGraphNodes < 1 || c.MaxGraphNodes > graph.DefaultMaxNodes:
		return invalid("MaxGraphNodes", "must be 1 to %d, got %d", graph.DefaultMaxNodes, c.MaxGraphNodes)
	case c.MaxBodyBytes < 1<<10 || c.MaxBodyBytes > 64<<20:
		return invalid("MaxBodyBytes", "must be 1024 to 67108864, got %d", c.MaxBodyBytes)
	case c.MaxParamsBytes < 2 || c.MaxParamsBytes > mostParamsBytes:
		return invalid("MaxParamsBytes", "must be 2 to %d, got %d", mostParamsBytes, c.MaxParamsBytes)
	case c.MaxSnapshotBytes < 4<<10 || c.MaxSnapshotBytes > 900<<10:
		return invalid("MaxSnapshotBytes", "must be 4096 to 921600, got %d", c.MaxSnapshotBytes)
	case c.MaxWheelBytes < 1:
		return invalid("MaxWheelBytes", "must be at least 1, got %d", c.MaxWheelBytes)
	case c.WheelCheck != WheelCheckContent && c.WheelCheck != WheelCheckName:
		return invalid("WheelCheck", "must be %s or %s, got %q", WheelCheckContent, WheelCheckName, clip(string(c.WheelCheck), maxShown))
	case c.MaxStreams < 1:
		return invalid("MaxStreams", "must be at least 1, got %d", c.MaxStreams)
	case c.MaxStreamsPerKey < 1:
		return invalid("MaxStreamsPerKey", "must be at least 1, got %d", c.MaxStreamsPerKey)
	case c.WorkerDisconnectTimeout < 0:
		return invalid("WorkerDisconnectTimeout", "must be above 0, got %s", c.WorkerDisconnectTimeout)
	case c.SweepPeriod < 10*time.Millisecond:
		return invalid("SweepPeriod", "must be at least 10ms, got %s", c.SweepPeriod)
	case c.RunLease < minLease || c.RunLease > maxLease:
		return invalid("RunLease", "must be %s to %s, got %s", minLease, maxLease, c.RunLease)
	case c.RunRetention < 0:
		return invalid("RunRetention", "must be at least 0 (keep for ever), got %s", c.RunRetention)
	case c.MaxRunsKept < 0:
		return invalid("MaxRunsKept", "must be at least 0 (keep all), got %d", c.MaxRunsKept)
	}
	return nil
}

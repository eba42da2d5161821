// This file owns the names and settings of everything in JetStream that Gateway and Worker share.

package pyoco

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pyoco/pyoco/internal/jet"
)

// Resources are the names and settings of what a Gateway and its Workers share in JetStream. The zero value is the
// default of each; all processes of one system must agree. What exists already keeps its settings.
type Resources struct {
	// RunsBucket is the KV bucket of the snapshots. Default pyoco_runs.
	RunsBucket string
	// WorkersBucket is the KV bucket of the worker records. Default pyoco_workers.
	WorkersBucket string
	// AuthBucket is the KV bucket of the API keys' records. Default pyoco_auth.
	AuthBucket string
	// FlowTextsBucket is the KV bucket of the texts of flow files, by their SHA-256. Default pyoco_flow_texts.
	FlowTextsBucket string
	// WorkSubjectPrefix is what stands before the tag in a job's subject. Default pyoco.work.
	WorkSubjectPrefix string
	// DeadLetterStream keeps what could not be run. Default PYOCO_DLQ.
	DeadLetterStream string
	// DeadLetterSubjectPrefix is what stands before the tag in a dead letter's subject. Default pyoco.dlq.
	DeadLetterSubjectPrefix string
	// DeadLetterMaxAge, DeadLetterMaxMessages and DeadLetterMaxBytes bound the dead letters. Defaults: 7 days (at least
	// 100 ms), 100,000 and 512 MiB; negative: no limit.
	DeadLetterMaxAge      time.Duration
	DeadLetterMaxMessages int64
	DeadLetterMaxBytes    int64
	// WheelsBucket is the object store of the wheels. Default pyoco_wheels.
	WheelsBucket string
	// WheelStoreMaxBytes bounds all wheels together. Default 512 MiB; negative: no limit.
	WheelStoreMaxBytes int64
	// WheelHistoryBucket is the KV bucket of the uploads and deletions of wheels. Default pyoco_wheel_history.
	WheelHistoryBucket string
	// WheelHistoryTTL is how long those are kept. Default 90 days (at least 100 ms); negative: for ever.
	WheelHistoryTTL time.Duration
	// AckWait is how long a delivered job may stay without a sign of life. Default 30 s.
	AckWait time.Duration
	// MaxDeliver is how often a job is delivered at most. Default 20.
	MaxDeliver int
	// MaxAckPending is how many jobs of one tag may be with workers at once. Default 200.
	MaxAckPending int
	// Replicas of what is made, 1 to 5. Default 1.
	Replicas int
}

// workStream is the stream of the jobs, and advisoryStream that of what the server says of jobs whose deliveries are
// spent; unlike the other names they are fixed.
const (
	workStream     = "PYOCO_WORK"
	advisoryStream = "PYOCO_ADVISORIES"
)

const advisorySubject = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES." + workStream + ".>"

// advisoryAge is how long an advisory is kept.
const advisoryAge = 7 * 24 * time.Hour

// maxConsumers leaves room for a consumer a tag; the server's own default is 1,000.
const maxConsumers = 100_000

// WithDefaults is r with its gaps filled. The error is an *InvalidError that names the first field that can't be used.
func (r Resources) WithDefaults() (Resources, error) {
	r.RunsBucket = or(r.RunsBucket, "pyoco_runs")
	r.WorkersBucket = or(r.WorkersBucket, "pyoco_workers")
	r.AuthBucket = or(r.AuthBucket, "pyoco_auth")
	r.FlowTextsBucket = or(r.FlowTextsBucket, "pyoco_flow_texts")
	r.WorkSubjectPrefix = or(r.WorkSubjectPrefix, "pyoco.work")
	r.DeadLetterStream = or(r.DeadLetterStream, "PYOCO_DLQ")
	r.DeadLetterSubjectPrefix = or(r.DeadLetterSubjectPrefix, "pyoco.dlq")
	r.DeadLetterMaxAge = or(r.DeadLetterMaxAge, 7*24*time.Hour)
	r.DeadLetterMaxMessages = or(r.DeadLetterMaxMessages, 100_000)
	r.DeadLetterMaxBytes = or(r.DeadLetterMaxBytes, 512<<20)
	r.WheelsBucket = or(r.WheelsBucket, "pyoco_wheels")
	r.WheelStoreMaxBytes = or(r.WheelStoreMaxBytes, 512<<20)
	r.WheelHistoryBucket = or(r.WheelHistoryBucket, "pyoco_wheel_history")
	r.WheelHistoryTTL = or(r.WheelHistoryTTL, 90*24*time.Hour)
	r.AckWait = or(r.AckWait, 30*time.Second)
	r.MaxDeliver = or(r.MaxDeliver, 20)
	r.MaxAckPending = or(r.MaxAckPending, 200)
	r.Replicas = or(r.Replicas, 1)
	switch {
	case r.AckWait < 100*time.Millisecond:
		return r, invalid("AckWait", "must be at least 100ms, got %s", r.AckWait)
	case r.MaxDeliver < 1:
		return r, invalid("MaxDeliver", "must be at least 1, got %d", r.MaxDeliver)
	case r.MaxAckPending < 1:
		return r, invalid("MaxAckPending", "must be at least 1, got %d", r.MaxAckPending)
	case r.Replicas < 1 || r.Replicas > 5:
		return r, invalid("Replicas", "must be 1 to 5, got %d", r.Replicas)
	case r.DeadLetterMaxAge > 0 && r.DeadLetterMaxAge < 100*time.Millisecond:
		return r, invalid("DeadLetterMaxAge", "must be at least 100ms, or negative for no limit, got %s", r.DeadLetterMaxAge)
	case r.WheelHistoryTTL > 0 && r.WheelHistoryTTL < 100*time.Millisecond:
		return r, invalid("WheelHistoryTTL", "must be at least 100ms, or negative for no limit, got %s", r.WheelHistoryTTL)
	}
	return r, cmp.Or(
		checkBucket("RunsBucket", r.RunsBucket), checkBucket("WorkersBucket", r.WorkersBucket),
		checkBucket("AuthBucket", r.AuthBucket), checkBucket("WheelsBucket", r.WheelsBucket),
		checkBucket("WheelHistoryBucket", r.WheelHistoryBucket),
		checkPrefix("WorkSubjectPrefix", r.WorkSubjectPrefix), checkStream("DeadLetterStream", r.DeadLetterStream),
		checkPrefix("DeadLetterSubjectPrefix", r.DeadLetterSubjectPrefix),
	)
}

func (r Resources) subject(tag string) string    { return r.WorkSubjectPrefix + "." + tag }
func (r Resources) deadLetter(tag string) string { return r.DeadLetterSubjectPrefix + "." + tag }
func consumerName(tag string) string             { return "pyoco_workers_" + tag }

// ensureWork makes the work stream where it is missing.
func (r Resources) ensureWork(ctx context.Context, j *jet.Jet) error {
	return j.EnsureStream(ctx, jetstream.StreamConfig{
		Name: workStream, Subjects: []string{r.WorkSubjectPrefix + ".>"}, Retention: jetstream.WorkQueuePolicy,
		Storage: jetstream.FileStorage, MaxConsumers: maxConsumers, Replicas: r.Replicas,
	}, func(found *jetstream.StreamConfig) bool {
		raise := found.MaxConsumers < maxConsumers // -1: the server's own limit
		found.MaxConsumers = maxConsumers
		return raise
	})
}

func (r Resources) ensureDeadLetters(ctx context.Context, j *jet.Jet) error {
	return j.EnsureStream(ctx, jetstream.StreamConfig{
		Name: r.DeadLetterStream, Subjects: []string{r.DeadLetterSubjectPrefix + ".>"}, Retention: jetstream.LimitsPolicy,
		Storage: jetstream.FileStorage, MaxAge: max(0, r.DeadLetterMaxAge), MaxMsgs: max(-1, r.DeadLetterMaxMessages),
		MaxBytes: max(-1, r.DeadLetterMaxBytes), Replicas: r.Replicas,
	}, nil)
}

func (r Resources) ensureAdvisories(ctx context.Context, j *jet.Jet) error {
	return j.EnsureStream(ctx, jetstream.StreamConfig{
		Name: advisoryStream, Subjects: []string{advisorySubject}, Retention: jetstream.LimitsPolicy,
		Storage: jetstream.FileStorage, MaxAge: advisoryAge, Replicas: r.Replicas,
	}, nil)
}

// ensureBucket makes a bucket where it is missing. The markers of removed runs and texts go by themselves where the
// bucket was made here; in one that somebody else made, the gateway removes them.
func (r Resources) ensureBucket(ctx context.Context, j *jet.Jet, name string) (*jet.Bucket, error) {
	cfg := jetstream.KeyValueConfig{Bucket: name, History: 1, Replicas: r.Replicas}
	switch name {
	case r.RunsBucket, r.FlowTextsBucket:
		cfg.LimitMarkerTTL = jet.MarkerTTL
	case r.WheelHistoryBucket:
		cfg.TTL = max(0, r.WheelHistoryTTL)
	}
	return j.EnsureBucket(ctx, cfg)
}

// ensureConsumer makes the durable consumer of a tag. Exactly these fields are set: a Python worker that starts clears or
// overwrites the rest, or crashes on it.
func (r Resources) ensureConsumer(ctx context.Context, j *jet.Jet, consumer string) error {
	tag := strings.TrimPrefix(consumer, consumerName(""))
	return j.EnsureConsumer(ctx, workStream, jetstream.ConsumerConfig{
		Durable: consumer, FilterSubject: r.subject(tag), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: r.AckWait, MaxDeliver: r.MaxDeliver, MaxAckPending: r.MaxAckPending,
	})
}

// ensureWheels makes the object store of the wheels where it is missing.
func (r Resources) ensureWheels(ctx context.Context, j *jet.Jet) error {
	_, err := j.EnsureObjects(ctx, jetstream.ObjectStoreConfig{
		Bucket: r.WheelsBucket, MaxBytes: max(-1, r.WheelStoreMaxBytes), Storage: jetstream.FileStorage, Replicas: r.Replicas,
	})
	return err
}

// ensure makes all that a run needs, and for a gateway what it alone keeps: keys and wheels. Beside it stand parts without
// which runs go on: the dead letters and the wheels, which reserve space that a small store may not have, and the
// advisories. missing says which of them can't be kept, and why.
func (r Resources) ensure(ctx context.Context, j *jet.Jet, gateway bool) (missing, err error) {
	buckets := []string{r.RunsBucket, r.WorkersBucket, r.FlowTextsBucket}
	if gateway {
		buckets = append(buckets, r.AuthBucket, r.WheelHistoryBucket)
	}
	for _, bucket := range buckets {
		if _, err = r.ensureBucket(ctx, j, bucket); err != nil {
			return nil, err
		}
	}
	if err = r.ensureWork(ctx, j); err != nil {
		return nil, err
	}
	type part struct {
		absent string
		ensure func(context.Context, *jet.Jet) error
	}
	parts := []part{
		{"dead letters cannot be kept", r.ensureDeadLetters},
		{"advisories cannot be kept, spent jobs are found later", r.ensureAdvisories},
	}
	if gateway {
		parts = append(parts, part{"wheels cannot be kept", r.ensureWheels})
	}
	var absent []error
	for _, part := range parts {
		err := part.ensure(ctx, j)
		if ctx.Err() != nil || err != nil && jet.Unanswered(err) && !jet.NoRoom(err) {
			return nil, err
		}
		if err != nil {
			absent = append(absent, fmt.Errorf("%s: %w", part.absent, err))
		}
	}
	return errors.Join(absent...), nil
}

// or is v, or fallback where v is the zero value.
func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

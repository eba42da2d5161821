// This file owns how many replicas the system's streams and buckets have: what exists keeps its number until somebody
// changes it.

package pyoco

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/jet"
)

// Replication is the number of replicas of a stream of the system. A bucket's stream is named KV_ and its name, an object
// store's OBJ_ and its name.
type Replication struct {
	Stream   string `json:"stream"`
	Replicas int    `json:"replicas"`
}

// Replication lists what exists of the system, by name: what r names, and what has a default name. The error is an
// *InvalidError or ErrUnavailable.
func (r Resources) Replication(ctx context.Context, nc *nats.Conn) ([]Replication, error) {
	r, err := r.WithDefaults()
	if err != nil {
		return nil, err
	}
	j, err := jet.New(nc)
	if err != nil {
		return nil, err
	}
	return r.replication(ctx, j)
}

func (r Resources) replication(ctx context.Context, j *jet.Jet) ([]Replication, error) {
	all, err := j.Replicas(ctx)
	if err != nil {
		return nil, unavailable("the streams can't be listed", err)
	}
	list := []Replication{}
	for stream, replicas := range all {
		if r.owns(stream) {
			list = append(list, Replication{stream, replicas})
		}
	}
	slices.SortFunc(list, func(a, b Replication) int { return strings.Compare(a.Stream, b.Stream) })
	return list, nil
}

// owns tells whether a stream is the system's.
func (r Resources) owns(stream string) bool {
	for _, prefix := range []string{"PYOCO_", "KV_pyoco_", "OBJ_pyoco_"} {
		if strings.HasPrefix(stream, prefix) {
			return true
		}
	}
	return stream == r.DeadLetterStream || stream == "OBJ_"+r.WheelsBucket ||
		slices.Contains([]string{r.RunsBucket, r.WorkersBucket, r.FlowTextsBucket, r.WheelHistoryBucket}, strings.TrimPrefix(stream, "KV_"))
}

// SetReplicas gives everything that Replication lists this number of replicas, 1 to 5, and returns the list as it is then.
// It needs a NATS cluster of at least as many servers, and returns when the changes are accepted: the servers copy what is
// there afterwards. The error is an *InvalidError, ErrUnavailable, or the server's; what was changed until then stays
// changed, and it may be called again. New streams have Resources.Replicas, whatever is set here.
func (r Resources) SetReplicas(ctx context.Context, nc *nats.Conn, replicas int) ([]Replication, error) {
	r.Replicas = replicas
	r, err := r.WithDefaults()
	if err != nil {
		return nil, err
	}
	if replicas != r.Replicas {
		return nil, invalid("Replicas", "must be 1 to 5, got %d", replicas)
	}
	j, err := jet.New(nc)
	if err != nil {
		return nil, err
	}
	list, err := r.replication(ctx, j)
	if err != nil {
		return nil, err
	}
	for i, stream := range list {
		if stream.Replicas == replicas {
			continue
		}
		err := j.SetReplicas(ctx, stream.Stream, replicas)
		if jet.Unanswered(err) {
			err = unavailable("replicas may not be set", err)
		}
		if err != nil {
			return list, err
		}
		list[i].Replicas = replicas
	}
	return list, nil
}

// warnFewReplicas names what has fewer replicas than new streams get: it was made before, and is lost with one server.
func (r Resources) warnFewReplicas(ctx context.Context, j *jet.Jet, log *slog.Logger) {
	if r.Replicas < 2 {
		return
	}
	list, err := r.replication(ctx, j)
	if err != nil {
		return // it is no more than a hint, and the next call tells what is wrong
	}
	var few []string
	for _, stream := range list {
		if stream.Replicas < r.Replicas {
			few = append(few, stream.Stream)
		}
	}
	if len(few) > 0 {
		log.Warn("some streams were made with fewer replicas than are asked for now, and keep them until pyoco-server-admin replicas --set",
			"asked", r.Replicas, "streams", few)
	}
}

// This file owns how many replicas streams have.

package jet

import (
	"context"
	"fmt"
)

// Replicas gives the configured replicas of each stream of the account, those of buckets included.
func (j *Jet) Replicas(ctx context.Context) (map[string]int, error) {
	list := j.js.ListStreams(ctx)
	replicas := map[string]int{}
	for info := range list.Info() {
		replicas[info.Config.Name] = info.Config.Replicas
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	return replicas, nil
}

// SetReplicas changes the replicas of a stream. It returns when the change is accepted; new replicas are then filled.
func (j *Jet) SetReplicas(ctx context.Context, stream string, replicas int) error {
	s, err := j.js.Stream(ctx, stream)
	if err != nil {
		return fmt.Errorf("stream %s: %w", stream, err)
	}
	cfg := s.CachedInfo().Config
	cfg.Replicas = replicas
	if _, err := j.js.UpdateStream(ctx, cfg); err != nil {
		return fmt.Errorf("update stream %s: %w", stream, err)
	}
	return nil
}

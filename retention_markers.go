// This file owns the markers of removed runs in a bucket that doesn't let them go by themselves.

package pyoco

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pyoco/pyoco/internal/jet"
)

// maxMarkers is how many markers are removed in one go.
const maxMarkers = 1000

// markerKeeper knows the markers that stay, and when this process saw each. They stay for jet.MarkerTTL, for gateways that were
// cut off. It is safe for concurrent use.
type markerKeeper struct {
	bucket  *jet.Bucket
	actions *prometheus.CounterVec

	mu      sync.Mutex
	markers []keptMarker // the oldest first
}

type keptMarker struct {
	revision uint64
	since    time.Time
}

// marked notes a marker that the watch has brought.
func (k *markerKeeper) marked(revision uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.markers = append(k.markers, keptMarker{revision: revision, since: time.Now()})
}

// reset forgets what was noted: the bucket is read anew.
func (k *markerKeeper) reset() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.markers = nil
}

// next takes the oldest marker, if its time has come.
func (k *markerKeeper) next() (keptMarker, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.markers) == 0 || time.Since(k.markers[0].since) < jet.MarkerTTL {
		return keptMarker{}, false
	}
	first := k.markers[0]
	if k.markers = k.markers[1:]; len(k.markers) == 0 {
		k.markers = nil
	}
	return first, true
}

// sweep removes markers that have been there for long enough. One that can't be removed now is noted when the bucket is
// read again.
func (k *markerKeeper) sweep(ctx context.Context) error {
	for range maxMarkers {
		marker, ok := k.next()
		if !ok {
			return nil
		}
		removed, err := k.bucket.RemoveMarker(ctx, marker.revision)
		if err != nil {
			return err
		}
		if removed {
			k.actions.WithLabelValues(actionMarkerRemoved).Inc()
		}
	}
	return nil
}

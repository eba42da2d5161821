// This file owns the way back from a backup.

package admin

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/jsm.go"
	"github.com/nats-io/jsm.go/api"
	"github.com/nats-io/jsm.go/backup"
	"github.com/nats-io/nats.go"
)

// ErrStreamExists is returned by Restore where a stream of the backup is there
// already. Nothing was changed then.
var ErrStreamExists = errors.New("the stream exists")

// RestoreConfig says what is restored. Folder is required.
type RestoreConfig struct {
	Folder string

	// Progress and Stall are as in BackupConfig; bytes are those of the archive.
	Progress func(Progress)
	Stall    time.Duration
}

// Restored is what Restore has done.
type Restored struct {
	Streams []SavedStream `json:"streams"` // in the order in which they came back

	// Reduced are the streams that had more replicas than a server alone can hold,
	// and have one now.
	Reduced []string `json:"reduced,omitempty"`
}

// Restore brings the streams of a backup back, with their consumers, over a
// connection of their account. All archives are read through before the first one
// is sent. They come back in the reverse order: whoever works on a queue finds
// there what its messages speak of. An error names the stream at which it ended;
// the streams before it are there, and can be removed to begin anew.
func Restore(ctx context.Context, nc *nats.Conn, cfg RestoreConfig) (*Restored, error) {
	manifest, err := ReadManifest(cfg.Folder)
	if err != nil {
		return nil, err
	}
	archives := make([]*backup.InfoReport, len(manifest.Streams))
	for i, s := range manifest.Streams {
		if archives[i], err = backup.Info(filepath.Join(cfg.Folder, s.Name)); err != nil {
			return nil, fmt.Errorf("admin: the archive of stream %s is broken: %w", s.Name, err)
		}
		if archives[i].Messages != s.Messages || archives[i].Config.Name != s.Name {
			return nil, fmt.Errorf("admin: the archive of stream %s is another one: %d messages of stream %s", s.Name, archives[i].Messages, archives[i].Config.Name)
		}
	}
	manager, err := newManager(nc)
	if err != nil {
		return nil, err
	}
	if err := noneExists(manager, manifest); err != nil {
		return nil, err
	}
	done := &Restored{}
	for i, s := range slices.Backward(manifest.Streams) {
		if err := cfg.restore(ctx, manager, archives[i], done); err != nil {
			return done, fmt.Errorf("admin: stream %s can't be restored: %w", s.Name, err)
		}
		done.Streams = append(done.Streams, s)
	}
	return done, nil
}

// noneExists refuses to touch what is there.
func noneExists(manager *jsm.Manager, manifest *Manifest) error {
	there, err := manager.StreamNames(nil)
	if err != nil {
		return fmt.Errorf("admin: the streams can't be listed: %w", err)
	}
	var both []string
	for _, s := range manifest.Streams {
		if slices.Contains(there, s.Name) {
			both = append(both, s.Name)
		}
	}
	if len(both) > 0 {
		return fmt.Errorf("admin: %w: %s", ErrStreamExists, strings.Join(both, ", "))
	}
	return nil
}

func (cfg RestoreConfig) restore(ctx context.Context, manager *jsm.Manager, archive *backup.InfoReport, done *Restored) error {
	stream := archive.Config
	alone := manager.NatsConn().ConnectedClusterName() == ""
	if alone && stream.Replicas > 1 {
		stream.Replicas = 1
		done.Reduced = append(done.Reduced, stream.Name)
	}
	state, err := cfg.send(ctx, manager, stream)
	for tries := 0; tries < restoreTries && notYet(err, tries); tries++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		if tries == leftAfter {
			clearName(manager, stream.Name)
		}
		state, err = cfg.send(ctx, manager, stream)
	}
	if err != nil {
		return err
	}
	ages := stream.MaxAge > 0 || stream.AllowMsgTTL // messages may be too old by now
	if state.Msgs != archive.Messages && !ages {
		return fmt.Errorf("%d messages were sent and %d are there", archive.Messages, state.Msgs)
	}
	return nil
}

const (
	// restoreTries is for how many seconds a stream is sent anew that its servers were not ready to take.
	restoreTries = 30
	// leftAfter is after how many of them a server has given up what was sent before: 5 s without a message.
	leftAfter = 8
)

// clearName removes what a try that came to nothing may have left of a stream: the cluster may keep its name for good. That
// there was no such stream before was seen; one that holds messages is not touched. Whether it could be, the next try tells.
func clearName(manager *jsm.Manager, name string) {
	stream, err := manager.LoadStream(name)
	if err == nil {
		if state, err := stream.State(); err != nil || state.Msgs > 0 {
			return
		}
	}
	_ = manager.DeleteStream(name)
}

// notYet says that a server of a cluster has agreed to take a stream and does not listen yet, as far as the one knows that
// the connection is to; or that it still waits for what was sent before, and so has the stream's name (nats-server:
// JSStreamNameExistErr, JSStreamNameExistRestoreFailedErr).
func notYet(err error, tries int) bool {
	var refused api.ApiError
	inUse := errors.As(err, &refused) && slices.Contains([]uint16{10058, 10130}, refused.ErrCode)
	return errors.Is(err, nats.ErrNoResponders) || tries > 0 && inUse
}

// send sends a stream once.
func (cfg RestoreConfig) send(ctx context.Context, manager *jsm.Manager, stream api.StreamConfig) (*api.StreamState, error) {
	watched := watch(ctx, cfg.Stall)
	defer watched.end()
	_, state, err := manager.RestoreSnapshotFromDirectory(watched.ctx, stream.Name, filepath.Join(cfg.Folder, stream.Name), jsm.RestoreConfiguration(stream),
		jsm.RestoreNotify(func(p jsm.RestoreProgress) {
			watched.moved(p.BytesSent(), cfg.Progress, Progress{stream.Name, p.BytesSent(), uint64(p.ChunksToSend()) * uint64(p.ChunkSize())})
		}))
	if err != nil {
		return nil, watched.explain(err)
	}
	return state, nil
}

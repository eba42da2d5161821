// This file owns backups: streams saved to a folder, in an order that fits together.

package admin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/jsm.go"
	"github.com/nats-io/jsm.go/api"
	"github.com/nats-io/jsm.go/backup"
	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/natsd"
)

// ErrNoStream is returned by Backup where there is nothing to save: no stream, or
// none of the names that were given.
var ErrNoStream = errors.New("no such stream")

// BackupConfig says what is saved. Folder is required.
type BackupConfig struct {
	// Folder is made where it is missing, and must be empty.
	Folder string

	// Streams are the names of those to save. Empty: all of the account.
	Streams []string

	// First are the names of streams that are saved before the others, in this
	// order, where they are saved at all; streams that are queues come before
	// them. What is written while the backup runs may be missing in the streams
	// that were saved early: what refers to something else is to be saved before it.
	First []string

	// Progress is told of each piece that has arrived, by one goroutine at a time.
	// nil: nobody is.
	Progress func(Progress)

	// Stall is how long nothing may arrive. 0: a minute.
	Stall time.Duration
}

// Progress is how far a stream has come. Bytes are those of the stream, Total is 0
// where that is not known.
type Progress struct {
	Stream       string
	Bytes, Total uint64
}

// Backup saves streams, with their consumers and what these have delivered, over
// a connection of their account. Each message is checked at the server before,
// and each archive is read through after it was written. The result is complete,
// and on disk, when Backup returns without an error; an unfinished one can't be
// restored. It needs nats-server 2.15 or newer.
func Backup(ctx context.Context, nc *nats.Conn, cfg BackupConfig) (*Manifest, error) {
	if err := emptyFolder(cfg.Folder); err != nil {
		return nil, err
	}
	if v, _, ok := parseVersion(nc.ConnectedServerVersion()); ok && less(v, [3]int{2, 15, 0}) {
		return nil, fmt.Errorf("admin: a backup needs nats-server 2.15 or newer, this one is %s", nc.ConnectedServerVersion())
	}
	manager, err := newManager(nc)
	if err != nil {
		return nil, err
	}
	streams, err := cfg.choose(manager)
	if err != nil {
		return nil, err
	}
	manifest := &Manifest{TakenAt: time.Now().UTC(), ServerVersion: nc.ConnectedServerVersion(), Cluster: nc.ConnectedClusterName()}
	for _, s := range streams {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("admin: the backup was not finished: %w", err)
		}
		saved, err := cfg.save(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("admin: stream %s can't be saved: %w", s.Name(), err)
		}
		manifest.Streams = append(manifest.Streams, saved)
	}
	return manifest, manifest.write(cfg.Folder)
}

func newManager(nc *nats.Conn) (*jsm.Manager, error) {
	const patience = 10 * time.Second // a request; data has its own limits
	manager, err := jsm.New(nc, jsm.WithTimeout(patience))
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	return manager, nil
}

// emptyFolder makes the folder, or refuses one that holds anything.
func emptyFolder(folder string) error {
	if folder == "" {
		return errors.New("admin: BackupConfig.Folder is empty: name the folder that is to hold the backup")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("admin: %s is not empty: choose a new folder for each backup", folder)
	}
	return nil
}

// choose gives the streams to save, in order.
func (cfg BackupConfig) choose(manager *jsm.Manager) ([]*jsm.Stream, error) {
	streams, missing, offline, err := manager.Streams(nil)
	if err != nil {
		return nil, fmt.Errorf("admin: the streams can't be listed: %w", err)
	}
	if len(missing)+len(offline) > 0 {
		return nil, fmt.Errorf("admin: streams are not there, so that they can't be saved: %s", strings.Join(missing, ", "))
	}
	streams = slices.DeleteFunc(streams, func(s *jsm.Stream) bool {
		return s.Name() == natsd.ProbeStream || len(cfg.Streams) > 0 && !slices.Contains(cfg.Streams, s.Name())
	})
	for _, name := range cfg.Streams {
		if !slices.ContainsFunc(streams, func(s *jsm.Stream) bool { return s.Name() == name }) {
			return nil, fmt.Errorf("admin: %w: %s", ErrNoStream, name)
		}
	}
	if len(streams) == 0 {
		return nil, fmt.Errorf("admin: %w: there is none to save", ErrNoStream)
	}
	slices.SortStableFunc(streams, func(a, b *jsm.Stream) int { return cfg.rank(a) - cfg.rank(b) })
	return streams, nil
}

// rank is the place of a stream in the order.
func (cfg BackupConfig) rank(s *jsm.Stream) int {
	if s.Retention() != api.LimitsPolicy {
		return -1
	}
	if i := slices.Index(cfg.First, s.Name()); i >= 0 {
		return i
	}
	return len(cfg.First)
}

// save saves one stream and reads it back.
func (cfg BackupConfig) save(ctx context.Context, s *jsm.Stream) (SavedStream, error) {
	folder := filepath.Join(cfg.Folder, s.Name())
	watched := watch(ctx, cfg.Stall)
	defer watched.end()
	_, err := s.SnapshotToDirectory(watched.ctx, folder, jsm.SnapshotConsumers(), jsm.SnapshotHealthCheck(),
		jsm.SnapshotNotify(func(p jsm.SnapshotProgress) {
			watched.moved(p.BytesReceived(), cfg.Progress, Progress{s.Name(), p.UncompressedBytesReceived(), p.BytesExpected()})
		}))
	if err != nil {
		return SavedStream{}, watched.explain(err)
	}
	info, err := backup.Info(folder)
	if err != nil {
		return SavedStream{}, fmt.Errorf("what was written can't be read back: %w", err)
	}
	return SavedStream{
		Name: s.Name(), Messages: info.Messages, Bytes: info.Bytes, FirstSeq: info.FirstSeq, LastSeq: info.LastSeq, Consumers: len(info.Consumers),
	}, syncFolder(folder)
}

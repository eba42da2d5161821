// This file owns the tests of backups: what comes back is what was there, record by record.

package admin_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd/admin"
)

// fill makes the kinds of streams that runs use: a queue with jobs in all states, buckets with history and markers, objects.
func fill(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	ctx := t.Context()
	_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "WORK", Subjects: []string{"work.>"}, Retention: jetstream.WorkQueuePolicy})
	require.NoError(t, err)
	for i := range 10 {
		msg := nats.NewMsg("work.t" + strconv.Itoa(i%2))
		msg.Header.Set("Pyoco-Run-Revision", strconv.Itoa(i))
		msg.Data = []byte(`{"run_id":"r` + strconv.Itoa(i) + `"}`)
		_, err := js.PublishMsg(ctx, msg, jetstream.WithMsgID(strconv.Itoa(i)))
		require.NoError(t, err)
	}
	consumer, err := js.CreateConsumer(ctx, "WORK", jetstream.ConsumerConfig{Durable: "workers", FilterSubject: "work.t0", AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: 20})
	require.NoError(t, err)
	batch, err := consumer.Fetch(3)
	require.NoError(t, err)
	acknowledged := false
	for msg := range batch.Messages() { // one is done, two are being worked on
		if !acknowledged {
			require.NoError(t, msg.DoubleAck(ctx))
			acknowledged = true
		}
	}
	for _, bucket := range []string{"runs", "schedules"} {
		kv, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucket, History: 5})
		require.NoError(t, err)
		for i := range 20 {
			_, err := kv.Put(ctx, "k"+strconv.Itoa(i%4), []byte(fmt.Sprint(i)))
			require.NoError(t, err)
		}
		require.NoError(t, kv.Delete(ctx, "k1"))
		require.NoError(t, kv.Purge(ctx, "k2"))
	}
	objects, err := js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "wheels"})
	require.NoError(t, err)
	_, err = objects.PutBytes(ctx, "a.whl", make([]byte, 300_000))
	require.NoError(t, err)
}

var kept = []string{"WORK", "KV_runs", "KV_schedules", "OBJ_wheels"}

func snapshot(t *testing.T, js jetstream.JetStream) map[string][]natstest.Record {
	t.Helper()
	all := map[string][]natstest.Record{}
	for _, name := range kept {
		all[name] = natstest.Records(t, js, name)
		require.NotEmpty(t, all[name])
	}
	return all
}

// delivered is what a consumer knows.
func delivered(t *testing.T, js jetstream.JetStream) [4]uint64 {
	t.Helper()
	c, err := js.Consumer(t.Context(), "WORK", "workers")
	require.NoError(t, err)
	i := c.CachedInfo()
	return [4]uint64{i.Delivered.Stream, i.AckFloor.Stream, uint64(i.NumAckPending), i.NumPending}
}

func TestWhatIsRestoredIsWhatWasSavedRecordByRecord(t *testing.T) {
	t.Parallel()
	from := alone(t)
	js := jet(t, from.clients(t))
	fill(t, js)
	want, consumer := snapshot(t, js), delivered(t, js)
	require.Equal(t, [4]uint64{5, 2, 2, 2}, consumer, "delivered, acknowledged, with workers, waiting")

	folder := filepath.Join(t.TempDir(), "backup")
	var seen []string
	manifest, err := admin.Backup(t.Context(), from.clients(t), admin.BackupConfig{
		Folder: folder, First: []string{"KV_schedules", "KV_runs", "KV_nosuch"},
		Progress: func(p admin.Progress) { seen = append(seen, p.Stream) },
	})
	require.NoError(t, err)
	var order []string
	for _, s := range manifest.Streams {
		order = append(order, s.Name)
	}
	assert.Equal(t, []string{"WORK", "KV_schedules", "KV_runs", "OBJ_wheels"}, order, "the queue first")
	assert.Equal(t, 1, manifest.Streams[0].Consumers)
	assert.Contains(t, seen, "OBJ_wheels")
	read, err := admin.ReadManifest(folder)
	require.NoError(t, err)
	assert.Equal(t, manifest, read)

	to := alone(t)
	done, err := admin.Restore(t.Context(), to.clients(t), admin.RestoreConfig{Folder: folder})
	require.NoError(t, err)
	assert.Equal(t, "WORK", done.Streams[3].Name, "the queue last")
	assert.Empty(t, done.Reduced)
	restored := jet(t, to.clients(t))
	assert.Equal(t, want, snapshot(t, restored))
	assert.Equal(t, consumer, delivered(t, restored))
	for _, name := range kept {
		assert.Equal(t, config(t, js, name), config(t, restored, name))
	}

	_, err = admin.Restore(t.Context(), to.clients(t), admin.RestoreConfig{Folder: folder})
	require.ErrorIs(t, err, admin.ErrStreamExists)
	assert.Equal(t, want, snapshot(t, restored), "nothing was touched")
}

func config(t *testing.T, js jetstream.JetStream, name string) jetstream.StreamConfig {
	t.Helper()
	s, err := js.Stream(t.Context(), name)
	require.NoError(t, err)
	return s.CachedInfo().Config
}

func TestABackupThatIsNotWholeIsNotRestored(t *testing.T) {
	t.Parallel()
	from := alone(t)
	fill(t, jet(t, from.clients(t)))
	folder := t.TempDir()
	nc := from.clients(t)
	_, err := admin.Backup(t.Context(), nc, admin.BackupConfig{Folder: folder})
	require.NoError(t, err)
	to := alone(t)
	clients := to.clients(t)
	restore := func() error {
		_, err := admin.Restore(t.Context(), clients, admin.RestoreConfig{Folder: folder})
		return err
	}
	change := func(name string, with func([]byte) []byte) (undo func()) {
		file := filepath.Join(folder, name)
		before, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, with(append([]byte{}, before...)), 0o600))
		return func() { require.NoError(t, os.WriteFile(file, before, 0o600)) }
	}

	undo := change("KV_runs/stream.arc.s2", func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	require.ErrorContains(t, restore(), "the archive of stream KV_runs is broken")
	undo()
	undo = change("WORK/stream.arc.s2", func(b []byte) []byte { return b[:len(b)-20] })
	require.ErrorContains(t, restore(), "the archive of stream WORK is broken")
	undo()
	undo = change("manifest.json", func(b []byte) []byte { return []byte(`{"streams":[{"name":"../x"}]}`) })
	require.ErrorContains(t, restore(), `names a stream that can't be one: "../x"`)
	undo()
	require.NoError(t, os.Rename(filepath.Join(folder, "manifest.json"), filepath.Join(folder, "m")))
	require.ErrorContains(t, restore(), "holds no whole backup: there is no manifest.json in it")
	require.NoError(t, os.Rename(filepath.Join(folder, "m"), filepath.Join(folder, "manifest.json")))
	_, err = jet(t, clients).Stream(t.Context(), "WORK")
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound, "nothing of it is there")
	require.NoError(t, restore())
}

func TestABackupThatCannotBeMadeSaysWhy(t *testing.T) {
	t.Parallel()
	from := alone(t)
	nc := from.clients(t)
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "x"), nil, 0o600))
	for want, cfg := range map[string]admin.BackupConfig{
		"BackupConfig.Folder is empty":  {},
		full + " is not empty":          {Folder: full},
		"no such stream: NOPE":          {Folder: t.TempDir(), Streams: []string{"NOPE"}},
		"no such stream: there is none": {Folder: t.TempDir()},
	} {
		_, err := admin.Backup(t.Context(), nc, cfg)
		require.ErrorContains(t, err, want)
	}
	stream(t, jet(t, nc), "S", 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	folder := t.TempDir()
	_, err := admin.Backup(ctx, nc, admin.BackupConfig{Folder: folder})
	require.ErrorIs(t, err, context.Canceled)
	_, err = admin.ReadManifest(folder)
	require.Error(t, err)
}

// This file owns the tests of writers that meet: what may stand in a store is decided by all that stands there.

package jet_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

var errTaken = errors.New("taken")

// alone admits an object where there is no other.
func alone(there []jet.Object) error {
	if len(there) > 0 {
		return errTaken
	}
	return nil
}

// race has every store write objects of different names, of which one may stand there, and gives how many have won.
func race(t *testing.T, stores []*jet.Objects, each int) (won int) {
	t.Helper()
	failed := make(chan error, len(stores)*each)
	var writing sync.WaitGroup
	for s, objects := range stores {
		for i := range each {
			writing.Go(func() {
				upload := objects.Upload(t.Context())
				_, err := upload.Write([]byte("content"))
				if err == nil {
					_, err = upload.Commit(t.Context(), fmt.Sprintf("%d-%d", s, i), nil, alone)
				}
				if err != nil {
					upload.Abort()
				}
				failed <- err
			})
		}
	}
	writing.Wait()
	close(failed)
	for err := range failed {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, errTaken)
	}
	return won
}

// chunkSubjects counts the objects that the store holds chunks of.
func chunkSubjects(t *testing.T, nc *nats.Conn) int {
	t.Helper()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	stream, err := js.Stream(t.Context(), "OBJ_things")
	require.NoError(t, err)
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter("$O.things.C.>"))
	require.NoError(t, err)
	return len(info.State.Subjects)
}

func TestOfObjectsThatMustNotStandTogetherOneWins(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	nc := server.Connect(t)
	stores := []*jet.Objects{newObjects(t, nc, jetstream.ObjectStoreConfig{}), newObjects(t, server.Connect(t), jetstream.ObjectStoreConfig{})}
	for round := range 10 {
		require.Equal(t, 1, race(t, stores, 8), "round %d", round)
		list, err := stores[0].List(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, 1, chunkSubjects(t, nc), "the others leave nothing")
		_, err = stores[1].Delete(t.Context(), list[0].Name)
		require.NoError(t, err)
	}
}

func TestOfObjectsInAClusterOneWins(t *testing.T) {
	t.Parallel()
	cluster := natstest.StartCluster(t, 3)
	config := jetstream.ObjectStoreConfig{Replicas: 3}
	stores := []*jet.Objects{newObjects(t, cluster.Connect(t, 0), config), newObjects(t, cluster.Connect(t, 1), config), newObjects(t, cluster.Connect(t, 2), config)}
	for round := range 3 {
		require.Equal(t, 1, race(t, stores, 3), "round %d", round)
		list, err := stores[round].List(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 1)
		_, err = stores[(round+1)%3].Delete(t.Context(), list[0].Name)
		require.NoError(t, err)
	}
}

func TestAWriteWhoseAnswerIsLostIsMadeOnce(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	answers := natstest.LoseAnswers(`"stream":"OBJ_things"`)
	nc := server.Connect(t, answers.Option())
	objects := newObjects(t, nc, jetstream.ObjectStoreConfig{})
	upload := objects.Upload(t.Context())
	answers.Lose(1)
	_, err := upload.Write(content(128 << 10))
	require.NoError(t, err)
	require.True(t, answers.Lost())
	require.NoError(t, upload.End())
	answers.Lose(1)
	object, err := upload.Commit(t.Context(), "a", nil, alone)
	require.NoError(t, err)
	require.True(t, answers.Lost())
	require.EqualValues(t, 2, stored(t, nc), "one chunk, one piece of metadata")
	got, err := objects.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, object.Revision, got.Revision)
	answers.Lose(1)
	_, err = objects.Delete(t.Context(), "a")
	require.NoError(t, err)
	require.True(t, answers.Lost())
}

func TestAnUploadThatNATSLeavesCanBeAborted(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t)
	nc := server.Connect(t, nats.MaxReconnects(-1))
	objects := newObjects(t, nc, jetstream.ObjectStoreConfig{})
	upload := objects.Upload(t.Context())
	_, err := upload.Write(content(128 << 10))
	require.NoError(t, err)
	server.Restart(t)
	_, err = upload.Write(content(128 << 10))
	require.NoError(t, err, "a chunk waits until NATS is back")
	upload.Abort()
	require.Zero(t, stored(t, nc))
}

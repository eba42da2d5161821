// This file owns the tests of compare-and-set in a bucket that several servers hold.

package jet_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestWritersOfAReplicatedKeyWinOrSeeWhoDid(t *testing.T) {
	t.Parallel()
	cluster := natstest.StartCluster(t, 3)
	const writers, rounds = 6, 40
	config := jetstream.KeyValueConfig{Bucket: "things", History: 1, Replicas: 3}
	buckets := make([]*jet.Bucket, writers)
	for i := range buckets {
		j, err := jet.New(cluster.Connect(t, i%3))
		require.NoError(t, err)
		buckets[i], err = j.EnsureBucket(t.Context(), config)
		require.NoError(t, err)
	}
	first, err := buckets[0].Create(t.Context(), "k", []byte("0"))
	require.NoError(t, err)
	won := make([]int, writers)
	failed := make([]error, writers)
	var writing sync.WaitGroup
	for i, b := range buckets {
		writing.Go(func() {
			revision := first
			for range rounds {
				next, err := b.Update(t.Context(), "k", []byte("x"), revision)
				var conflict *jet.ConflictError
				switch {
				case err == nil:
					revision = next
					won[i]++
				case errors.As(err, &conflict):
					revision = conflict.Current.Revision
				default:
					failed[i] = err
					return
				}
			}
		})
	}
	writing.Wait()
	total := 0
	for i := range buckets {
		require.NoError(t, failed[i])
		total += won[i]
	}
	entry, err := buckets[0].Get(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, first+uint64(total), entry.Revision, "each success is one revision, and nothing else is")
}

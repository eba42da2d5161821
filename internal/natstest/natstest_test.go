// This file owns the tests of the test server itself.

package natstest_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
)

func TestServerComesBackOnItsPortWithItsData(t *testing.T) {
	t.Parallel()
	s := natstest.Start(t)
	url := s.URL()
	down, up := make(chan struct{}, 1), make(chan struct{}, 1)
	nc := s.Connect(t,
		nats.DisconnectErrHandler(func(*nats.Conn, error) { down <- struct{}{} }),
		nats.ReconnectHandler(func(*nats.Conn) { up <- struct{}{} }))
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "b"})
	require.NoError(t, err)
	_, err = kv.Create(t.Context(), "k", []byte("v"))
	require.NoError(t, err)

	s.Stop(t)
	s.Stop(t)
	<-down
	_, err = kv.Put(t.Context(), "k", []byte("lost"))
	require.Error(t, err)
	s.Start(t)
	s.Start(t)
	<-up

	assert.Equal(t, url, s.URL())
	entry, err := kv.Get(t.Context(), "k")
	require.NoError(t, err)
	assert.Equal(t, "v", string(entry.Value()))
}

func TestServersOfATestAreApart(t *testing.T) {
	t.Parallel()
	one, two := natstest.Start(t), natstest.Start(t, natstest.Durable(), natstest.MaxPayload(2048))
	assert.NotEqual(t, one.URL(), two.URL())
	assert.EqualValues(t, 2048, two.Connect(t).MaxPayload())

	_, err := one.JetStream(t).CreateStream(t.Context(), jetstream.StreamConfig{Name: "S"})
	require.NoError(t, err)
	_, err = two.JetStream(t).Stream(t.Context(), "S")
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound)

	two.Restart(t)
	one.Stop(t)
}

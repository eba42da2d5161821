// This file owns what is stored: streams as they are, to be compared record by record.

package natstest

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// Record is a message as it is stored.
type Record struct {
	Seq     uint64
	Subject string
	Header  nats.Header
	Data    string
	Time    time.Time
}

// Records are all messages of a stream, those behind a key's newest revision included.
func Records(t testing.TB, js jetstream.JetStream, stream string) []Record {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	require.NoError(t, err)
	var all []Record
	for seq := max(1, s.CachedInfo().State.FirstSeq); seq <= s.CachedInfo().State.LastSeq; seq++ {
		m, err := s.GetMsg(t.Context(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		require.NoError(t, err)
		all = append(all, Record{m.Sequence, m.Subject, m.Header, string(m.Data), m.Time})
	}
	return all
}

// AllRecords are those of every stream, by its name.
func AllRecords(t testing.TB, js jetstream.JetStream) map[string][]Record {
	t.Helper()
	names := js.StreamNames(t.Context())
	all := map[string][]Record{}
	for name := range names.Name() {
		all[name] = Records(t, js, name)
	}
	require.NoError(t, names.Err())
	return all
}

// This file owns the tests of what the table of workers makes of records that come in another order than they were written.

package pyoco

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
)

func workerEntry(revision uint64, hidden string) jet.Entry {
	return jet.Entry{Key: "w", Value: []byte(`{"worker_id":"w","state":"IDLE","hidden":` + hidden + `}`), Revision: revision}
}

func TestAnOwnWriteIsNotUndoneByAnOlderRecord(t *testing.T) {
	t.Parallel()
	table := newWorkerTable(time.Minute)
	table.Reset()
	table.Live(0)
	table.Entry(workerEntry(1, "false"))
	table.wrote(workerEntry(3, "true"))
	table.Entry(workerEntry(2, "false")) // a heartbeat that was on its way
	info, known := table.get("w")
	require.True(t, known)
	require.True(t, info.Hidden)

	table.Reset()
	table.Entry(workerEntry(3, "true"))
	table.wrote(workerEntry(4, "false"))
	info, _ = table.get("w")
	require.False(t, info.Hidden, "at once")
	table.Live(0)
	info, _ = table.get("w")
	require.False(t, info.Hidden, "and after the reading")
}

func TestAnOwnWriteDoesNotBringBackAWorkerThatWasRemovedSince(t *testing.T) {
	t.Parallel()
	table := newWorkerTable(time.Minute)
	table.Reset()
	table.Live(0)
	table.Entry(workerEntry(1, "false"))
	table.Entry(workerEntry(2, "true"))
	table.Entry(jet.Entry{Key: "w", Revision: 3, Deleted: true})
	table.wrote(workerEntry(2, "true"))
	_, known := table.get("w")
	require.False(t, known)
}

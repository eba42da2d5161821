// This file owns the test that what refers to something is saved before it, while both are written.

package admin_test

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd/admin"
)

func TestAJobIsNeverSavedWithoutItsRun(t *testing.T) {
	t.Parallel()
	from := alone(t)
	js := jet(t, from.clients(t))
	fill(t, js)
	runs, err := js.KeyValue(t.Context(), "runs")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	flowing := make(chan struct{})
	var submitting sync.WaitGroup
	submitting.Go(func() { // as a gateway does: the run, then its job
		for i := 100; ctx.Err() == nil; i++ {
			if i == 120 {
				close(flowing)
			}
			id := "r" + strconv.Itoa(i)
			if _, err := runs.Create(ctx, id, nil); err == nil {
				_, _ = js.Publish(ctx, "work.t1", []byte(`{"run_id":"`+id+`"}`))
			}
		}
	})
	<-flowing
	folder := t.TempDir()
	_, err = admin.Backup(t.Context(), from.clients(t), admin.BackupConfig{Folder: folder, Streams: []string{"KV_runs", "WORK"}})
	stop()
	submitting.Wait()
	require.NoError(t, err)

	to := alone(t)
	_, err = admin.Restore(t.Context(), to.clients(t), admin.RestoreConfig{Folder: folder})
	require.NoError(t, err)
	restored := jet(t, to.clients(t))
	there := map[string]bool{}
	for _, r := range natstest.Records(t, restored, "KV_runs") {
		there[r.Subject] = true
	}
	jobs := 0
	for _, r := range natstest.Records(t, restored, "WORK") {
		var job struct {
			RunID string `json:"run_id"`
		}
		require.NoError(t, json.Unmarshal([]byte(r.Data), &job))
		if r.Seq > 10 {
			jobs++
			assert.True(t, there["$KV.runs."+job.RunID], job.RunID)
		}
	}
	assert.Positive(t, jobs, "something was submitted meanwhile")
}

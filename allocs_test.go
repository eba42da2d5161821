// This file owns the budgets of what is done for each run or each change of one: how many pieces of memory it may take.

package pyoco

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
	"github.com/pyoco/pyoco/internal/runindex"
)

// These are counts, not times: they are the same on every machine. A budget is a little above what is needed today; who
// raises one says why.
func TestWhatIsDoneForEachRunAllocatesLittle(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates by itself")
	}
	id, record := benchRecord(0)
	run, err := decodeRun(record, 1)
	require.NoError(t, err)
	run.TaskRecords = map[string]*TaskRecord{
		"first":  {State: TaskSucceeded, StartedAt: 1.7e9, EndedAt: 1.7e9, Output: []byte(`{"x":1}`), Attempts: 1},
		"second": {State: TaskSucceeded, StartedAt: 1.7e9, EndedAt: 1.7e9, Output: []byte(`{"x":1}`), Attempts: 1},
	}
	message, err := encode(jobOf(run, ""))
	require.NoError(t, err)
	summary, err := summarise(id, record)
	require.NoError(t, err)
	page := RunPage{Items: slices.Repeat([]*Run{summary.run(1)}, 50)}
	flows, text := newFlowCache(graph.Limits{}), flowText("a >> b")
	index, shared, revision := runindex.New[*runSummary](indexFacets(false)...), &sharedTexts{}, uint64(0)

	for _, path := range []struct {
		name   string
		budget float64
		do     func() error
	}{
		{"summarise a snapshot", 7, func() error { _, err := summarise(id, record); return err }},
		{"decode a snapshot", 11, func() error { _, err := decodeRun(record, 1); return err }},
		{"encode a snapshot with two task records", 10, func() error { _, err := encode(run); return err }},
		{"encode a job", 6, func() error { _, err := encode(jobOf(run, "")); return err }},
		{"decode a job", 6, func() error { _, err := decodeJob(message); return err }},
		{"encode a page of 50 runs", 6, func() error { _, err := page.MarshalJSON(); return err }},
		{"read a flow file that was read before", 0, func() error { _, err := flows.parse(text); return err }},
		{"a change of a run in the index", 4, func() error {
			revision++
			index.Apply(shared.in(summary).entry(revision), nil)
			return nil
		}},
	} {
		var failed error
		needed := testing.AllocsPerRun(1000, func() {
			if err := path.do(); err != nil {
				failed = err
			}
		})
		require.NoError(t, failed, path.name)
		t.Logf("%s: %.0f of %.0f", path.name, needed, path.budget)
		if needed > path.budget {
			t.Errorf("%s: %.0f allocations, over the budget of %.0f", path.name, needed, path.budget)
		}
	}
}

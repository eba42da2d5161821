// This file owns the measurement of a list of very many runs, which is made where a flag asks for it.

package browsertest_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

var many = flag.Int("dashboard.runs", 0, "how many runs to go through in the browser; 0: not at all")

// Measured, not asserted at every change: go test ./internal/dashboard/browsertest -run ManyMoreRuns -dashboard.runs=1000000 -v
func TestManyMoreRunsAreGoneThroughWithoutJank(t *testing.T) {
	if *many == 0 {
		t.Skip("is measured with -dashboard.runs=1000000")
	}
	s := start(t, language("en"))
	js, err := jetstream.New(s.nats.Connect(t), jetstream.WithPublishAsyncMaxPending(4096))
	require.NoError(t, err)
	const first = 1_700_000_000
	for i := range *many {
		_, err := js.PublishAsync(fmt.Sprintf("$KV.pyoco_runs.r%07d", i), fmt.Appendf(nil,
			`{"run_id":"r%07d","flow_name":"f%d","tag":"shop","status":"COMPLETED","updated_at":%d}`, i, i%3, first+i))
		require.NoError(t, err)
	}
	<-js.PublishAsyncComplete()
	p := window(t, s.url).open("#/runs")
	p.until(fmt.Sprintf(`document.querySelector('.row')?.dataset.run === 'r%07d'`, *many-1))
	eval[bool](p, `(window.longest = 0, new PerformanceObserver(l => l.getEntries().forEach(e => { longest = Math.max(longest, e.duration); })).observe({type: 'longtask'}), true)`)
	const list = `document.querySelector('.rows')`
	for range 300 { // the end of what was read, again and again
		size := eval[int](p, list+`.scrollHeight`)
		eval[bool](p, `(`+list+`.scrollTop = `+list+`.scrollHeight, true)`)
		p.until(list + fmt.Sprintf(`.scrollHeight > %d`, size))
		require.Less(t, eval[int](p, `document.querySelectorAll('.row').length`), 60, "only what is in sight is there")
	}
	t.Logf("longest task of the page over 300 pages: %.0f ms", eval[float64](p, `longest`))
}

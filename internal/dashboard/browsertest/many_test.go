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
	top := func(run int) {
		p.until(fmt.Sprintf(`document.querySelector('.rows').scrollTop === 0 && document.querySelector('.row[aria-rowindex="2"]')?.dataset.run === 'r%07d'`, run))
	}
	top(*many - 1)
	eval[bool](p, `(window.longest = 0, new PerformanceObserver(l => l.getEntries().forEach(e => { longest = Math.max(longest, e.duration); })).observe({type: 'longtask'}), true)`)
	const down = `(window.lowest = window.most = 0, window.down = () => { // in each frame to the end of what was read
		const rows = [...document.querySelectorAll('.row[data-run]')];
		most = Math.max(most, rows.length);
		lowest = Math.max(...rows.map(r => Number(r.getAttribute('aria-rowindex')) - 1));
		document.querySelector('.rows').scrollTop = 1e9;
		if (lowest < %d) requestAnimationFrame(down);
	}, down(), true)`
	eval[bool](p, fmt.Sprintf(down, *many))
	for at := 0; at < *many; at = eval[int](p, `lowest`) {
		p.until(fmt.Sprintf(`lowest > %d`, at))
	}
	require.Less(t, eval[int](p, `most`), 60, "only what is in sight is there")
	p.until(`document.querySelector('[data-run=r0000000]')`)
	t.Logf("longest task of the page over %d runs: %.0f ms", *many, eval[float64](p, `longest`))
	// Back up: no row is left out where others come to stand in the document.
	const step = 20_000
	eval[bool](p, `(window.highest = () => Math.min(...[...document.querySelectorAll('.row')].map(r => Number(r.getAttribute('aria-rowindex')))), true)`)
	for at := eval[int](p, `highest()`); at > 2*step; at -= step {
		eval[bool](p, fmt.Sprintf(`(document.querySelector('.rows').scrollTop -= 36 * %d, true)`, step))
		p.until(fmt.Sprintf(`highest() === %d`, at-step))
	}
	eval[bool](p, `(document.querySelector('.rows').scrollTop = 0, true)`)
	top(*many - 1)
	p.open(fmt.Sprintf("#/runs?before=%d", first+*many/2))
	top(*many / 2)
}

// This file owns the tests of the list of runs.

package browsertest_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestTheListFollowsRunsWithoutAskingAgain(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.startWorker("w1", "shop")
	first := s.submit("orders", shopFlow, "shop")
	s.ended(first, pyoco.StatusCompleted)
	p := window(t, s.url).open("#/runs")
	p.until(`document.querySelector('[data-run="` + first + `"][data-status=COMPLETED]')`)
	p.until(`document.querySelector('.live-dot.open')`)
	listed := len(p.asked("/runs?"))
	failed := s.submit("payments", failingFlow, "shop")
	p.until(`document.querySelector('.row[data-status=FAILED]')?.dataset.run === ` + quoted(failed))
	held := s.submit("slow", slowFlow, "shop")
	p.until(`document.querySelector('[data-run="` + held + `"][data-status=RUNNING]')`)
	p.until(`document.querySelector('.tabs [data-status=RUNNING] b').textContent === '1'`)
	p.until(`document.querySelector('.tabs [data-status=COMPLETED] b').textContent === '1'`)
	p.shot("runs-en")
	s.letGo()
	p.until(`document.querySelector('[data-run="` + held + `"][data-status=COMPLETED]')`)
	require.Len(t, p.asked("/runs?"), listed, "what happened came by the stream")
}

func TestFiltersStandInTheAddressAndTheSearchFinds(t *testing.T) {
	t.Parallel()
	s := start(t, language("en"))
	s.startWorker("w1", "shop", "other")
	one := s.submit("orders", failingFlow, "shop")
	s.ended(one, pyoco.StatusFailed)
	two := s.submit("payments", shopFlow, "other")
	s.ended(two, pyoco.StatusCompleted)
	p := window(t, s.url).open("#/runs?status=FAILED")
	p.until(`document.querySelectorAll('.row').length === 1 && document.querySelector('.row').dataset.run === ` + quoted(one))
	p.click(`.tabs [data-status=COMPLETED]`)
	p.until(`location.hash === '#/runs?status=COMPLETED' && document.querySelector('.row')?.dataset.run === ` + quoted(two))
	for text, want := range map[string]string{
		two:                          "#/runs/" + two,
		"payments":                   "#/runs?flow=payments",
		"other":                      "#/runs?tag=other",
		"status:failed flow:orders ": "#/runs?status=FAILED&flow=orders",
	} {
		p.open("#/overview").until(`document.querySelector('main.page-overview')`)
		p.shortcut("/")
		p.until(`document.activeElement.id === 'search'`)
		p.press(text + kb.Enter)
		p.until(`location.hash === ` + quoted(want))
	}
	p.open("#/overview").until(`document.querySelector('main.page-overview')`)
	p.open("#/runs").until(`document.getElementById('search')`)
	p.shortcut("/")
	p.until(`document.activeElement.id === 'search'`)
	p.press("nothing like it" + kb.Enter)
	p.sees("No run, flow or tag is called “nothing like it”.")
}

func TestTheKeyboardGoesThroughTheList(t *testing.T) {
	t.Parallel()
	s := start(t, language("en"))
	s.startWorker("w1", "shop")
	older := s.submit("orders", failingFlow, "shop")
	s.ended(older, pyoco.StatusFailed)
	newer := s.submit("orders", shopFlow, "shop")
	s.ended(newer, pyoco.StatusCompleted)
	p := window(t, s.url).open("#/runs")
	p.until(`document.querySelectorAll('.row').length === 2`)
	selected := func(run string) {
		p.until(`document.querySelector('.row[aria-current]')?.dataset.run === ` + quoted(run))
	}
	p.shortcut("j")
	selected(newer)
	p.shortcut("j")
	selected(older)
	p.shortcut("k")
	selected(newer)
	p.shortcut("j")
	p.press(kb.Enter)
	p.until(`location.hash === '#/runs/` + older + `'`)
	p.until(`document.querySelector('article.run')`)
	p.shortcut("u")
	p.until(`location.hash === '#/runs' && document.querySelector('.row')`)
	p.shortcut("?")
	p.until(`document.querySelector('dialog[open]')`)
	p.shot("help-en")
	p.press(kb.Escape)
	p.until(`!document.querySelector('dialog')`)
}

func TestThePageGoesThroughManyRunsWithFewElements(t *testing.T) {
	t.Parallel()
	s := start(t, language("en"))
	const many = 1500
	for i := range many {
		s.put("pyoco_runs", fmt.Sprintf("r%04d", i), fmt.Sprintf(`{"run_id":"r%04d","flow_name":"f%d","tag":"shop","status":"COMPLETED","updated_at":%d}`, i, i%3, 1_700_000_000+i))
	}
	p := window(t, s.url).open("#/runs")
	p.until(`document.querySelector('.row')?.dataset.run === 'r1499' && document.querySelector('.tabs b').innerText === '1,500'`)
	const list = `document.querySelector('.rows')`
	for range (many + 199) / 200 { // the end of what was read, again and again
		size := eval[int](p, list+`.scrollHeight`)
		eval[bool](p, `(`+list+`.scrollTop = `+list+`.scrollHeight, true)`)
		p.until(list + fmt.Sprintf(`.scrollHeight > %d || document.querySelector('[data-run=r0000]')`, size))
		require.Less(t, eval[int](p, `document.querySelectorAll('.row').length`), 60, "only what is in sight is there")
	}
	p.until(`document.querySelector('[data-run=r0000]')`)
	s.put("pyoco_runs", "r0001", fmt.Sprintf(`{"run_id":"r0001","flow_name":"f1","tag":"shop","status":"COMPLETED","updated_at":%f}`, now()))
	p.until(`/^[0-9]s ago$|^[0-9][0-9]s ago$/.test(document.querySelector('[data-run=r0001] time')?.innerText) && document.querySelector('.pill')?.innerText.includes('1 newer')`)
	require.NotZero(t, eval[int](p, list+`.scrollTop`), "nothing moves under the reader")
	p.click(`.pill`)
	p.until(`document.querySelector('.row')?.dataset.run === 'r0001' && ` + list + `.scrollTop === 0`)
	p.open(fmt.Sprintf("#/runs?before=%d&flow=f0", 1_700_000_000+1000))
	p.until(`document.querySelector('.row')?.dataset.run === 'r0999'`)
}

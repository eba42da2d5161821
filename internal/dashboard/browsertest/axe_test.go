// This file owns the tests that everybody can use the pages: axe-core finds nothing (WCAG 2.2 AA), dark and light, and nothing
// sticks out of a phone's window.

package browsertest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// axe is axe-core as npm has installed it.
func axe(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("../ui/node_modules/axe-core/axe.min.js")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("axe-core is missing: (cd internal/dashboard/ui && npm ci)")
		}
		t.Skip("axe-core is missing: (cd internal/dashboard/ui && npm ci)")
	}
	return string(source)
}

// audit lets axe look at the page as it is.
func (p *tab) audit(source, what string) {
	p.Helper()
	eval[bool](p, source+"; true")
	report, err := run(p, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
		.then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 300) + ' ' + n.failureSummary).join(' | '))))`,
		chromedp.EvalAwaitPromise))
	require.NoError(p, err)
	var violations []string
	require.NoError(p, json.Unmarshal([]byte(report), &violations))
	assert.Empty(p, violations, what)
}

// stickingOut is what is too wide for the window; nothing where all fits.
const stickingOut = `(() => {
	const main = document.querySelector('main');
	if (document.documentElement.scrollWidth <= innerWidth && main.scrollWidth <= main.clientWidth) return '';
	const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.graph-scroll > *, .scroll-x > *, .tabs > *, nav > *'));
	return (out[0] ?? main).outerHTML.slice(0, 400);
})()`

// fits waits until nothing sticks out to the side.
func (p *tab) fits(what string) {
	p.Helper()
	p.eventually(what+" fits", func() string { return eval[string](p, stickingOut) })
}

func TestEveryPageIsForEverybodyOnEveryWindow(t *testing.T) {
	t.Parallel()
	source := axe(t)
	s := start(t, actions)
	s.startWorker("w1", "shop")
	done, failed, slow := s.submit("orders", shopFlow, "shop"), s.submit("payments", failingFlow, "shop"), s.submit("slow", slowFlow, "shop")
	s.ended(done, pyoco.StatusCompleted)
	s.ended(failed, pyoco.StatusFailed)
	s.upload("shop_tools-1.0-py3-none-any.whl")
	pages := []struct {
		name, place, ready string
		dense              bool // is audited in a narrow window, too
	}{
		{"overview", "#/overview", `document.querySelector('.chart') && document.querySelector('[data-queue]')`, true},
		{"runs", "#/runs", `document.querySelectorAll('.row').length === 3`, true},
		{"filtered", "#/runs?status=CANCELLED&tag=none", `document.querySelector('.empty')`, false},
		{"completed", "#/runs/" + done, `document.querySelector('.task[data-state=SUCCEEDED]')`, false},
		{"failed", "#/runs/" + failed, `document.querySelector('.task[data-state=FAILED]')`, true},
		{"running", "#/runs/" + slow, `document.querySelector('.task[data-state=RUNNING]')`, false},
		{"submit", "#/submit?from=" + done, `document.querySelector('[data-param]') && document.querySelector('.submit .task')`, true},
		{"workers", "#/workers", `document.querySelector('[data-worker]')`, false},
		{"worker", "#/workers/w1", `document.querySelector('td')`, false},
		{"wheels", "#/wheels", `document.querySelectorAll('td').length > 5`, false},
		{"letters", "#/letters", `document.querySelector('.letter')`, false},
	}
	p := window(t, s.url).open("")
	for i, lang := range []string{"en", "ja"} {
		p.until(`document.querySelectorAll('.tools select').length === 2`)
		eval[bool](p, fmt.Sprintf(`(() => {
			const languages = [...document.querySelectorAll('.tools select')].at(-1);
			languages.value = %q;
			return languages.dispatchEvent(new Event('change', {bubbles: true}));
		})()`, lang))
		p.until(`document.documentElement.lang === ` + quoted(lang) + ` && localStorage.getItem('pyoco-lang') === ` + quoted(lang))
		for _, page := range pages {
			p.open(page.place).until(page.ready)
			for _, scheme := range []string{"light", "dark"} {
				if (scheme == "dark") != (i == 1) && page.name != "failed" { // colours don't depend on the language
					continue
				}
				p.scheme(scheme)
				p.audit(source, page.name+" "+lang+" "+scheme)
			}
			p.resize(360, 740)
			p.fits(page.name + " " + lang)
			if i == 0 && page.dense {
				p.audit(source, page.name+" narrow")
			}
			p.shot("narrow-" + page.name + "-" + lang)
			p.resize(1280, 800)
			p.shot("wide-" + page.name + "-" + lang)
		}
	}
	p.open("#/runs/" + done).click(`.task[data-task=check]`)
	p.until(`document.querySelector('[data-panel=check]')`)
	p.audit(source, "a task")
	p.shot("task-ja")
	p.shortcut("?")
	p.until(`document.querySelector('dialog[open]')`)
	p.audit(source, "help")
}

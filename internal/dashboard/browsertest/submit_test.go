// This file owns the tests of what a reader may do: submit, cancel, copy, and what is offered where he may not.

package browsertest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// enter puts a text into a field as one that was pasted.
func (p *tab) enter(selector, text string) {
	p.Helper()
	p.until("document.querySelector(" + quoted(selector) + ")")
	eval[bool](p, fmt.Sprintf(`(() => {
		const field = document.querySelector(%s);
		field.focus();
		field.select?.();
		return document.execCommand('insertText', false, %s);
	})()`, quoted(selector), quoted(text)))
}

func TestAFlowFileIsCheckedAsOneTypesAndSubmittedWithItsParams(t *testing.T) {
	t.Parallel()
	for lang, words := range map[string][2]string{"en": {"Line 4", "The gateway would take it."}, "ja": {"4行目", "このまま投入できます。"}} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := start(t, actions, language(lang))
			s.startWorker("w1", "shop")
			p := window(t, s.url).open("#/submit")
			p.enter(".editor textarea", "version: 1\nflow:\n  graph: |\n    fetch >> nosuch\ntasks:\n  fetch: {callable: \"shop:ok\"}\n")
			p.sees(words[0])
			p.sees(`unknown task "nosuch"`)
			p.until(`document.querySelector('.gutter .wrong')?.textContent === '4'`)
			p.shot("submit-wrong-" + lang)
			p.enter(".editor textarea", shopFlow)
			p.sees(words[1])
			p.until(`document.querySelector('.submit .task[data-task=publish]')`)
			p.until(`document.querySelector('[data-param=big]')?.value === '9007199254740993'`)
			p.enter(`[data-param=mode]`, "final")
			p.enter(`input[pattern]`, "shop")
			p.until(`!document.querySelector('button.primary').disabled`)
			p.shot("submit-" + lang)
			p.click(`button.primary`)
			p.until(`document.querySelector('article.run[data-status=COMPLETED]')`)
			p.until(`document.querySelector('.task[data-task=announce]').dataset.state === 'SUCCEEDED'`)
			p.until(`document.querySelector('[aria-label="` + map[string]string{"en": "Params", "ja": "パラメータ"}[lang] + `"] pre').innerText.includes('"big": 9007199254740993')`)
		})
	}
}

func TestAnErrorInAFileOrInAGraphBesideItsKeyIsAtItsLine(t *testing.T) {
	t.Parallel()
	s := start(t, actions, language("en"))
	p := window(t, s.url).open("#/submit")
	for text, line := range map[string]string{
		"version: 1\nflow: {graph: a}\ntasks: {b: {}}\n":               "2",
		"version: 1\nflow:\n  graph: a\n  nosuch: 1\ntasks: {a: {}}\n": "4",
		"version: 1\nflow: {graph: a\ntasks: {a: {}}\n":                "",
	} {
		p.enter(".editor textarea", text)
		p.until(`document.querySelector('#verdict .notice.bad')`)
		if line != "" {
			p.until(`document.querySelector('.gutter .wrong')?.textContent === ` + quoted(line))
		}
	}
}

func TestARunIsCancelledAndSubmittedAgain(t *testing.T) {
	t.Parallel()
	s := start(t, actions, language("ja"))
	s.startWorker("w1", "shop")
	id := s.submit("slow", slowFlow, "shop")
	p := window(t, s.url).open("#/runs/" + id)
	p.until(`document.querySelector('.task[data-task=hold]')?.dataset.state === 'RUNNING'`)
	p.shot("run-running-ja")
	p.click(`.run-head button.danger`)
	p.sees("この run を取り消す")
	p.click(`dialog button.danger`)
	p.until(`document.querySelector('article.run[data-status=CANCELLED]')`)
	s.ended(id, pyoco.StatusCancelled)
	p.click(`.run-head a.button`)
	p.until(`document.querySelector('.editor textarea')?.value.includes('begin >> hold >> end')`)
	p.until(`!document.querySelector('button.primary').disabled`)
	p.click(`button.primary`)
	p.until(`document.querySelector('article.run[data-status=RUNNING]') && document.querySelector('article.run').dataset.run !== ` + quoted(id))
	s.letGo()
	p.until(`document.querySelector('article.run[data-status=COMPLETED]')`)
}

func TestARunIsCopiedAsCommands(t *testing.T) {
	t.Parallel()
	s := start(t, language("en"))
	s.startWorker("w1", "shop")
	id := s.submit("it's", failingFlow, "shop")
	s.ended(id, pyoco.StatusFailed)
	p := window(t, s.url).open("#/runs/" + id)
	eval[bool](p, `(navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve() }, true)`)
	for button, want := range map[int]string{
		1: `curl -sS '` + s.url + `/runs/` + id + `?include=records'`,
		2: `pyoco-client --server ` + s.url + ` get ` + id + ` --records`,
		3: `curl -sS -F workflow=@flow.yaml --form-string 'flow_name=it'\''s' --form-string tag=shop --form-string 'params={}' ` + s.url + `/runs/yaml`,
		4: `pyoco-client --server ` + s.url + ` submit-yaml --workflow-file flow.yaml --flow-name 'it'\''s' --tag shop`,
	} {
		p.until(`document.querySelector('details.menu')`)
		eval[bool](p, `document.querySelector('details.menu').open = true`)
		p.click(fmt.Sprintf(`details.menu .copy:nth-child(%d)`, button))
		p.until(`window.copied === ` + quoted(want))
	}
}

func TestWithoutActionsTheDashboardOnlyShows(t *testing.T) {
	t.Parallel()
	s := start(t, language("en"))
	s.startWorker("w1", "shop")
	id := s.submit("slow", slowFlow, "shop")
	p := window(t, s.url).open("#/runs/" + id)
	p.until(`document.querySelector('article.run[data-status=RUNNING]')`)
	require.False(t, eval[bool](p, `Boolean(document.querySelector('button.danger'))`))
	p.open("#/submit").sees("--dashboard-actions")
	require.True(t, eval[bool](p, `document.querySelector('button.primary').disabled`))
	p.open("#/workers").until(`document.querySelector('[data-worker=w1]')`)
	require.False(t, eval[bool](p, `Boolean(document.querySelector('button.hide'))`))
	eval[bool](p, `(fetch('runs/`+id+`/cancel', {method: 'POST'}).then(async a => { window.refused = a.status + ' ' + (await a.json()).detail }), true)`)
	p.until(`window.refused?.startsWith('403 actions: are off for browsers')`)
}

func TestAFlowFileIsDropped(t *testing.T) {
	t.Parallel()
	p := window(t, start(t, actions, language("en")).url).open("#/submit")
	p.drop(".submit", "flow.yaml", []byte(shopFlow))
	p.sees("The gateway would take it.")
	p.until(`document.querySelector('.editor textarea').value === ` + quoted(shopFlow))
}

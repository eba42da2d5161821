// This file owns the tests of a run's page.

package browsertest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestARunShowsItsGraphItsTimesAndWhatItsTasksGave(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.startWorker("w1", "shop")
	id := s.submit("orders", shopFlow, "shop")
	s.ended(id, pyoco.StatusCompleted)
	p := window(t, s.url).open("#/runs/" + id)
	p.until(`document.querySelector('article.run[data-status=COMPLETED]')`)
	for task, state := range map[string]string{
		"fetch": "SUCCEEDED", "resize": "SUCCEEDED", "caption": "SUCCEEDED", "check": "SUCCEEDED", "preview": "SUCCEEDED", "publish": "SKIPPED", "announce": "SKIPPED",
	} {
		p.until(`document.querySelector('.task[data-task=` + task + `]')?.dataset.state === ` + quoted(state))
	}
	left := func(task string) float64 {
		return eval[float64](p, `document.querySelector('.task[data-task=`+task+`]').getBoundingClientRect().left`)
	}
	require.Less(t, left("fetch"), left("resize"), "left to right")
	require.Less(t, left("resize"), left("check"))
	require.Less(t, left("check"), left("preview"))
	require.InDelta(t, left("resize"), left("caption"), 60, "side by side")
	p.until(`document.querySelector('.group.loop .task[data-task=check]') && document.querySelectorAll('.group.switch .case').length === 2`)
	p.until(`document.querySelectorAll('.timeline .line').length === 5`)
	p.until(`[...document.querySelectorAll('.line')].some(l => l.innerText.includes('fetch') && l.innerText.includes('×2'))`)
	p.shot("run-completed-en")
	p.click(`.task[data-task=check]`)
	p.until(`document.querySelector('[data-panel=check]')?.innerText.includes('9007199254740993')`)
	p.until(`document.querySelector('[data-panel=check]').innerText.includes('2 of 2')`)
	p.until(`document.querySelector('[aria-label=Params] pre').innerText.includes('"ratio": 1.0')`)
	p.click(`section[aria-label="Flow file"] summary`)
	p.until(`document.querySelector('section[aria-label="Flow file"] pre').innerText.includes('switch("$ctx.params.mode")')`)
}

func TestAFailedRunSaysWhyFirst(t *testing.T) {
	t.Parallel()
	s := start(t, language("ja"))
	s.startWorker("w1", "shop")
	id := s.submit("payments", failingFlow, "shop")
	s.ended(id, pyoco.StatusFailed)
	p := window(t, s.url).open("#/runs/" + id)
	p.sees("失敗の理由")
	p.sees("card declined")
	p.until(`document.querySelector('.why').getBoundingClientRect().top < document.querySelector('.graph').getBoundingClientRect().top`)
	p.until(`document.querySelector('.task[data-task=charge]')?.dataset.state === 'FAILED'`)
	p.until(`document.querySelector('.task[data-task=ship]')?.dataset.state === 'CANCELLED'`)
	p.shot("run-failed-ja")
}

func TestARunOfAPythonWorkerShowsWhatItsTasksPrinted(t *testing.T) {
	t.Parallel()
	s := start(t, language("en"))
	s.put("pyoco_runs", "python", fmt.Sprintf(`{"run_id":"python","flow_name":"report","tag":"py","status":"FAILED","error":"task load failed: no such table","updated_at":%[1]f,"start_time":%[1]f,
		"tasks":{"load":"FAILED"},"task_records":{"load":{"state":"FAILED","started_at":%[1]f,"ended_at":%[1]f,"error":"no such table","traceback":"Traceback (most recent call last):\n  File \"report.py\", line 7, in load\n","stdout":"reading 3 tables","stderr":"DeprecationWarning"}}}`, now()))
	p := window(t, s.url).open("#/runs/python")
	p.until(`document.querySelector('.why').innerText.includes('report.py')`)
	p.click(`.task-list button`)
	p.until(`document.querySelector('[data-panel=load]')?.innerText.includes('reading 3 tables') && document.querySelector('[data-panel=load]').innerText.includes('DeprecationWarning')`)
}

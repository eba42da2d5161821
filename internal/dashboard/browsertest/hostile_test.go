// This file owns the test that nothing of a run becomes part of the page: scripts, huge texts, other directions, emoji.

package browsertest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	script   = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><svg onload="window.hacked=1"><a href="javascript:window.hacked=1">click</a>`
	rightTo  = "\u202Eשלום مرحبا\u2066 evil.exe\u2069 \u0000\u0007"
	pictures = "👩‍👩‍👧‍👦🏳️‍🌈 Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞"
)

// hostileRun has all of it in every field of a record, as any program may write one.
func hostileRun(id string) string {
	text := script + rightTo + pictures
	huge := text + strings.Repeat("x", 40_000)
	record := map[string]any{
		"state": "FAILED", "started_at": now() - 5, "ended_at": now() - 1, "duration_ms": 4000.5, "error": huge, "traceback": huge,
		"inputs": map[string]any{text: huge}, "output": []any{text, map[string]any{"__proto__": text, "constructor": text}}, "artifacts": text, "attempts": 3,
		"stdout": huge, text: text, "loops": []any{map[string]any{"name": text, "type": "foreach", "index": 0, "iteration": 1, "count": 2, "item": text}},
		"progress": map[string]any{"fraction": 0.5, "note": text},
	}
	odd := map[string]any{"state": text, "error": text, "started_at": 1e300, "duration_ms": -5}
	data, _ := json.Marshal(map[string]any{
		"run_id": id, "flow_name": text, "tag": text, "tags": []string{text, huge, ""}, "tenant_id": text, "api_key_id": text, "status": "FAILED",
		"worker_id": text, "error": huge, "params": map[string]any{text: huge, "n": json.RawMessage("123456789012345678901234567890")},
		"tasks": map[string]string{text: "FAILED", "__proto__": text, "constructor": "SUCCEEDED", "": "RUNNING", "odd": text}, "start_time": now() - 6, "end_time": now(),
		"task_records": map[string]any{text: record, "__proto__": record, "odd": odd}, "updated_at": now(), "schedule_id": text, "rerun_of": text,
		"parent_run_id": text, "child_run_ids": []string{text}, "cancel_requested_by": text, "cancel_requested_at": -1e300, "attempt": 7, text: text,
	})
	return string(data)
}

func TestNothingOfARunBecomesPartOfThePage(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "ja"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := start(t, actions, language(lang))
			s.put("pyoco_runs", "hostile", hostileRun("hostile"))
			text := script + rightTo + pictures
			s.put("pyoco_runs", "odd", fmt.Sprintf(`{"run_id":"odd","flow_name":%s,"tag":"x","status":%s,"updated_at":%f}`, quoted(text), quoted(text), now()))
			s.put("pyoco_workers", "hostile", fmt.Sprintf(`{"worker_id":"hostile","state":%[1]s,"tags":[%[1]s],"last_seen_at":%f,"last_run_id":%[1]s,"last_run_status":%[1]s,"wheel_sync":{"enabled":true,"last_result":%[1]s,"last_error":%[1]s,"installed_wheels":[{"wheel_name":%[1]s,"package_name":%[1]s}]}}`, quoted(text), now()))
			s.bury(fmt.Sprintf(`{"timestamp":%f,"reason":%[2]s,"error":%[2]s,"run_id":"hostile","flow_name":%[2]s,"tag":%[2]s,"payload":%[2]s}`, now(), quoted(text)))
			p := window(t, s.url)
			for place, ready := range map[string]string{
				"#/runs":         `document.querySelectorAll('.row').length === 2`,
				"#/runs/hostile": `document.querySelectorAll('.task-list button').length >= 4 && document.querySelectorAll('.timeline .line').length >= 1`,
				"#/runs/odd":     `document.querySelector('article.run')`,
				"#/overview":     `document.querySelector('.failures li')`,
				"#/workers":      `document.querySelector('[data-worker=hostile]')`,
				"#/letters":      `document.querySelector('.letter')`,
			} {
				p.open(place).until(ready)
				p.until(`document.body.innerText.includes('onerror="window.hacked=1"')`)
				require.False(t, eval[bool](p, `Boolean(window.hacked || document.querySelector('main img, main script, main a[href^="javascript:"], main svg[onload]'))`), place)
				p.resize(360, 740)
				p.fits(place)
				p.resize(1280, 800)
				p.shot("hostile-" + strings.Trim(strings.ReplaceAll(place, "/", "-"), "#-") + "-" + lang)
			}
			p.open("#/runs/hostile").until(`document.querySelectorAll('.task-list button').length >= 4`)
			for i := range eval[int](p, `document.querySelectorAll('.task-list button').length`) {
				eval[bool](p, fmt.Sprintf(`(document.querySelectorAll('.task-list button')[%d].click(), true)`, i))
				p.until(`document.querySelector('.task-panel')`)
				eval[bool](p, `(document.querySelectorAll('details').forEach(d => d.open = true), true)`)
				require.False(t, eval[bool](p, `Boolean(window.hacked || document.querySelector('main img, main script'))`))
				p.fits("a task")
			}
			require.Equal(t, "hostile", eval[string](p, `document.querySelector('article.run').dataset.run`))
			require.True(t, eval[bool](p, `document.querySelector('[aria-label=JSON] pre, [aria-label=Params] pre, [aria-label=パラメータ] pre').innerText.length <= 20500`), "a huge text is cut")
		})
	}
}

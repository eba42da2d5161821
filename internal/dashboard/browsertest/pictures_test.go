// This file owns the pictures of docs/images: what the documents show is what the page looks like. With
// PYOCO_TEST_SCREENSHOTS they are docs-run.png, docs-runs.png and docs-overview.png.

package browsertest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pyoco/pyoco"
)

// photosFlow fails at its end, after a loop, ways side by side and a choice.
const photosFlow = `version: 1
flow:
  graph: |
    fetch >> (resize["$ctx.params.sizes as size"] & caption & moderate) >> collect
      >> switch("$ctx.params.mode")["draft" >> preview, "*" >> publish >> announce]
  defaults: {sizes: [64, 640, 1280], mode: final, album: "Kyoto, autumn"}
tasks:
  fetch: {callable: "shop:work", inputs: {ms: 140}}
  resize: {callable: "shop:work", inputs: {ms: 90}}
  caption: {callable: "shop:work", inputs: {ms: 210}}
  moderate: {callable: "shop:work", inputs: {ms: 120}}
  collect: {callable: "shop:work", inputs: {ms: 60}}
  preview: {callable: "shop:work", inputs: {ms: 10}}
  publish: {callable: "shop:refused", retries: 2, retry_delay_sec: 0.05}
  announce: {callable: "shop:work", inputs: {ms: 10}}
`

func TestThePicturesOfTheDocuments(t *testing.T) {
	t.Parallel()
	s := start(t, actions, language("en"))
	random := rand.New(rand.NewPCG(1, 2))
	flows := []string{"photos", "orders", "nightly-report", "invoices", "backup"}
	for i := range 420 {
		status, text, at := "COMPLETED", "", now()-25-8.3*float64(i)-random.Float64()*20
		switch n := random.IntN(40); {
		case n == 0 || i > 120 && i < 150 && n < 9:
			status, text = "FAILED", "task charge failed: payment gateway answered 502 Bad Gateway"
		case n == 1:
			status = "CANCELLED"
		}
		id := fmt.Sprintf("%08x-1d7a-4c53-9b1e-%012x", random.Uint32(), random.Uint64()>>16)
		s.put("pyoco_runs", id, fmt.Sprintf(`{"run_id":%q,"flow_name":%q,"tag":%q,"status":%q,"error":%q,"worker_id":"w%d","updated_at":%f}`,
			id, flows[random.IntN(len(flows))], []string{"shop", "gpu"}[random.IntN(2)], status, text, 1+random.IntN(3), at))
	}
	s.startWorker("w1", "shop", "gpu")
	for _, id := range []string{"w2", "w3"} {
		s.put("pyoco_workers", id, fmt.Sprintf(`{"worker_id":%q,"state":"IDLE","tags":["gpu"],"last_seen_at":%f,"concurrency":4,"current_run_ids":[]}`, id, now()))
	}
	failed := s.submit("photos", photosFlow, "shop")
	for range 3 {
		s.ended(s.submit("orders", shopFlow, "shop"), pyoco.StatusCompleted)
	}
	s.ended(failed, pyoco.StatusFailed)
	for _, flow := range []string{"nightly-report", "backup"} {
		s.submit(flow, slowFlow, "shop")
	}
	s.submit("photos", slowFlow, "video")
	p := window(t, s.url)
	p.resize(1360, 850)
	p.open("#/runs/" + failed)
	p.until(`document.querySelector('.task[data-task=publish]')?.dataset.state === 'FAILED'`)
	p.click(`.task[data-task=publish]`)
	p.until(`document.querySelector('[data-panel=publish]')`)
	p.shot("docs-run")
	p.open("#/runs").until(`document.querySelectorAll('.row').length > 15 && document.querySelectorAll('.row[data-status=RUNNING]').length === 2`)
	p.shortcut("jjj")
	p.until(`document.querySelector('.row[aria-current]')`)
	p.shot("docs-runs")
	p.open("#/overview").until(`document.querySelectorAll('.chart rect').length > 40 && document.querySelector('[data-queue=video]')`)
	p.shot("docs-overview")
	s.letGo()
}

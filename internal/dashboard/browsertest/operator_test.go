// This file owns the tests of what an operator looks after: workers, dead letters, the overview, keys.

package browsertest_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

func TestWorkersShowTheirLoadAndAreHiddenAndShownAgain(t *testing.T) {
	t.Parallel()
	s := start(t, actions, language("en"))
	s.startWorker("w1", "shop", "gpu")
	s.put("pyoco_workers", "old", fmt.Sprintf(`{"worker_id":"old","state":"STOPPED_GRACEFUL","tags":["shop"],"last_seen_at":%f,"stopped_at":%f,"stop_reason":"graceful_shutdown"}`, now()-90, now()-90))
	s.put("pyoco_workers", "lost", fmt.Sprintf(`{"worker_id":"lost","state":"IDLE","tags":["shop"],"last_seen_at":%f,"wheel_sync":{"enabled":true,"last_result":"error","last_error":"pip failed","installed_wheels":[{"wheel_name":"a-1.0-py3-none-any.whl","package_name":"a","package_version":"1.0"}]}}`, now()-3600))
	p := window(t, s.url).open("#/workers")
	p.until(`document.querySelector('[data-worker=w1][data-state=IDLE]') && document.querySelector('[data-worker=old][data-state=STOPPED_GRACEFUL]')`)
	p.until(`document.querySelector('[data-worker=lost][data-state=DISCONNECTED]')?.innerText.includes('pip failed')`)
	p.until(`document.querySelector('[data-worker=lost]').innerText.includes('a 1.0')`)
	id := s.submit("slow", slowFlow, "shop")
	p.until(`document.querySelector('[data-worker=w1][data-state=RUNNING]')?.innerText.includes('1 of 8 slots')`)
	p.shot("workers-en")
	p.click(`[data-worker=w1] header a`)
	p.until(`document.querySelector('.worker-page td a[href="#/runs/` + id + `"]')`)
	s.letGo()
	p.until(`document.querySelector('.worker-page td [data-state=COMPLETED]')`)
	p.open("#/workers").click(`[data-worker=old] .hide`)
	p.until(`!document.querySelector('[data-worker=old]')`)
	p.click(`#show-hidden`)
	p.click(`[data-worker=old].is-hidden .hide`)
	p.until(`document.querySelector('[data-worker=old]:not(.is-hidden)')`)
}

func TestDeadLettersAreReplayedAndDropped(t *testing.T) {
	t.Parallel()
	s := start(t, actions, language("ja"))
	s.startWorker("w1", "shop")
	id := s.submit("payments", failingFlow, "shop")
	s.ended(id, pyoco.StatusFailed)
	p := window(t, s.url).open("#/letters")
	p.until(`document.querySelector('.letter')?.innerText.includes('card declined')`)
	p.shot("letters-ja")
	p.click(`.letter .replay`)
	p.until(`document.querySelector('.letter .notice a')`)
	p.until(`document.querySelectorAll('.letter').length === 2`)
	p.click(`.letter button.quiet`)
	p.click(`dialog button.danger`)
	p.until(`document.querySelectorAll('.letter').length === 1`)
	p.open("#/letters?reason=invalid_job").sees("dead letter はありません。")
}

func TestTheOverviewShowsTheLastHourAndWhatWaitsForWhom(t *testing.T) {
	t.Parallel()
	s := start(t, language("en"))
	for i := range 40 {
		id, status := fmt.Sprint("old", i), "COMPLETED"
		if i%7 == 3 {
			status = "FAILED"
		}
		s.put("pyoco_runs", id, fmt.Sprintf(`{"run_id":%q,"flow_name":"nightly","tag":"shop","status":%q,"error":"boom","updated_at":%f}`, id, status, now()-float64(60*i)))
	}
	s.startWorker("w1", "shop")
	s.submit("slow", slowFlow, "shop")
	s.submit("nowhere", slowFlow, "gpu")
	p := window(t, s.url).open("#/overview")
	p.until(`document.querySelector('[data-status=COMPLETED] b')?.innerText === '34' && document.querySelector('[data-status=RUNNING] b').innerText === '1'`)
	p.until(`document.querySelectorAll('.chart rect').length >= 40`)
	p.until(`document.querySelector('[data-queue=gpu]')?.innerText.includes('No live worker serves this tag.')`)
	p.until(`document.querySelectorAll('.failures li').length === 6`)
	p.shot("overview-en")
	s.letGo()
	p.until(`document.querySelector('[data-status=COMPLETED] b').innerText === '35'`)
}

func TestWithKeysTheFieldAtTheTopRightOpensTheDashboardForThisTabOnly(t *testing.T) {
	t.Parallel()
	s := start(t, language("en"), func(c *pyoco.GatewayConfig) { c.Auth.Mode = pyoco.AuthAPIKey })
	keys, err := pyoco.NewKeys(s.nats.Connect(t), pyoco.KeysConfig{})
	require.NoError(t, err)
	all, err := keys.Create(t.Context(), pyoco.KeySpec{Tenant: "mine"})
	require.NoError(t, err)
	looks, err := keys.Create(t.Context(), pyoco.KeySpec{Tenant: "mine", Scopes: []string{pyoco.ScopeRunsRead}})
	require.NoError(t, err)
	s.client, err = pyoco.NewClient(s.url, pyoco.ClientConfig{APIKey: all.Text})
	require.NoError(t, err)
	id := s.submit("payments", failingFlow, "shop")
	p := window(t, s.url).open("")
	p.sees("An API key is needed")
	apply := func(text string) {
		p.click(`form.key input`)
		p.press(text + kb.Enter)
	}
	apply("nonsense")
	p.sees("the API key is not valid")
	apply(looks.Text)
	p.until(`document.querySelector('[data-run="` + id + `"]') && document.querySelector('.live-dot.open')`)
	p.until(`document.querySelectorAll('nav a').length === 4`)
	p.open("#/submit").sees("This key has not the scope runs:write")
	p.click(`.key button`)
	apply(all.Text)
	p.until(`document.querySelector('.key .soft')?.innerText === 'mine' && document.querySelectorAll('nav a').length === 6`)
	p.open("#/runs/" + id).until(`document.querySelector('.run-head button.danger')`)
	p.shot("run-pending-en")
	p.sees("no live worker serves the tag")
	p.beside().open("").sees("An API key is needed")
	_, err = keys.Revoke(t.Context(), all.ID)
	require.NoError(t, err)
	p.sees("the API key was revoked")
	require.Equal(t, `[[],"pyoco-api-key"]`, eval[string](p, `JSON.stringify([Object.keys(localStorage), Object.keys(sessionStorage).join()])`))
}

// This file owns the tests of the stream: shared by all tabs, back after a gateway that was away, light under load.

package browsertest_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// openStreams is how many event streams the gateway has open.
func (s *system) openStreams() string {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+"/metrics", nil)
	require.NoError(s.t, err)
	answer, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	for line := range strings.Lines(string(text)) {
		if number, is := strings.CutPrefix(line, "pyoco_event_streams_open "); is {
			return strings.TrimSpace(number)
		}
	}
	return ""
}

func TestEightTabsShareOneStreamAndAllAreLive(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.startWorker("w1", "shop")
	first := window(t, s.url).open("#/runs")
	tabs := []*tab{first}
	for range 7 { // HTTP/1.1 would allow six connections
		tabs = append(tabs, first.beside().open("#/runs"))
	}
	for _, p := range tabs {
		p.until(`document.querySelector('.live-dot.open')`)
	}
	require.Equal(t, "1", s.openStreams())
	id := s.submit("slow", slowFlow, "shop")
	for _, p := range tabs {
		p.until(`document.querySelector('[data-run="` + id + `"][data-status=RUNNING]')`)
	}
	tabs[7].open("#/runs/" + id)
	s.letGo()
	tabs[7].until(`document.querySelector('article.run[data-status=COMPLETED]')`)
	require.Equal(t, "1", s.openStreams(), "a run's page needs no stream of its own")
	for _, p := range slices.Backward(tabs) { // the first one made the window
		require.NoError(t, chromedp.Cancel(p.ctx))
	}
	require.Eventually(t, func() bool { return s.openStreams() == "0" }, patience, 50*time.Millisecond, "and nobody listens any more")
}

func TestThePageIsLiveAgainAfterNATSWasAway(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.startWorker("w1", "shop")
	p := window(t, s.url).open("#/runs")
	p.until(`document.querySelector('.live-dot.open')`)
	s.nats.Restart(t)
	id := ""
	require.Eventually(t, func() bool {
		accepted, err := s.client.SubmitYAML(t.Context(), []byte(failingFlow), "payments", "shop")
		if err == nil {
			id = accepted.ID
		}
		return err == nil
	}, patience, 100*time.Millisecond)
	p.until(`document.querySelector('[data-run="` + id + `"][data-status=FAILED]')`)
}

var load = flag.Duration("dashboard.load", 0, "how long to measure what 5,000 updates a second cost the page; 0: not at all")

// Measured, not asserted at every change: go test ./internal/dashboard/browsertest -run Load -dashboard.load=30s -v
func TestLoadOfFiveThousandUpdatesASecond(t *testing.T) {
	if *load == 0 {
		t.Skip("is measured with -dashboard.load=30s")
	}
	const rate, runs = 5000, 20_000
	s := start(t)
	nc := s.nats.Connect(t)
	js, err := nc.JetStream()
	require.NoError(t, err)
	p := window(t, s.url).open("#/runs")
	p.until(`document.querySelector('.live-dot.open')`)
	ctx, stop := context.WithCancel(t.Context())
	written, ended := make(chan int), make(chan struct{})
	go func() {
		defer close(ended)
		sent, begun := 0, time.Now()
		for ticker := time.NewTicker(10 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				ticker.Stop()
				return
			case written <- sent:
			case <-ticker.C:
			}
			for due := int(time.Since(begun).Seconds() * rate); sent < due; sent++ {
				id := fmt.Sprintf("load-%d", sent%runs)
				status := []string{"PENDING", "RUNNING", "COMPLETED", "FAILED"}[sent%4]
				_, _ = js.PublishMsgAsync(&nats.Msg{Subject: "$KV.pyoco_runs." + id, Data: fmt.Appendf(nil,
					`{"run_id":%q,"flow_name":"flow %d","tag":"shop","tags":["shop"],"status":%q,"updated_at":%f,"worker_id":"w%d"}`, id, sent%17, status, now(), sent%5)})
			}
		}
	}()
	defer func() { stop(); <-ended }()
	p.until(`document.querySelectorAll('.row').length > 10`)
	p.do(send(performance.Enable, performance.EnableParams{TimeDomain: "threadTicks"}))
	duration := func() float64 {
		result, err := run(p, chromedp.Action[performance.GetMetricsResult](func(ctx context.Context, target *chromedp.Target) (performance.GetMetricsResult, error) {
			return cdp.Call(ctx, target, performance.GetMetrics, cdp.Empty{})
		}))
		require.NoError(t, err)
		for _, metric := range result.Metrics {
			if metric.Name == "TaskDuration" {
				return metric.Value
			}
		}
		require.Fail(t, "no TaskDuration")
		return 0
	}
	before, sent, begun := duration(), <-written, time.Now()
	timer := time.NewTimer(*load)
	<-timer.C
	share, updates := (duration()-before)/time.Since(begun).Seconds(), float64(<-written-sent)/time.Since(begun).Seconds()
	p.shot("load")
	t.Logf("%.0f updates a second cost the page %.1f %% of a core", updates, 100*share)
	require.Greater(t, updates, 0.9*rate)
	require.Less(t, share, .2)
	p.until(`document.querySelector('.live-dot.open')`)
}

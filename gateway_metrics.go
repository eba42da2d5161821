// This file owns what the gateway tells Prometheus.

package pyoco

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// gatewayMetrics reads the index and the workers at each scrape; its cost does not grow with the number of runs.
type gatewayMetrics struct {
	gateway                  *Gateway
	runs, today, workers     *prometheus.Desc
	deadLetters              *prometheus.Desc
	depth, oldest, running   *prometheus.Desc
	indexed, behind, streams *prometheus.Desc
	build                    *prometheus.Desc
}

// registry has everything that the gateway tells.
func (g *Gateway) registry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(g.sweeper.actions)
	g.instruments.register(registry)
	registry.MustRegister(g.metrics())
	return registry
}

// metrics are what is read at each scrape. The first four names are fixed.
func (g *Gateway) metrics() *gatewayMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &gatewayMetrics{
		gateway:     g,
		runs:        desc("pyoco_runs_total", "Runs kept, by status.", "status"),
		today:       desc("pyoco_runs_today_total", "Runs updated today by the gateway's local date, by status.", "status"),
		workers:     desc("pyoco_workers_alive_total", "Workers that are running or idle."),
		deadLetters: desc("pyoco_dlq_messages_total", "Dead letters kept."),
		depth:       desc("pyoco_queue_depth", "Runs that wait for a worker, by tag.", "tag"),
		oldest:      desc("pyoco_queue_oldest_age_seconds", "How long the run that waits longest has waited, by tag.", "tag"),
		running:     desc("pyoco_runs_running", "Runs that workers have claimed and that have not ended, by tag.", "tag"),
		indexed:     desc("pyoco_index_runs", "Runs in the gateway's index."),
		behind:      desc("pyoco_index_lag_revisions", "Revisions of the runs bucket that the index has not seen."),
		streams:     desc("pyoco_event_streams_open", "Event streams that are open."),
		build:       desc("pyoco_build_info", "1, with the module's version and Go's.", "version", "go_version"),
	}
}

func (g *Gateway) metricsHandler() httpedge.Handler {
	handler := promhttp.HandlerFor(g.registry(), promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	all := g.metrics()
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := g.whole(); err != nil {
			return answer(err, "")
		}
		r = r.Clone(r.Context())
		r.Header.Del("Accept") // other forms than text are not spoken
		if w = (plainMetrics{w}); !callerOf(r.Context()).isAdmin() {
			serveTenantMetrics(all, w, r)
		} else {
			handler.ServeHTTP(w, r)
		}
		return nil
	}
}

// plainMetrics names the one form in which metrics are served as the Python gateway does, without the parameter for
// names in quotes that our names don't need.
type plainMetrics struct{ http.ResponseWriter }

// Write sets the type before the header goes out; after it, as for an error, that does nothing.
func (w plainMetrics) Write(p []byte) (int, error) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	return w.ResponseWriter.Write(p)
}

// Describe names the metrics.
func (m *gatewayMetrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect reads them. Dead letters that can't be counted now are left out.
func (m *gatewayMetrics) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	now := m.gateway.now()
	midnight := timestamp(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()))
	for status, count := range m.gateway.index.Counts(facetStatus) {
		gauge(m.runs, float64(count), status)
		if today := m.gateway.index.CountSince(facetStatus, status, float64(midnight)); today > 0 {
			gauge(m.today, float64(today), status)
		}
	}
	gauge(m.workers, float64(m.gateway.workers.alive()))
	m.collectTags(gauge, now)
	gauge(m.indexed, float64(m.gateway.index.Len()))
	gauge(m.streams, float64(m.gateway.streams.open()))
	gauge(m.build, 1, Version(), runtime.Version())
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if count, err := m.gateway.jet.StreamMessages(ctx, m.gateway.cfg.Resources.DeadLetterStream); err == nil {
		gauge(m.deadLetters, float64(count))
	}
	if state, err := m.gateway.jet.StreamState(ctx, m.gateway.runs.bucket.Stream()); err == nil {
		newest := m.gateway.sweeper.runs.newest()
		gauge(m.behind, float64(max(state.Last, newest)-newest))
	}
}

// collectTags reads what is kept by tag: the tags with most waiting runs, and all others together.
func (m *gatewayMetrics) collectTags(gauge func(*prometheus.Desc, float64, ...string), now time.Time) {
	waiting, rest := largest(m.gateway.index.Counts(facetWaiting))
	for tag, count := range waiting {
		gauge(m.depth, float64(count), tag)
		if first, ok := m.gateway.index.Lowest(facetWaiting, tag); ok {
			gauge(m.oldest, since(Timestamp(first.Order), timestamp(now)), tag)
		}
	}
	if rest > 0 {
		gauge(m.depth, float64(rest), otherLabel)
	}
	running, rest := largest(m.gateway.index.Counts(facetRunning))
	for tag, count := range running {
		gauge(m.running, float64(count), tag)
	}
	if rest > 0 {
		gauge(m.running, float64(rest), otherLabel)
	}
}

// largest gives the largest counts, as many as have series of their own, and the sum of the others.
func largest(counts map[string]int) (map[string]int, int) {
	if len(counts) <= maxLabels {
		return counts, 0
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	rest := 0
	for _, name := range names[maxLabels:] {
		rest += counts[name]
		delete(counts, name)
	}
	return counts, rest
}

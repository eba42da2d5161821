// This file owns what the gateway tells Prometheus.

package pyoco

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// gatewayMetrics reads the index and the workers at each scrape; its cost does not grow with the number of runs.
type gatewayMetrics struct {
	gateway     *Gateway
	runs, today *prometheus.Desc
	workers     *prometheus.Desc
	deadLetters *prometheus.Desc
}

// registry has everything that the gateway tells.
func (g *Gateway) registry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(g.sweeper.actions)
	registry.MustRegister(&gatewayMetrics{
		gateway:     g,
		runs:        prometheus.NewDesc("pyoco_runs_total", "Runs kept, by status.", []string{"status"}, nil),
		today:       prometheus.NewDesc("pyoco_runs_today_total", "Runs updated today by the gateway's local date, by status.", []string{"status"}, nil),
		workers:     prometheus.NewDesc("pyoco_workers_alive_total", "Workers that are running or idle.", nil, nil),
		deadLetters: prometheus.NewDesc("pyoco_dlq_messages_total", "Dead letters kept.", nil, nil),
	})
	return registry
}

func (g *Gateway) metricsHandler() httpedge.Handler {
	handler := promhttp.HandlerFor(g.registry(), promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := g.whole(); err != nil {
			return answer(err, "")
		}
		handler.ServeHTTP(w, r)
		return nil
	}
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
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if count, err := m.gateway.jet.StreamMessages(ctx, m.gateway.cfg.Resources.DeadLetterStream); err == nil {
		gauge(m.deadLetters, float64(count))
	}
}

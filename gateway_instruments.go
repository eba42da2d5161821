// This file owns what the gateway counts and times as it happens, for Prometheus.

package pyoco

import (
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// maxLabels is how many tags or flows have series of their own; the rest is in otherLabel.
const (
	maxLabels  = 200
	otherLabel = "other"
)

// instruments are what is counted. Runs are told from the index's changes, so each gateway sees all of them: the sums of
// several gateways mean nothing.
type instruments struct {
	submissions *prometheus.CounterVec
	requests    *prometheus.HistogramVec
	waits       *prometheus.HistogramVec
	durations   *prometheus.HistogramVec
	reclaims    *prometheus.CounterVec
	refusals    *prometheus.CounterVec
	flows, tags labels
}

func newInstruments() *instruments {
	seconds := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600}
	i := &instruments{
		submissions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pyoco_submissions_total", Help: "Submissions that this gateway has answered, by result.",
		}, []string{"result"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "pyoco_http_request_duration_seconds", Help: "Time to answer a request, by route, method and status code.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"route", "method", "code"}),
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "pyoco_run_wait_seconds", Help: "Time from a run's submission to its first claim, by flow.", Buckets: seconds,
		}, []string{"flow"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "pyoco_run_duration_seconds", Help: "Time from a run's last claim to its end, by flow and status.", Buckets: seconds,
		}, []string{"flow", "status"}),
		reclaims: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pyoco_runs_redelivered_total", Help: "Claims of runs that a worker had claimed before, by tag.",
		}, []string{"tag"}),
	}
	i.refusals = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "pyoco_http_auth_failures_total", Help: "Requests refused for their API key, by reason.",
	}, []string{"reason"})
	for _, reason := range []string{
		refusedMissing, refusedInvalid, refusedRevoked, refusedExpired, refusedScope, refusedAttempts, refusedBusy, refusedUnavailable,
	} {
		i.refusals.WithLabelValues(reason)
	}
	for _, result := range []string{"accepted", "refused", "unavailable"} {
		i.submissions.WithLabelValues(result) // there from the start, so that a rate can be taken
	}
	return i
}

func (i *instruments) register(r *prometheus.Registry) {
	r.MustRegister(i.submissions, i.requests, i.waits, i.durations, i.reclaims, i.refusals)
}

// submitted counts the answer to a submission.
func (i *instruments) submitted(err error) {
	result := "accepted"
	switch {
	case errors.Is(err, ErrInvalid):
		result = "refused"
	case err != nil:
		result = "unavailable"
	}
	i.submissions.WithLabelValues(result).Inc()
}

// refused counts a request whose key did not do.
func (i *instruments) refused(reason string) { i.refusals.WithLabelValues(reason).Inc() }

// answered times a request. The routes are known, and so are the methods.
func (i *instruments) answered(route, method string, status int, d time.Duration) {
	i.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(d.Seconds())
}

// moved times what the next snapshot of a run shows to be over.
func (i *instruments) moved(before, now *runSummary) {
	if before.hold == nil {
		return // it had ended before
	}
	switch {
	case now.hold != nil && now.hold.Attempt > before.hold.Attempt && before.hold.Attempt > 0:
		i.reclaims.WithLabelValues(i.tags.of(now.Tag)).Inc()
	case before.Status == StatusPending && now.Status == StatusRunning:
		i.waits.WithLabelValues(i.flows.of(now.Flow)).Observe(since(before.UpdatedAt, now.hold.StartTime))
	case now.hold == nil && before.hold.StartTime > 0:
		i.durations.WithLabelValues(i.flows.of(now.Flow), string(now.Status)).Observe(since(before.hold.StartTime, or(now.EndTime, now.UpdatedAt)))
	}
}

// since is a time between two in seconds; hosts whose clocks differ may have written them.
func since(from, to Timestamp) float64 { return max(0, float64(to-from)) }

// labels are the values of a label that have a series of their own: the first ones seen. It is safe for concurrent use.
type labels struct {
	mu    sync.Mutex
	known map[string]bool
}

func (l *labels) of(value string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil {
		l.known = map[string]bool{}
	}
	if !l.known[value] {
		if len(l.known) >= maxLabels {
			return otherLabel
		}
		l.known[value] = true
	}
	return value
}

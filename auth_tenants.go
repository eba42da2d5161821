// This file owns what a caller may see and touch: what belongs to its tenant, and of what belongs to none as much as tells
// nothing of others.

package pyoco

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pyoco/pyoco/internal/runindex"
)

// sees says whether the caller may know of what belongs to a tenant.
func (c *caller) sees(tenant string) bool { return c.isAdmin() || tenant == c.tenant }

// by is the caller as records name it; "" where it has no key.
func (c *caller) by() string {
	if c == nil {
		return ""
	}
	return "api_key:" + c.keyID
}

// sign makes a run the caller's.
func (c *caller) sign(r *Run) {
	if c != nil {
		r.TenantID, r.APIKeyID = c.tenant, c.keyID
	}
}

// streams is whom the caller's event streams count for.
func (c *caller) streams() string {
	if c == nil {
		return ""
	}
	return c.keyID
}

// facetTenant has the runs of a tenant; each of tenantFacets also has one of its own with the tenant joined to its value, so
// that a tenant's pages and counts cost what they show, however many runs others have.
const facetTenant = "tenant_id"

var tenantFacets = []string{facetStatus, facetFlow, facetTag, facetSchedule, facetWorkflow, facetWorker, facetWaiting, facetRunning}

func ofTenant(facet string) string { return facetTenant + "+" + facet }

// joined is a tenant with a value of one of its facets; no tenant has a slash in it.
func joined(tenant, value string) string {
	if value == "" {
		return ""
	}
	return tenant + "/" + value
}

// indexFacets are the facets of a gateway's index; only one that asks for keys has those of tenants.
func indexFacets(byTenant bool) []string {
	facets := slices.Clone(runFacets)
	if byTenant {
		facets = append(facets, facetTenant)
		for _, facet := range tenantFacets {
			facets = append(facets, ofTenant(facet))
		}
	}
	return facets
}

// entryOf is the summary's entry in the gateway's index.
func (g *Gateway) entryOf(s *runSummary, revision uint64) runindex.Entry[*runSummary] {
	e := s.entry(revision)
	if g.cfg.Auth.Mode != AuthAPIKey || !validTenant(s.TenantID) {
		return e
	}
	own := append(slices.Grow(e.Facets, 1+len(tenantFacets)), s.TenantID)
	for _, facet := range tenantFacets {
		own = append(own, joined(s.TenantID, e.Facets[slices.Index(runFacets, facet)]))
	}
	e.Facets = own
	return e
}

// filter narrows a filter of the index to what the caller sees.
func (c *caller) filter(filter map[string]string) map[string]string {
	if c.isAdmin() {
		return filter
	}
	if len(filter) == 0 {
		return map[string]string{facetTenant: c.tenant}
	}
	own := make(map[string]string, len(filter))
	for facet, value := range filter {
		own[ofTenant(facet)] = joined(c.tenant, value)
	}
	return own
}

// workerFor is a worker as the caller may see it: without the runs of other tenants, and without fields that may name them.
func (g *Gateway) workerFor(c *caller, info *WorkerInfo) *WorkerInfo {
	if c.isAdmin() {
		return info
	}
	foreign := func(run string) bool {
		seen, ok := g.index.Get(run)
		return !ok || !c.sees(seen.Value.TenantID)
	}
	shown := *info
	shown.CurrentRunIDs = slices.DeleteFunc(slices.Clone(info.CurrentRunIDs), foreign)
	if foreign(info.CurrentRunID) {
		shown.CurrentRunID = ""
	}
	if foreign(info.LastRunID) {
		shown.LastRunID, shown.LastRunStatus, shown.LastRunStartedAt, shown.LastRunFinishedAt = "", "", 0, 0
	}
	shown.extra = nil
	if sync, ok := info.extra["wheel_sync"]; ok {
		shown.extra = map[string]json.RawMessage{"wheel_sync": sync}
	}
	return &shown
}

// tenantMetrics are the four gauges of the contract over one tenant.
type tenantMetrics struct {
	all     *gatewayMetrics
	request *http.Request
	caller  *caller
}

// Describe names the metrics.
func (m *tenantMetrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect reads them. Dead letters that can't be counted now are left out.
func (m *tenantMetrics) Collect(out chan<- prometheus.Metric) {
	g := m.all.gateway
	gauge := func(d *prometheus.Desc, value int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
	}
	now := g.now()
	midnight := timestamp(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()))
	for joinedStatus, count := range g.index.Counts(ofTenant(facetStatus)) {
		status, own := strings.CutPrefix(joinedStatus, m.caller.tenant+"/")
		if !own {
			continue
		}
		gauge(m.all.runs, count, status)
		if today := g.index.CountSince(ofTenant(facetStatus), joinedStatus, float64(midnight)); today > 0 {
			gauge(m.all.today, today, status)
		}
	}
	gauge(m.all.workers, g.workers.alive())
	if count, err := g.letters.count(m.request.Context(), m.caller.letters(letterFilter{})); err == nil {
		gauge(m.all.deadLetters, count)
	}
}

// serveTenantMetrics answers a caller that sees one tenant.
func serveTenantMetrics(all *gatewayMetrics, w http.ResponseWriter, r *http.Request) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(&tenantMetrics{all: all, request: r, caller: callerOf(r.Context())})
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}).ServeHTTP(w, r)
}

// letters narrows a filter of dead letters to what the caller sees.
func (c *caller) letters(f letterFilter) letterFilter {
	if !c.isAdmin() {
		f.tenant = c.tenant
	}
	return f
}

// This file owns the tests of tenants: what belongs to one appears nowhere in what another is answered.

package pyoco_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/httpedge"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

// tenantRig is a gateway with two tenants that share a worker.
type tenantRig struct {
	*gatewayRig
	mine, theirs, admin *pyoco.IssuedKey
	run, theirRun       string // one of each, which the worker runs
	letter, theirLetter uint64
	marks               []string // what must not appear in what the first is answered
}

func startTenants(t *testing.T) *tenantRig {
	r := &tenantRig{gatewayRig: startGateway(t, withKeys)}
	r.mine = r.key(t, pyoco.KeySpec{Tenant: "mine"})
	r.theirs = r.key(t, pyoco.KeySpec{Tenant: "theirs-tenant"})
	r.admin = r.key(t, pyoco.KeySpec{Tenant: "ops", Scopes: []string{pyoco.ScopeAdmin}})
	r.run = r.submitAs(t, r.mine, "my-flow")
	r.theirRun = r.submitAs(t, r.theirs, "theirs-flow")
	ended := fmt.Sprintf(`{"run_id":"theirs-ended","flow_name":"theirs-flow","tag":"x","status":"FAILED","error":"theirs-error",
		"tenant_id":"theirs-tenant","api_key_id":%q,"worker_id":"w1","updated_at":%d}`, r.theirs.ID, time.Now().Unix())
	r.putRun(t, "theirs-ended", ended)
	r.putRun(t, "nobodys", `{"run_id":"nobodys","flow_name":"theirs-flow","tag":"x","status":"COMPLETED","updated_at":2}`)
	r.letter = r.bury(t, "x", fmt.Sprintf(`{"reason":"execution_error","error":"e","run_id":%q,"flow_name":"my-flow","tenant_id":"mine"}`, r.run))
	r.theirLetter = r.bury(t, "x", fmt.Sprintf(`{"reason":"execution_error","error":"theirs-error","run_id":%q,"tenant_id":"theirs-tenant"}`, r.theirRun))
	r.bury(t, "x", `{"reason":"invalid_job","error":"invalid_json","payload":"theirs-payload"}`)
	r.putWorker(t, "w1", fmt.Sprintf(`{"worker_id":"w1","state":"RUNNING","tags":["x"],"last_seen_at":%d,"concurrency":4,"current_run_id":%[2]q,
		"current_run_ids":[%[2]q,%[3]q],"last_run_id":"theirs-ended","last_run_status":"FAILED","last_run_started_at":7654321,"note":"theirs-note",
		"wheel_sync":{"enabled":false}}`, time.Now().Unix(), r.theirRun, r.run))
	require.Equal(t, http.StatusOK, r.upload(t, sharedWheel, pywheeltest.Wheel(sharedWheel), []string{"X-API-Key", r.theirs.Text}).status)
	r.marks = []string{r.theirRun, r.theirs.ID, "theirs", "nobodys", "7654321"}
	require.Eventually(t, func() bool {
		all := r.with(t, r.admin.Text, http.MethodGet, "/workers/w1", "").body + r.with(t, r.admin.Text, http.MethodGet, "/runs", "").body
		return strings.Contains(all, `"recent_runs":[{`) && strings.Contains(all, "nobodys")
	}, 10*time.Second, 5*time.Millisecond)
	return r
}

func (r *tenantRig) submitAs(t testing.TB, key *pyoco.IssuedKey, flow string) string {
	t.Helper()
	answer := r.with(t, key.Text, http.MethodPost, "/runs", fmt.Sprintf(`{"flow_name":%q,"tag":"x","params":{"p":"%s-param"}}`, flow, flow))
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	return answer.object(t)["run_id"].(string)
}

// sharedWheel is in the registry, which is everybody's.
const sharedWheel = "shared-1.0-py3-none-any.whl"

// fill puts ids into the wildcards of a route.
func fill(pattern, run string, letter uint64) string {
	value := "1"
	switch {
	case strings.HasPrefix(pattern, "/runs/"):
		value = run
	case strings.HasPrefix(pattern, "/workers/"):
		value = "w1"
	case strings.HasPrefix(pattern, "/wheels/"):
		value = sharedWheel
	case strings.HasPrefix(pattern, "/dlq/"):
		value = fmt.Sprint(letter)
	}
	return pathOf(pattern, value)
}

// tenantCase is how a route is asked for what belongs to another tenant.
type tenantCase struct {
	path string // where another is asked for than the rig's
	body string
	// shows is what the owner is shown by the same call, so that the case is known to ask for something that is there. "":
	// the route shows nothing of anybody, or changes something.
	shows string
	// status is what another tenant is answered.
	status int
}

// tenantCases has each route of the gateway: a new one needs a case here, with something of the rig's for it to hide.
var tenantCases = map[string]tenantCase{
	"GET /":                 {status: 200},
	"GET /static/*path":     {status: 404},
	"GET /whoami":           {status: 200},
	"GET /overview":         {shows: `"FAILED":1`, status: 200},
	"GET /wheels":           {status: 200}, // wheels are everybody's, who has brought them is not
	"POST /wheels":          {status: 422},
	"GET /wheels/history":   {shows: "theirs-tenant", status: 200},
	"GET /wheels/:name":     {status: 200},
	"DELETE /wheels/:name":  {path: "/wheels/nosuch-1.0-py3-none-any.whl", status: 404},
	"GET /health":           {status: 200},
	"GET /ready":            {status: 200},
	"GET /openapi.json":     {status: 200},
	"GET /metrics":          {shows: `pyoco_runs_total{status="FAILED"} 1`, status: 200},
	"POST /runs":            {body: `{"flow_name":"my-flow","tag":"x"}`, status: 200},
	"POST /runs/yaml":       {status: 422}, // no form; what it makes is the caller's, see TestARunCarriesWhoMadeAndWhoCancelledIt
	"GET /runs":             {shows: "theirs-ended", status: 200},
	"GET /runs/:id":         {shows: "theirs-flow", status: 404},
	"GET /runs/:id/tasks":   {shows: "theirs-flow", status: 404},
	"GET /runs/:id/flow":    {status: 404}, // it has none, and its owner is told so otherwise
	"GET /runs/:id/watch":   {status: 404},
	"POST /runs/:id/cancel": {status: 404},
	"GET /dlq":              {shows: "theirs-error", status: 200},
	"GET /dlq/:seq":         {shows: "theirs-error", status: 404},
	"POST /dlq/:seq/replay": {status: 404},
	"DELETE /dlq/:seq":      {status: 404},
	"GET /events":           {status: 200}, // see TestNothingOfAnotherTenantAppearsInStreams
	"GET /workers":          {shows: "theirs-ended", status: 200},
	"GET /workers/:id":      {shows: "theirs-ended", status: 200},
	"PATCH /workers/:id":    {body: `{"hidden":false}`, status: 200},
}

// endless says that a route's answer goes on.
func endless(route httpedge.Route) bool {
	return strings.HasSuffix(route.Pattern, "/watch") || route.Pattern == "/events"
}

// tenantQueries widen what is shown, as far as the route knows them.
var tenantQueries = []string{"?include=full&scope=all&include_hidden=true", "?limit=200&run_id=%s", "?tag=x&updated_after=0", ""}

func TestNothingOfAnotherTenantAppearsInAnyRoute(t *testing.T) {
	t.Parallel()
	r := startTenants(t)
	before := r.stored(t, r.theirRun)
	walked := map[string]bool{}
	for _, route := range r.gw.Routes() {
		name := route.Method + " " + route.Pattern
		c, known := tenantCases[name]
		require.True(t, known, "%s has no case: tenantCases must say how it is asked for what belongs to another tenant", name)
		walked[name] = true
		path := c.path
		if path == "" {
			path = fill(route.Pattern, r.theirRun, r.theirLetter)
		}
		if endless(route) {
			require.Equal(t, c.status, r.watch(t, path, "X-API-Key", r.mine.Text).status, name)
			require.Equal(t, http.StatusOK, r.watch(t, path, "X-API-Key", r.theirs.Text).status, name)
			continue
		}
		shown := ""
		for _, query := range tenantQueries {
			query = strings.ReplaceAll(query, "%s", r.theirRun)
			answer := r.with(t, r.mine.Text, route.Method, path+query, c.body)
			require.Equal(t, c.status, answer.status, "%s%s: %s", name, query, answer.body)
			for _, mark := range r.marks {
				require.NotContains(t, strings.ReplaceAll(answer.body, path, ""), mark, "%s%s", name, query)
			}
			if c.shows != "" {
				require.NotContains(t, answer.body, c.shows, "%s%s", name, query)
				shown += r.with(t, r.admin.Text, route.Method, path+query, c.body).body
			}
		}
		require.Contains(t, shown, c.shows, "%s: the case hides what is not there", name)
	}
	require.Equal(t, before, r.stored(t, r.theirRun), "nor was it touched")
	for name := range tenantCases {
		require.True(t, walked[name], "%s is no route", name)
	}
	for _, key := range []*pyoco.IssuedKey{r.theirs, r.admin} { // what was not touched is there for its tenant
		for _, path := range []string{"/runs/" + r.theirRun, fmt.Sprintf("/dlq/%d", r.theirLetter)} {
			require.Equal(t, http.StatusOK, r.with(t, key.Text, http.MethodGet, path, "").status, path)
		}
	}
}

func TestNothingOfAnotherTenantAppearsInStreams(t *testing.T) {
	t.Parallel()
	r := startTenants(t)
	require.Equal(t, http.StatusNotFound, r.watch(t, "/runs/"+r.theirRun+"/watch", "X-API-Key", r.mine.Text).status)
	stream, all := r.watch(t, "/events", "X-API-Key", r.mine.Text), r.watch(t, "/events", "X-API-Key", r.admin.Text)
	for _, s := range []*eventStream{stream, all} {
		e, _ := s.next(t)
		require.Equal(t, "open", e.name)
	}
	r.submitAs(t, r.theirs, "theirs-flow")
	require.NoError(t, r.bucket(t, "pyoco_runs").Delete(t.Context(), "theirs-ended"))
	r.putWorker(t, "w1", fmt.Sprintf(`{"worker_id":"w1","state":"IDLE","tags":["x"],"last_seen_at":%d,"concurrency":4,"current_run_ids":[],"last_run_id":%q}`,
		time.Now().Unix(), r.theirRun))
	for removed := false; !removed; { // the stream of who sees all shows that it would have come
		e, open := all.next(t)
		require.True(t, open)
		removed = strings.Contains(e.data, `"removed":["theirs-ended"]`)
	}
	last := r.submitAs(t, r.mine, "my-last-flow")
	for runs, workers := false, false; !runs || !workers; {
		e, open := stream.next(t)
		require.True(t, open)
		for _, mark := range r.marks {
			require.NotContains(t, e.data, mark)
		}
		runs, workers = runs || strings.Contains(e.data, last), workers || e.name == "workers"
	}
}

func TestATenantsListsPagesAndCountsAreItsOwn(t *testing.T) {
	t.Parallel()
	r := startTenants(t)
	second := r.submitAs(t, r.mine, "my-flow")
	for _, filter := range []string{"", "&status=PENDING", "&flow=my-flow", "&tag=x", "&status=PENDING&flow=my-flow&tag=x"} {
		var page struct {
			Items []pyoco.Run `json:"items"`
			Next  *string     `json:"next_cursor"`
		}
		first := r.with(t, r.mine.Text, http.MethodGet, "/runs?limit=1&cursor="+filter, "")
		require.NoError(t, json.Unmarshal([]byte(first.body), &page))
		require.Equal(t, second, page.Items[0].ID)
		require.NotNil(t, page.Next)
		rest := r.with(t, r.mine.Text, http.MethodGet, "/runs?limit=1&cursor="+*page.Next+filter, "")
		require.NoError(t, json.Unmarshal([]byte(rest.body), &page))
		require.Equal(t, r.run, page.Items[0].ID)
		require.Nil(t, page.Next)
	}
	require.Equal(t, "[]", strings.TrimSpace(r.with(t, r.mine.Text, http.MethodGet, "/runs?flow=theirs-flow", "").body))
	metrics := r.with(t, r.mine.Text, http.MethodGet, "/metrics", "").body
	var lines []string
	for line := range strings.Lines(metrics) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	require.ElementsMatch(t, []string{
		`pyoco_runs_total{status="PENDING"} 2`, `pyoco_runs_today_total{status="PENDING"} 2`, "pyoco_workers_alive_total 1", "pyoco_dlq_messages_total 1",
	}, lines)
	shown := r.with(t, r.mine.Text, http.MethodGet, "/runs/"+second, "").object(t)
	require.EqualValues(t, 2, shown["queue_position"], "of its own")
}

func TestARunCarriesWhoMadeAndWhoCancelledIt(t *testing.T) {
	t.Parallel()
	r := startTenants(t)
	run := r.stored(t, r.run)
	require.Equal(t, []any{"mine", r.mine.ID}, []any{run["tenant_id"], run["api_key_id"]})
	job, err := r.js.Stream(t.Context(), "PYOCO_WORK")
	require.NoError(t, err)
	message, err := job.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	sent := httpAnswer{body: string(message.Data)}.object(t)
	require.Equal(t, []any{"mine", r.mine.ID}, []any{sent["tenant_id"], sent["api_key_id"]})
	cancelled := r.with(t, r.mine.Text, http.MethodPost, "/runs/"+r.run+"/cancel", "").object(t)
	require.Equal(t, "api_key:"+r.mine.ID, cancelled["cancel_requested_by"])

	again := r.with(t, r.mine.Text, http.MethodPost, fmt.Sprintf("/dlq/%d/replay", r.letter), "").object(t)["run_id"].(string)
	require.Equal(t, []any{"mine", r.mine.ID}, []any{r.stored(t, again)["tenant_id"], r.stored(t, again)["api_key_id"]})
	byAdmin := r.with(t, r.admin.Text, http.MethodPost, fmt.Sprintf("/dlq/%d/replay", r.theirLetter), "").object(t)["run_id"].(string)
	require.Equal(t, []any{"theirs-tenant", r.admin.ID}, []any{r.stored(t, byAdmin)["tenant_id"], r.stored(t, byAdmin)["api_key_id"]})

	ids := map[string]bool{}
	for _, key := range []*pyoco.IssuedKey{r.mine, r.theirs, r.mine} {
		answer := r.with(t, key.Text, http.MethodPost, "/runs", `{"flow_name":"f"}`, "Idempotency-Key", "same")
		ids[answer.object(t)["run_id"].(string)] = true
	}
	require.Len(t, ids, 2, "the same idempotency key of two tenants is two runs")
}

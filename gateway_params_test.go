// This file owns the test of every parameter that a call can have: what is taken, at its edges too, and what is refused.

package pyoco_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pywheeltest"
)

// parameterCases are values of one parameter. The bad ones are refused with 422 and a detail that names it, those of a path
// with 404.
type parameterCases struct{ good, bad []string }

var (
	anyText   = parameterCases{good: []string{"", "x", "FAILED", "a.b", "*", "> <", "é", "\x00", "null", strings.Repeat("x", 5000)}}
	anyNumber = parameterCases{
		good: []string{"0", "-1", "1.5", "1e3", "9007199254740993", "-1e300"},
		bad:  []string{"", "x", "nan", "inf", "-Infinity", "1,5", "1 ", "1e999", "true"},
	}
	yesOrNo = parameterCases{
		good: []string{"1", "0", "true", "FALSE", "yes", "No", "on", "off", "t", "f"}, bad: []string{"", "2", "-1", "perhaps", " true"},
	}
	runPath = parameterCases{
		good: []string{"known"}, bad: []string{"nobody", "*", ">", "a.b", "a b", "Known", "known.", strings.Repeat("a", 201), "é"},
	}
	letterPath = parameterCases{
		good: []string{"1"}, bad: []string{"0", "x", "-1", "1.0", "999", "18446744073709551615", "18446744073709551616", "1 "},
	}
	wheelPath  = parameterCases{good: []string{shop10}, bad: []string{"none.whl", "x", "*", ">", "a b.whl", "é.whl", shop10 + "x", strings.Repeat("a", 300) + ".whl"}}
	workerPath = parameterCases{good: []string{"w", "py.1=a"}, bad: []string{"nobody", "*", ">", ".w", "w.", "a..b", strings.Repeat("a", 201)}}
)

func wholeNumber(most int) parameterCases {
	return parameterCases{
		good: []string{"1", "2", fmt.Sprint(most), "007"},
		bad:  []string{"", "0", "-1", fmt.Sprint(most + 1), "x", "1.5", "1e1", "99999999999999999999", " 1", "null"},
	}
}

func oneOf(words ...string) parameterCases {
	bad := []string{"", "x", words[0] + " ", strings.ToLower(words[0]) + "X"}
	return parameterCases{good: words, bad: bad}
}

// asPythonReads are words around which spaces and of which the case are nothing to the Python gateway, and none is no word.
func asPythonReads(words ...string) parameterCases {
	good := append([]string{"", " " + strings.ToLower(words[0]) + " ", strings.ToUpper(words[1])}, words...)
	return parameterCases{good: good, bad: []string{"x", words[0] + "X"}}
}

func cursorOf(content string) string { return base64.RawURLEncoding.EncodeToString([]byte(content)) }

// allParameters are the cases by call and parameter.
var allParameters = map[string]parameterCases{
	"GET /runs status": anyText, "GET /runs flow": anyText, "GET /runs tag": anyText, "GET /runs schedule_id": anyText,
	"GET /runs workflow_yaml_sha256": anyText, "GET /runs updated_after": anyNumber, "GET /runs limit": wholeNumber(200),
	"GET /runs include": anyText,
	"GET /runs cursor": {
		good: []string{"", cursorOf(`{"u":1,"r":"a"}`), cursorOf(`{"u":-1.5e3,"r":""}`), cursorOf(`{"r":"a","u":1,"x":2}`), cursorOf(`{"u":1,"r":"a"}`) + "="},
		bad:  []string{"x", "!", cursorOf(`{}`), cursorOf(`{"u":1}`), cursorOf(`{"r":"a"}`), cursorOf(`{"u":"1","r":"a"}`), cursorOf(`{"u":1,"r":2}`), cursorOf(`[1]`), cursorOf(`null`), cursorOf(`{"u":1e999,"r":"a"}`)},
	},
	"POST /runs/yaml dry_run": yesOrNo,
	"POST /runs Idempotency-Key": {
		good: []string{"k", "!~", strings.Repeat("k", 255)}, bad: []string{"", "a b", "é", strings.Repeat("k", 256)},
	},
	"POST /runs/yaml Idempotency-Key": {good: []string{"k"}, bad: []string{"", "a b", strings.Repeat("k", 256)}},
	"GET /runs/{id} id":               runPath, "GET /runs/{id} include": anyText,
	"GET /runs/{id}/tasks id": runPath,
	"GET /runs/{id}/flow id":  {bad: runPath.bad}, // good: TestEveryCallSucceedsAndAnswersAsDescribed
	"GET /runs/{id}/watch id": runPath, "GET /runs/{id}/watch include": anyText, "GET /runs/{id}/watch since": anyNumber,
	"GET /runs/{id}/watch timeout_sec":   wholeNumber(600),
	"GET /runs/{id}/watch until":         oneOf("terminal"),
	"GET /runs/{id}/watch Last-Event-ID": {good: []string{"", "0", "1", "x", "-1", "18446744073709551616"}},
	"POST /runs/{id}/cancel id":          runPath,
	"GET /events tag":                    anyText, "GET /events status": anyText, "GET /events timeout_sec": wholeNumber(600), "GET /events counts": yesOrNo,
	"GET /workers scope": asPythonReads("active", "all"), "GET /workers state": asPythonReads("RUNNING", "IDLE", "STOPPED_GRACEFUL", "DISCONNECTED"),
	"GET /workers include_hidden": yesOrNo, "GET /workers limit": wholeNumber(500),
	"GET /workers/{id} id": workerPath, "PATCH /workers/{id} id": workerPath,
	"GET /static/{path} path": {good: []string{"app.js", "favicon.svg"}, bad: []string{"nosuch.js", "App.js", "index", "*", "a b", "é"}},
	"GET /wheels/{name} name": wheelPath, "DELETE /wheels/{name} name": {bad: wheelPath.bad},
	"GET /wheels/history limit": wholeNumber(500), "GET /wheels/history action": asPythonReads("upload", "delete"),
	"GET /wheels/history wheel_name": {
		good: []string{"", shop10, " " + shop10 + " ", "none.whl"}, bad: []string{"x", "a b.whl", "../a.whl", "é.whl", shop10 + "x"},
	},
	"GET /dlq reason": anyText, "GET /dlq tag": anyText, "GET /dlq run_id": anyText, "GET /dlq limit": wholeNumber(200),
	"GET /dlq cursor": {
		good: []string{"", "0", "1", "18446744073709551615"}, bad: []string{"x", "-1", "1.5", "18446744073709551616", cursorOf(`{"u":1,"r":"a"}`)},
	},
	"GET /dlq/{seq} seq": letterPath, "POST /dlq/{seq}/replay seq": {bad: letterPath.bad},
	"DELETE /dlq/{seq} seq": {bad: letterPath.bad},
}

// parameters gives the parameters of a description by call and name, with the place of each.
func (d *description) parameters() map[string]string {
	places := map[string]string{}
	for path, item := range d.document["paths"].(map[string]any) {
		shared, _ := item.(map[string]any)["parameters"].([]any)
		for method, operation := range item.(map[string]any) {
			if method == "parameters" {
				continue
			}
			own, _ := operation.(map[string]any)["parameters"].([]any)
			for _, parameter := range append(own, shared...) {
				fields := parameter.(map[string]any)
				if to, is := fields["$ref"].(string); is {
					fields, _, _ = d.at(strings.Split(strings.TrimPrefix(to, "#/"), "/")...)
				}
				places[strings.ToUpper(method)+" "+path+" "+fields["name"].(string)] = fields["in"].(string)
			}
		}
	}
	return places
}

func TestEveryParameterIsTakenOrRefusedAsItShouldBe(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.putRun(t, "known", `{"run_id":"known","flow_name":"f","status":"COMPLETED","updated_at":5}`)
	rig.putWorker(t, "w", `{"worker_id":"w","state":"IDLE","tags":["x"]}`)
	rig.putWorker(t, "py.1=a", `{"worker_id":"py.1=a","state":"IDLE","tags":["x"]}`)
	require.Equal(t, http.StatusOK, rig.upload(t, shop10, pywheeltest.Wheel(shop10), nil).status)
	require.EqualValues(t, 1, rig.bury(t, "x", `{"reason":"execution_error","error":"e","timestamp":1}`))
	rig.listedRun(t, "known", hasStatus("COMPLETED"))
	require.Eventually(t, func() bool { return len(rig.get(t, "/workers?scope=all").list(t)) == 2 }, 10*time.Second, 5*time.Millisecond)

	places := described(t).parameters()
	for key := range allParameters {
		require.Contains(t, places, key, "it is not described")
	}
	for key, place := range places {
		cases, held := allParameters[key]
		require.True(t, held, "%s has no cases", key)
		t.Run(strings.ReplaceAll(key, "/", " "), func(t *testing.T) {
			t.Parallel()
			for _, value := range cases.good {
				require.Equal(t, http.StatusOK, rig.callWith(t, key, place, value).status, "%.50q", value)
			}
			for _, value := range cases.bad {
				answer := rig.callWith(t, key, place, value)
				want, name := http.StatusUnprocessableEntity, key[strings.LastIndex(key, " ")+1:]+": "
				if place == "path" {
					want, name = http.StatusNotFound, ""
				}
				require.Equal(t, want, answer.status, "%.50q: %.200s", value, answer.body)
				require.Contains(t, answer.object(t)["detail"], name, "%.50q", value)
			}
		})
	}
}

// callWith makes a call with one parameter set. Of a stream only the beginning is read.
func (r *gatewayRig) callWith(t *testing.T, key, place, value string) httpAnswer {
	t.Helper()
	part := strings.Split(key, " ")
	method, path, name := part[0], part[1], part[2]
	var header []string
	switch place {
	case "path":
		path = strings.Replace(path, "{"+name+"}", url.PathEscape(value), 1)
	case "query":
		path += "?" + name + "=" + url.QueryEscape(value)
	case "header":
		header = []string{name, value}
	}
	path = strings.NewReplacer("{id}", "known", "{seq}", "1").Replace(path)
	switch {
	case strings.HasPrefix(key, "GET /events "), strings.HasPrefix(key, "GET /runs/{id}/watch "):
		stream := r.watch(t, path, header...)
		defer stream.close()
		if stream.status == http.StatusOK {
			return httpAnswer{status: stream.status, header: stream.header}
		}
	case strings.HasPrefix(key, "POST /runs/yaml "):
		return r.postFormWith(t, path, header, formPart{"flow_name", "f", false},
			formPart{"workflow", "version: 1\nflow: {graph: a}\ntasks: {a: {}}\n", true})
	case strings.HasPrefix(key, "POST /runs "):
		return r.do(t, method, path, strings.NewReader(`{"flow_name":"f"}`), header...)
	case strings.HasPrefix(key, "PATCH "):
		return r.do(t, method, path, strings.NewReader(`{"hidden":false}`), header...)
	}
	return r.do(t, method, path, nil, header...)
}

// This file owns the tests of what each flag and each default asks of the gateway.

package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEachFlagAsksWhatItSays(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"get r1":                             "GET /runs/r1",
		"get r1 --records":                   "GET /runs/r1?include=records",
		"get a/b?c":                          "GET /runs/a%2Fb%3Fc",
		"tasks r1":                           "GET /runs/r1/tasks",
		"cancel --run-id r1":                 "POST /runs/r1/cancel",
		"cancel --run-id r1 --timeout-sec 5": "POST /runs/r1/cancel",
		"list":                               "GET /runs",
		"list --status X --flow f --tag t --full --limit 5": "GET /runs?flow=f&include=full&limit=5&status=X&tag=t",
		"list --limit 0":     "GET /runs?limit=0",
		"list --output json": "GET /runs",
		"list-vnext":         "GET /runs?cursor=",
		"list-vnext --status X --flow f --tag t --full --limit 5":                             "GET /runs?cursor=&flow=f&include=full&limit=5&status=X&tag=t",
		"list-vnext --updated-after 1700000000.123456 --cursor abc --workflow-yaml-sha256 0f": "GET /runs?cursor=abc&updated_after=1700000000.123456&workflow_yaml_sha256=0f",
		"workers": "GET /workers?scope=active",
		"workers --scope all --state DISCONNECTED --include-hidden --limit 3": "GET /workers?include_hidden=true&limit=3&scope=all&state=DISCONNECTED",
		"dlq list": "GET /dlq",
		"dlq list --reason r --tag t --run-id x --cursor 9 --limit 5": "GET /dlq?cursor=9&limit=5&reason=r&run_id=x&tag=t",
		"dlq show 7":   "GET /dlq/7",
		"dlq replay 7": "POST /dlq/7/replay",
		"dlq drop 7":   "DELETE /dlq/7",
		"metrics":      "GET /metrics",
		"watch r1":     "GET /runs/r1/watch",
		"watch r1 --records --since 5.25 --timeout-sec 7": "GET /runs/r1/watch?include=records&since=5.25&timeout_sec=7",
		"submit": `POST /runs {"flow_name":"main","params":{}}`,
		"submit --flow-name f --tag hello --tags hello,,x": `POST /runs {"flow_name":"f","params":{},"tag":"hello","tags":["hello","x"]}`,
		"submit --param ts=1 --param name=demo":            `POST /runs {"flow_name":"main","params":{"name":"demo","ts":1}}`,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			gateway := script(t, http.StatusOK, "application/json", "[]")
			r := run(t, append([]string{"--server", gateway.URL}, strings.Fields(line)...)...)
			require.Zero(t, r.code, r.errs)
			require.Equal(t, []string{want}, gateway.asked())
		})
	}
}

func TestTheKeyGoesIntoItsHeader(t *testing.T) {
	t.Parallel()
	gateway := script(t, http.StatusOK, "application/json", "[]")
	succeed(t, "--server", gateway.URL, "list")
	succeed(t, "--server", gateway.URL+"/", "--api-key", "k", "list")
	succeed(t, "list", "--server", gateway.URL, "--api-key", "k", "--api-key-header", "X-Other")
	require.Empty(t, gateway.headers[0].Get("X-Api-Key"))
	require.Equal(t, "k", gateway.headers[1].Get("X-Api-Key"))
	require.Equal(t, "k", gateway.headers[2].Get("X-Other"))
	require.Empty(t, gateway.headers[2].Get("X-Api-Key"))
}

func TestTheKeyFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := script(t, http.StatusOK, "application/json", "[]")
	gateway := httpRedirect(t, elsewhere.URL)
	r := run(t, "--server", gateway, "--api-key", "k", "list")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.errs, "ERR-PYOCO-HTTP: request failed\n- reason: HTTP 307: ")
	require.Empty(t, elsewhere.asked())
}

func TestSubmitYAMLSendsTheFile(t *testing.T) {
	t.Parallel()
	file := write(t, "flow.yaml", "version: 1\n")
	for name, args := range map[string][]string{"a file": {file}, "standard input": {"-"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway := script(t, http.StatusOK, "application/json", `{"run_id":"r"}`)
			r := runWith(t.Context(), "version: 1\n", "--server", gateway.URL, "submit-yaml", "--workflow-file", args[0], "--flow-name", "main", "--tag", "hello")
			require.Equal(t, result{0, "{\"run_id\": \"r\"}\n", ""}, r)
			asked := gateway.asked()[0]
			require.True(t, strings.HasPrefix(asked, "POST /runs/yaml "), asked)
			for _, part := range []string{
				"form-data; name=\"flow_name\"\r\n\r\nmain\r\n", "form-data; name=\"tag\"\r\n\r\nhello\r\n", "name=\"workflow\"; filename=\"flow.yaml\"", "\r\n\r\nversion: 1\n\r\n",
			} {
				require.Contains(t, asked, part)
			}
			require.NotContains(t, asked, `name="params"`)
		})
	}
}

func TestOfTheThreeKindsOfParamsTheLaterWins(t *testing.T) {
	t.Parallel()
	file := write(t, "params.yaml", "a: yes\nb: 1:30\nc: 1e3\nx: file\n")
	gateway := script(t, http.StatusOK, "application/json", "{}")
	succeed(t, "--server", gateway.URL, "submit", "--param", "x=1.0", "--params", `{"x":"json","y":{"b":1,"c":2},"z":123456789012345678901}`,
		"--params-file", file, "--param", `y={"d":1}`, "--param", " s = demo ", "--param", `q="1"`, "--param", "e=", "--param", "n=null",
		"--param", "k=a=b", "--param", "t=tRue", "--param", "l=[1, 2")
	require.Equal(t, []string{`POST /runs {"flow_name":"main","params":{"a":true,"b":90,"c":"1e3","e":"","k":"a=b","l":"[1, 2","n":null,` +
		`"q":"1","s":"demo","t":"tRue","x":1.0,"y":{"d":1},"z":123456789012345678901}}`}, gateway.asked())
}

func TestParamsMayComeFromStandardInput(t *testing.T) {
	t.Parallel()
	gateway := script(t, http.StatusOK, "application/json", "{}")
	r := runWith(t.Context(), `{"x": 1}`, "--server", gateway.URL, "submit", "--params-file", "-")
	require.Zero(t, r.code, r.errs)
	require.Equal(t, []string{`POST /runs {"flow_name":"main","params":{"x":1}}`}, gateway.asked())
}

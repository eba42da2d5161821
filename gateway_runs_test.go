// This file owns the tests of submissions that are refused: which answer each mistake gets, to the letter.

package pyoco_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/natstest"
)

func TestPostRunsRefusesBadInput(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	const tagRule = `tag: must match [A-Za-z0-9_-]+, got `
	for name, c := range map[string]struct {
		body   string
		status int
		detail string
	}{
		"no body":                {"", 422, "body: must be a JSON document, got nothing"},
		"null":                   {"null", 422, "body: must be a JSON document, got null"},
		"not JSON":               {"{flow", 422, "body: is not one JSON document, at byte 2: invalid character 'f' looking for beginning of object key string"},
		"more than one document": {`{"flow_name":"a"}{}`, 422, "body: is not one JSON document, at byte 18: invalid character '{' after top-level value"},
		"not UTF-8":              {"{\"flow_name\":\"\xff\"}", 422, "body: is not UTF-8"},
		"a list":                 {`[]`, 422, "body: must be an object, got a list"},
		"a text":                 {`"x"`, 422, "body: must be an object, got a text"},
		"nothing in it":          {`{}`, 422, "flow_name: must not be empty"},
		"flow_name empty":        {`{"flow_name":""}`, 422, "flow_name: must not be empty"},
		"flow_name of spaces":    {`{"flow_name":" "}`, 422, "flow_name: must not be empty"},
		"flow_name null":         {`{"flow_name":null}`, 422, "flow_name: must not be empty"},
		"flow_name a number":     {`{"flow_name":1}`, 422, "flow_name: must be a text, got a number"},
		"flow_name a list":       {`{"flow_name":["a"]}`, 422, "flow_name: must be a text, got a list"},
		"flow_name an object":    {`{"flow_name":{}}`, 422, "flow_name: must be a text, got an object"},
		"flow_name too long":     {`{"flow_name":"` + strings.Repeat("a", 257) + `"}`, 413, "flow_name: must be at most 256 bytes, got 257"},
		"tag with a star":        {`{"flow_name":"a","tag":"*"}`, 422, tagRule + `"*"`},
		"tag with a greater":     {`{"flow_name":"a","tag":">"}`, 422, tagRule + `">"`},
		"tag with a dot":         {`{"flow_name":"a","tag":"gpu.big"}`, 422, tagRule + `"gpu.big"`},
		"tag with a space":       {`{"flow_name":"a","tag":"a b"}`, 422, tagRule + `"a b"`},
		"tag with a line end":    {`{"flow_name":"a","tag":"a\nb"}`, 422, tagRule + `"a\nb"`},
		"tag not ASCII":          {`{"flow_name":"a","tag":"é"}`, 422, tagRule + `"é"`},
		"tag a number":           {`{"flow_name":"a","tag":7}`, 422, "tag: must be a text, got a number"},
		"tag too long":           {`{"flow_name":"a","tag":"` + strings.Repeat("a", 129) + `"}`, 413, "tag: must be at most 128 bytes, got 129"},
		"params a list":          {`{"flow_name":"a","params":[1]}`, 422, "params: must be an object, got a list"},
		"params a text":          {`{"flow_name":"a","params":"x"}`, 422, `params: must be an object, got a text`},
		"params false":           {`{"flow_name":"a","params":false}`, 422, "params: must be an object, got true or false"},
		"params too large": {
			`{"flow_name":"a","params":{"x":"` + strings.Repeat("a", 262_137) + `"}}`, 413,
			"params: must be at most 262144 bytes, got 262145",
		},
		"params too deep": {
			`{"flow_name":"a","params":` + deepJSON(128) + `}`, 422, "body: must be nested at most 128 deep",
		},
		"body too large":     {`{"flow_name":"a","x":"` + strings.Repeat("a", 1<<20) + `"}`, 413, "body: must be at most 1048576 bytes"},
		"tags a text":        {`{"flow_name":"a","tags":"x"}`, 422, "tags: must be a list of texts, got a text"},
		"tags with a number": {`{"flow_name":"a","tags":["x",2]}`, 422, "tags[1]: must be a text, got a number"},
		"tags with null":     {`{"flow_name":"a","tags":["x",null]}`, 422, "tags[1]: must be a text, got null"},
		"too many tags":      {`{"flow_name":"a","tags":["x"` + strings.Repeat(`,"x"`, 64) + `]}`, 422, "tags: must be at most 64, got 65"},
		"one of tags too long": {
			`{"flow_name":"a","tags":["x","` + strings.Repeat("a", 129) + `"]}`, 413, "tags[1]: must be at most 128 bytes, got 129",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rig.post(t, "/runs", c.body).requireProblem(t, c.status, "ERR-PYOCO-0002", c.detail)
		})
	}
}

// deepJSON is an object that is nested so deep.
func deepJSON(depth int) string {
	return strings.Repeat(`{"a":`, depth-1) + "{}" + strings.Repeat("}", depth-1)
}

func TestARefusedSubmissionWritesNothing(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	rig.post(t, "/runs", `{"flow_name":"a","tag":"*"}`)
	rig.postForm(t, "/runs/yaml", formPart{"flow_name", "a", false}, formPart{"workflow", "version: 1\n", true})
	for _, name := range []string{"KV_pyoco_runs", "PYOCO_WORK"} {
		stream, err := rig.js.Stream(t.Context(), name)
		require.NoError(t, err)
		require.Zero(t, stream.CachedInfo().State.LastSeq, name)
	}
}

func TestPostRunsYAMLRefusesBadInput(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	flow := func(graph string) string {
		return "version: 1\nflow:\n  graph: |\n    " + graph + "\ntasks:\n  a: {}\n  b: {}\n"
	}
	good := formPart{"workflow", flow("a >> b"), true}
	named := formPart{"flow_name", "f", false}
	for name, c := range map[string]struct {
		parts  []formPart
		status int
		errID  string
		detail string
	}{
		"no parts":           {nil, 422, "", "workflow: a file part is required"},
		"no file":            {[]formPart{named}, 422, "", "workflow: a file part is required"},
		"the file as a text": {[]formPart{named, {"workflow", "version: 1", false}}, 422, "", "workflow: must be a file part, with a filename; got a text"},
		"an empty file":      {[]formPart{named, {"workflow", "", true}}, 422, "", "workflow: is empty: a flow file has version, flow and tasks"},
		"a file of comments": {[]formPart{named, {"workflow", "# hm\n", true}}, 422, "", "workflow: is empty: a flow file has version, flow and tasks"},
		"a file too large": {
			[]formPart{named, {"workflow", flow("a") + "#" + strings.Repeat("x", 262_144), true}}, 413, "ERR-PYOCO-0016",
			"workflow: must be at most 262144 bytes",
		},
		"not UTF-8":         {[]formPart{named, {"workflow", "version: 1 # \xff", true}}, 422, "", "workflow: must be UTF-8"},
		"missing flow_name": {[]formPart{good}, 422, "", "flow_name: must not be empty"},
		"blank flow_name":   {[]formPart{good, {"flow_name", " ", false}}, 422, "", "flow_name: must not be empty"},
		"bad tag":           {[]formPart{good, named, {"tag", "a.b", false}}, 422, "", `tag: must match [A-Za-z0-9_-]+, got "a.b"`},
		"tag a wildcard":    {[]formPart{good, named, {"tag", ">", false}}, 422, "", `tag: must match [A-Za-z0-9_-]+, got ">"`},
		"params a list":     {[]formPart{good, named, {"params", "[1]", false}}, 422, "", "params: must be an object, got a list"},
		"params not JSON":   {[]formPart{good, named, {"params", "{a: 1}", false}}, 422, "", "params: must be an object as JSON"},
		"params too deep":   {[]formPart{good, named, {"params", deepJSON(129), false}}, 422, "", "params: must be nested at most 128 deep"},
		"params too large": {
			[]formPart{good, named, {"params", `{"x":"` + strings.Repeat("a", 262_144) + `"}`, false}}, 413, "",
			"params: must be at most 262144 bytes, got 262152",
		},
		"an unknown task": {
			[]formPart{named, {"workflow", flow("a >> c"), true}}, 422, "",
			"flow.graph: line 1, column 6: unknown task \"c\"; a registered task is declared under tasks as `c: {}`\na >> c\n     ^",
		},
		"an open bracket": {
			[]formPart{named, {"workflow", flow("a >> (b"), true}}, 422, "",
			"flow.graph: line 1, column 6: \"(\" is never closed\na >> (b\n     ^",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := c.errID
			if id == "" {
				id = "ERR-PYOCO-0002"
			}
			rig.postForm(t, "/runs/yaml", c.parts...).requireProblem(t, c.status, id, c.detail)
		})
	}
	t.Run("not a form", func(t *testing.T) {
		t.Parallel()
		rig.post(t, "/runs/yaml", `{}`).requireProblem(t, 422, "ERR-PYOCO-0002",
			"body: must be multipart/form-data with a file part \"workflow\", as curl -F workflow=@FILE sends it")
	})
	// Where a flow file is wrong in itself, only what the answer must name is checked: its words belong to the flow file.
	for name, c := range map[string]struct {
		file  string
		names []string
	}{
		"an unknown key":  {"version: 1\nflow: {graph: a}\ntasks: {a: {}}\nextra: 1\n", []string{"extra", "line 4"}},
		"a key in a task": {"version: 1\nflow: {graph: a}\ntasks:\n  a: {retry: 1}\n", []string{"tasks.a", "retry", "line 4"}},
		"flows":           {"version: 1\nflows: {f: {graph: a}}\ntasks: {a: {}}\n", []string{"flows", "line 2"}},
		"discovery":       {"version: 1\nflow: {graph: a}\ntasks: {a: {}}\ndiscovery: {}\n", []string{"discovery", "line 4"}},
		"another version": {"version: 2\nflow: {graph: a}\ntasks: {a: {}}\n", []string{"version", "2"}},
		"a cycle":         {flow("a >> b >> a"), []string{"flow.graph", "line 1", "column"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := rig.postForm(t, "/runs/yaml", named, formPart{"workflow", c.file, true})
			require.Equal(t, 422, answer.status, answer.body)
			body := answer.object(t)
			require.Equal(t, "ERR-PYOCO-0002", body["err_id"])
			for _, part := range c.names {
				require.Contains(t, body["detail"], part)
			}
		})
	}
}

func TestAJobOverTheServersLimitIsRefusedBeforeAnyWrite(t *testing.T) {
	t.Parallel()
	const limit = 64 << 10
	rig := startGateway(t, func(c *rigConfig) { c.server = []natstest.Option{natstest.MaxPayload(limit)} })
	answer := rig.post(t, "/runs", `{"flow_name":"a","params":{"x":"`+strings.Repeat("a", limit)+`"}}`)
	require.Equal(t, 413, answer.status)
	require.Contains(t, answer.object(t)["detail"], "workflow and params: must be at most "+strconv.Itoa(limit-512)+" bytes, got ")
	page, err := rig.gw.List(t.Context(), pyoco.ListOptions{})
	require.NoError(t, err)
	require.Empty(t, page.Items)
}

func TestPathsAndMethodsThatDoNotExist(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	const nothing = "path: there is nothing here"
	for name, c := range map[string]struct {
		method, path string
		status       int
		errID        string
		detail       string
		allow        string
	}{
		"unknown path":       {"GET", "/nope", 404, "ERR-PYOCO-0002", nothing, ""},
		"slash at the end":   {"GET", "/runs/", 404, "ERR-PYOCO-0002", nothing, ""},
		"two slashes":        {"GET", "//runs", 404, "ERR-PYOCO-0002", nothing, ""},
		"dots":               {"GET", "/runs/../workers", 404, "ERR-PYOCO-0002", nothing, ""},
		"encoded slash":      {"GET", "/runs/a%2Fb", 404, "ERR-PYOCO-0002", nothing, ""},
		"encoded backslash":  {"GET", "/runs/a%5Cb", 404, "ERR-PYOCO-0002", nothing, ""},
		"encoded line end":   {"GET", "/runs/a%0Ab", 404, "ERR-PYOCO-0002", nothing, ""},
		"delete runs":        {"DELETE", "/runs", 405, "ERR-PYOCO-0002", "method: must be one of GET, HEAD, POST", "GET, HEAD, POST"},
		"get a cancel":       {"GET", "/runs/a/cancel", 405, "ERR-PYOCO-0002", "method: must be one of POST", "POST"},
		"post a worker":      {"POST", "/workers/a", 405, "ERR-PYOCO-0002", "method: must be one of GET, HEAD, PATCH", "GET, HEAD, PATCH"},
		"put health":         {"PUT", "/health", 405, "ERR-PYOCO-0002", "method: must be one of GET, HEAD", "GET, HEAD"},
		"unknown run":        {"GET", "/runs/2b1c", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"star":               {"GET", "/runs/*", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"greater":            {"GET", "/runs/%3E", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"dot in the id":      {"GET", "/runs/a.b", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"space in the id":    {"GET", "/runs/a%20b", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"id too long":        {"GET", "/runs/" + strings.Repeat("a", 201), 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"id of a fixed path": {"GET", "/runs/yaml", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"tasks unknown":      {"GET", "/runs/2b1c/tasks", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"tasks of a star":    {"GET", "/runs/*/tasks", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"watch unknown":      {"GET", "/runs/2b1c/watch", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"watch a greater":    {"GET", "/runs/%3E/watch", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"cancel unknown":     {"POST", "/runs/2b1c/cancel", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"cancel a star":      {"POST", "/runs/*/cancel", 404, "ERR-PYOCO-0005", "run_id: there is no such run", ""},
		"watch timeout 0":    {"GET", "/runs/a/watch?timeout_sec=0", 422, "ERR-PYOCO-0002", "timeout_sec: must be 1 to 600, got 0", ""},
		"watch timeout 601":  {"GET", "/runs/a/watch?timeout_sec=601", 422, "ERR-PYOCO-0002", "timeout_sec: must be 1 to 600, got 601", ""},
		"watch timeout x":    {"GET", "/runs/a/watch?timeout_sec=x", 422, "ERR-PYOCO-0002", "timeout_sec: must be 1 to 600, got \"x\"", ""},
		"watch since x":      {"GET", "/runs/a/watch?since=x", 422, "ERR-PYOCO-0002", "since: must be a number, got \"x\"", ""},
		"watch since nan":    {"GET", "/runs/a/watch?since=nan", 422, "ERR-PYOCO-0002", "since: must be a number, got \"nan\"", ""},
		"watch until x":      {"GET", "/runs/a/watch?until=x", 422, "ERR-PYOCO-0002", "until: must be one of terminal, got \"x\"", ""},
		"events timeout 0":   {"GET", "/events?timeout_sec=0", 422, "ERR-PYOCO-0002", "timeout_sec: must be 1 to 600, got 0", ""},
		"events timeout 601": {"GET", "/events?timeout_sec=601", 422, "ERR-PYOCO-0002", "timeout_sec: must be 1 to 600, got 601", ""},
		"watch two wrong":    {"GET", "/runs/a/watch?until=x&since=", 422, "ERR-PYOCO-0002", "until: must be one of terminal, got \"x\"; since: must be a number, got \"\"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := rig.do(t, c.method, c.path, nil)
			answer.requireProblem(t, c.status, c.errID, c.detail)
			require.Equal(t, c.allow, answer.header.Get("Allow"))
		})
	}
	require.Equal(t, http.StatusOK, rig.do(t, http.MethodHead, "/health", nil).status)
	require.JSONEq(t, `{"status":"ok"}`, rig.get(t, "/health").body)
	require.JSONEq(t, `{"status":"ready"}`, rig.get(t, "/ready").body)
}

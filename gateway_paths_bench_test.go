// This file owns the benchmark of the gateway's paths one by one, for their profiles.

package pyoco

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
)

// BenchmarkPaths measures one call of the gateway each, as its handler answers it: a submission as JSON and as a flow file,
// a page of 50 of 1,000 runs, a run, and the stream of a run that has ended, up to its end. The NATS server is in the process.
//
//	go test -run '^$' -bench Paths/list -benchmem -cpuprofile cpu.out -memprofile mem.out .
func BenchmarkPaths(b *testing.B) {
	server := natstest.Start(b)
	gateway := benchGateway(b, server)
	kv, err := server.JetStream(b).KeyValue(b.Context(), "pyoco_runs")
	require.NoError(b, err)
	var id string
	for i := range 1000 {
		key, record := benchRecord(i)
		if strings.Contains(string(record), string(StatusCompleted)) {
			id = key
		}
		_, err := kv.Put(b.Context(), key, record)
		require.NoError(b, err)
	}
	// The watch takes the writes in order: when a submission is in, they all are.
	_, err = gateway.Submit(b.Context(), Submission{Flow: "main"})
	require.NoError(b, err)
	require.Eventually(b, func() bool { return gateway.index.Len() == 1001 }, 10*time.Second, time.Millisecond)

	const file = "--x\r\nContent-Disposition: form-data; name=\"workflow\"; filename=\"flow.yaml\"\r\n\r\n" +
		"flow: {graph: 'fetch >> parse'}\ntasks: {fetch: {callable: 'a:fetch'}, parse: {callable: 'a:parse'}}\n\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"flow_name\"\r\n\r\nmain\r\n--x--\r\n"
	for _, path := range []struct{ name, method, target, content, body string }{
		{"submit", http.MethodPost, "/runs", "application/json", `{"flow_name":"main","tag":"default","params":{"n":1}}`},
		{"submit-yaml", http.MethodPost, "/runs/yaml", "multipart/form-data; boundary=x", file},
		{"list", http.MethodGet, "/runs", "", ""},
		{"get", http.MethodGet, "/runs/" + id, "", ""},
		{"watch", http.MethodGet, "/runs/" + id + "/watch?until=terminal", "", ""},
	} {
		b.Run(path.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				request := httptest.NewRequest(path.method, path.target, strings.NewReader(path.body))
				request.Header.Set("Content-Type", path.content)
				answer := httptest.NewRecorder()
				gateway.ServeHTTP(answer, request)
				if answer.Code != http.StatusOK {
					b.Fatal(answer.Code, answer.Body)
				}
			}
		})
	}
}

// This file owns the tests of submissions under a key of their own.

package pyoco_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
)

// submitUnder submits a JSON body under a key.
func (r *gatewayRig) submitUnder(t testing.TB, key, body string) httpAnswer {
	t.Helper()
	return r.do(t, http.MethodPost, "/runs", strings.NewReader(body), "Content-Type", "application/json", "Idempotency-Key", key)
}

func TestASubmissionRepeatedUnderItsKeyIsOneRun(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	first := rig.submitUnder(t, "order-7", `{"flow_name":"f","params":{"a":1,"b":[1.0,2]},"tags":["x"]}`)
	require.Equal(t, http.StatusOK, first.status, first.body)
	again := rig.submitUnder(t, "order-7", `{"tags":["x"],"params":{ "b":[1.0, 2], "a":1 },"flow_name":"f","tag":"default","unknown":7}`)
	require.Equal(t, http.StatusOK, again.status, again.body)
	require.Equal(t, first.body, again.body, "the first answer, to the letter")

	other, err := pyoco.NewGateway(rig.nats.Connect(t), pyoco.GatewayConfig{})
	require.NoError(t, err)
	runGateway(t, other)
	elsewhere, err := other.Submit(t.Context(), pyoco.Submission{
		Flow: "f", Params: map[string]any{"a": 1, "b": []any{json.Number("1.0"), 2}}, Tags: []string{"x"}, IdempotencyKey: "order-7",
	})
	require.NoError(t, err)
	require.Equal(t, first.object(t)["run_id"], elsewhere.ID, "at another gateway")
	require.Len(t, rig.keys(t), 1)
	work, err := rig.js.Stream(t.Context(), "PYOCO_WORK")
	require.NoError(t, err)
	require.EqualValues(t, 1, work.CachedInfo().State.Msgs, "and one job")
}

func TestAnotherSubmissionUnderAKeyIsRefused(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	const body = `{"flow_name":"f","params":{"a":1}}`
	id := rig.submitUnder(t, "k", body).object(t)["run_id"].(string)
	detail := "Idempotency-Key: was used for another request, which made run " + id + ": take a new key"
	for _, other := range []string{
		`{"flow_name":"g","params":{"a":1}}`, `{"flow_name":"f","params":{"a":1.0}}`, `{"flow_name":"f"}`,
		`{"flow_name":"f","params":{"a":1},"tag":"x"}`, `{"flow_name":"f","params":{"a":1},"tags":["x"]}`,
	} {
		rig.submitUnder(t, "k", other).requireProblem(t, 422, "ERR-PYOCO-0002", detail)
	}
	require.NotEqual(t, id, rig.submitUnder(t, "k2", body).object(t)["run_id"], "another key is another run")
	file := rig.do(t, http.MethodPost, "/runs/yaml", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"workflow\"; filename=\"f\"\r\n\r\n"+
		"flow: {graph: a}\ntasks: {a: {callable: \"m:a\"}}\r\n--x\r\nContent-Disposition: form-data; name=\"flow_name\"\r\n\r\nf\r\n--x--\r\n"),
		"Content-Type", "multipart/form-data; boundary=x", "Idempotency-Key", "k")
	require.Equal(t, http.StatusOK, file.status, file.body)
	require.NotEqual(t, id, file.object(t)["run_id"], "a key is the route's")
}

func TestAKeyThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	for key, detail := range map[string]string{
		"":                       "must be one value of 1 to 255 characters",
		strings.Repeat("k", 256): "must be 1 to 255 characters, got 256",
		"a b":                    `must be printable ASCII without spaces, got "a b"`,
		"schlüssel":              `must be printable ASCII without spaces, got "schlüssel"`,
	} {
		rig.submitUnder(t, key, `{"flow_name":"f"}`).requireProblem(t, 422, "ERR-PYOCO-0002", "Idempotency-Key: "+detail)
	}
	require.Equal(t, http.StatusOK, rig.submitUnder(t, strings.Repeat("k", 255), `{"flow_name":"f"}`).status)
	require.Len(t, rig.keys(t), 1)
}

func TestManyAtOnceUnderOneKeyAreOneRun(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	ids := make([]string, 20)
	var submitting sync.WaitGroup
	for i := range ids {
		submitting.Go(func() {
			accepted, err := rig.gw.Submit(t.Context(), pyoco.Submission{Flow: "f", IdempotencyKey: "k"})
			if err == nil {
				ids[i] = accepted.ID
			}
		})
	}
	submitting.Wait()
	for _, id := range ids {
		require.Equal(t, ids[0], id)
	}
	require.NotEmpty(t, ids[0])
	require.Len(t, rig.keys(t), 1)
}

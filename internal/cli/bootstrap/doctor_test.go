// This file owns the tests of doctor: each fault is planted in a real server or its machine, and found with what to do
// about it. Those of disks are in doctor_disk_test.go, those of a cluster of processes in doctor_cluster_test.go.

package bootstrap_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/natsd/admin"
)

// diagnosis is what doctor finds. Its exit code must tell failures from risks.
func diagnosis(t *testing.T, args ...string) []admin.Finding {
	t.Helper()
	got := run(t, append([]string{"doctor", "--output", "json"}, args...)...)
	require.Empty(t, got.errs)
	var found struct {
		Findings []admin.Finding `json:"findings"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &found), got.out)
	code := 0
	for _, f := range found.Findings {
		require.NotEmpty(t, f.Todo)
		if f.Severity == admin.Failure {
			code = 2
		}
	}
	require.Equal(t, code, got.code, got.out)
	return found.Findings
}

// only is the one finding that there must be, beside that the server does not run where it does not.
func only(t *testing.T, all []admin.Finding, check admin.Check, severity admin.Severity) admin.Finding {
	t.Helper()
	others := slices.DeleteFunc(slices.Clone(all), func(f admin.Finding) bool {
		return f.Check == admin.CheckServer && f.Severity == admin.Risk && f.Problem == "no server runs on it"
	})
	require.Len(t, others, 1, all)
	require.Equal(t, []any{check, severity}, []any{others[0].Check, others[0].Severity}, all)
	return others[0]
}

func TestDoctorFindsNothingInASoundServer(t *testing.T) {
	t.Parallel()
	folder, _ := node(t)
	require.Equal(t, "nothing is wrong\n", succeed(t, "doctor", "--datafolder", folder))
	require.Equal(t, `{"findings": []}`+"\n", succeed(t, "doctor", "--datafolder", folder, "--output", "json"))
	require.Equal(t, "nothing is wrong\n", succeed(t, "doctor", "--monitor-url", raw(t).text("monitor")))
}

func TestDoctorFindsATakenPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	folder := t.TempDir()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	refused := run(t, "up", "--datafolder", folder, "--client-port", port, "--http-port", strconv.Itoa(natstest.FreePort(t)))
	require.Equal(t, 2, refused.code)
	found := only(t, diagnosis(t, "--datafolder", folder), admin.CheckPort, admin.Failure)
	require.Equal(t, taken.Addr().String(), found.Subject)
	require.Contains(t, found.Problem, "address already in use")
	require.Contains(t, run(t, "doctor", "--datafolder", folder).out, "failure port: "+taken.Addr().String()+": the server can't listen there: ")
}

func TestDoctorFindsWritesThatAreSyncedLater(t *testing.T) {
	t.Parallel()
	folder, _ := node(t, "--sync", "interval=2s")
	found := only(t, diagnosis(t, "--datafolder", folder), admin.CheckSync, admin.Risk)
	require.Equal(t, "a power cut loses up to 2s of acknowledged writes", found.Problem)
	require.Contains(t, succeed(t, "doctor", "--datafolder", folder), "\n  do: start it with --sync always")
}

func TestDoctorFindsAServerOfAnotherCluster(t *testing.T) {
	t.Parallel()
	other, folder := strconv.Itoa(natstest.FreePort(t)), t.TempDir()
	clusterFlags := func(own, folder string) []string {
		return []string{"--listen", "127.0.0.1", "--cluster-port", own, "--client-port", strconv.Itoa(natstest.FreePort(t)),
			"--http-port", strconv.Itoa(natstest.FreePort(t)), "--datafolder", folder}
	}
	await(t, started(t, append([]string{"up", "--cluster", "other"}, clusterFlags(other, t.TempDir())...)...), "NATS listens, and waits for the cluster")
	join := append([]string{"join", "--cluster", "mine", "--seed", "127.0.0.1:" + other}, clusterFlags(strconv.Itoa(natstest.FreePort(t)), folder)...)
	await(t, started(t, join...), "NATS listens, and waits for the cluster")
	found := slices.DeleteFunc(diagnosis(t, "--datafolder", folder), func(f admin.Finding) bool { return f.Check == admin.CheckQuorum })
	require.Equal(t, "127.0.0.1:"+other, only(t, found, admin.CheckCluster, admin.Failure).Subject)
	require.Regexp(t, `^the server there, \S+, is of cluster "other" and not of "mine"$`, found[0].Problem)
}

// throughProxy runs doctor on a server whose /varz is changed on the way: there is no old server in this module, and one
// machine has one clock.
func throughProxy(t *testing.T, field string, value any) []admin.Finding {
	t.Helper()
	monitor := raw(t).text("monitor")
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := get[map[string]json.RawMessage](t, monitor+r.URL.RequestURI())
		if r.URL.Path == "/varz" {
			answer[field], _ = json.Marshal(value)
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer proxy.Close()
	return diagnosis(t, "--monitor-url", proxy.URL)
}

func TestDoctorFindsAnOldServer(t *testing.T) {
	t.Parallel()
	found := only(t, throughProxy(t, "version", "2.14.8"), admin.CheckVersion, admin.Failure)
	require.Equal(t, "nats-server 2.14.8 has known bugs that lose data", found.Problem)
	require.Equal(t, "upgrade to 2.14.9 or newer, one server at a time", found.Todo)
}

func TestDoctorFindsAClockThatIsOff(t *testing.T) {
	t.Parallel()
	found := only(t, throughProxy(t, "now", time.Now().Add(time.Hour)), admin.CheckClock, admin.Failure)
	require.Regexp(t, `^its clock is 3[56]\d\d\.\d s ahead of this machine's$`, found.Problem)
}

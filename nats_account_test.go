// This file owns the proof that the NATS account of docs/security.md is enough for each part, and no more than that.

package pyoco_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/internal/pywheeltest"
	"github.com/pyoco/pyoco/natsd"
)

// account is a server with the users of the document, and what it has refused them.
type account struct {
	*gatewayRig
	log *logBuffer

	mu      sync.Mutex
	refused []error
}

// inAccount makes the server that of the document. Who names no user may do everything: the test itself.
func (a *account) inAccount(t *testing.T) natstest.Option {
	t.Helper()
	text := blocks(t, "docs/security.md", "conf")[0]
	file := filepath.Join(t.TempDir(), "pyoco.conf")
	passwords := "GATEWAY_PASSWORD: g\nWORKER_PASSWORD: w\nADMIN_PASSWORD: a\n"
	require.NoError(t, os.WriteFile(file, []byte(passwords+text), 0o600))
	options, err := natsd.ParseFlags([]string{"-c", file}, os.Stderr)
	require.NoError(t, err)
	require.Len(t, options.Users, 3)
	options.Users = append(options.Users, &server.User{Username: "test", Account: options.Users[0].Account})
	options.NoAuthUser = "test"
	options.StoreDir = ""
	return func(c *natsd.Config) {
		c.Options, c.Logger = options, slog.New(slog.NewTextHandler(a.log, nil))
	}
}

// as are the options of a user's connection, as the document has the programs connect.
func (a *account) as(user string) []nats.Option {
	return []nats.Option{
		nats.UserInfo(user, user[:1]), nats.CustomInboxPrefix("_INBOX_" + user),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.refused = append(a.refused, err)
		}),
	}
}

func (a *account) refusals() []error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]error{}, a.refused...)
}

// runsKept is how many runs the gateway keeps.
const runsKept = 12

func startAccount(t *testing.T) *account {
	a := &account{log: &logBuffer{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(a.refusals(), a.log)
		}
	})
	a.gatewayRig = startGateway(t, withKeys, func(c *rigConfig) {
		c.server = []natstest.Option{a.inAccount(t)}
		c.connect = a.as("gateway")
		c.gateway.SweepPeriod = 50 * time.Millisecond
		c.gateway.MaxRunsKept = runsKept
		c.before = func(js jetstream.JetStream) { // as a Python process makes it: the gateway raises a limit of it
			_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
				Name: "PYOCO_WORK", Subjects: []string{"pyoco.work.>"}, Retention: jetstream.WorkQueuePolicy,
			})
			require.NoError(t, err)
		}
	})
	return a
}

// serve runs a worker as the account's user; stop ends it.
func (a *account) serve(t *testing.T, started chan<- string) (stop func()) {
	block := func(ctx context.Context, in struct {
		Name string `json:"name"`
	}) (string, error) {
		if in.Name == "fail" {
			return "", errors.New("no")
		}
		started <- in.Name
		if in.Name == "block" {
			<-ctx.Done()
			return "", context.Cause(ctx)
		}
		return in.Name, nil
	}
	tasks := pyoco.NewTasks()
	require.NoError(t, tasks.Register("test:task", pyoco.Func(block)))
	w, err := pyoco.NewWorker(a.nats.Connect(t, a.as("worker")...), pyoco.WorkerConfig{
		ID: "w1", Tags: []string{"x"}, Tasks: tasks, Concurrency: 4, WorkerHeartbeat: 100 * time.Millisecond,
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() { defer close(ended); _ = w.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

const accountFlow = "version: 1\nflow: {graph: task, defaults: {name: %s}}\ntasks: {task: {callable: \"test:task\"}}\n"

// file submits a flow file whose task is told a name.
func (a *account) file(t *testing.T, key, name string) string {
	t.Helper()
	answer := a.postFormWith(t, "/runs/yaml", []string{"X-API-Key", key},
		formPart{"workflow", fmt.Sprintf(accountFlow, name), true}, formPart{"flow_name", "main", false}, formPart{"tag", "x", false})
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	return answer.object(t)["run_id"].(string)
}

func (a *account) ends(t *testing.T, id string, status pyoco.Status) {
	t.Helper()
	require.Eventually(t, func() bool { return a.stored(t, id)["status"] == string(status) }, 30*time.Second, 5*time.Millisecond, "%s %s", id, status)
}

func TestTheUsersOfTheAccountInTheDocumentCanDoTheirWork(t *testing.T) {
	t.Parallel()
	a := startAccount(t)
	admin := a.nats.Connect(t, a.as("admin")...)
	keys, err := pyoco.NewKeys(admin, pyoco.KeysConfig{})
	require.NoError(t, err)
	key, err := keys.Create(t.Context(), pyoco.KeySpec{Tenant: "ops", Scopes: []string{pyoco.ScopeAdmin}})
	require.NoError(t, err)
	started := make(chan string, 100)
	stop := a.serve(t, started)

	first := a.file(t, key.Text, "fine")
	a.ends(t, first, pyoco.StatusCompleted)
	require.Equal(t, "fine", <-started)
	failed := a.file(t, key.Text, "fail")
	a.ends(t, failed, pyoco.StatusFailed)
	blocked := a.file(t, key.Text, "block")
	require.Equal(t, "block", <-started)
	require.Equal(t, http.StatusOK, a.with(t, key.Text, http.MethodPost, "/runs/"+blocked+"/cancel", "").status)
	a.ends(t, blocked, pyoco.StatusCancelled)
	a.everyWheel(t, key.Text)
	a.everyRoute(t, key.Text, failed)
	a.everyRepair(t, first)

	second, err := keys.Create(t.Context(), pyoco.KeySpec{Tenant: "a"})
	require.NoError(t, err)
	_, err = keys.Rotate(t.Context(), second.ID)
	require.NoError(t, err)
	_, err = keys.Revoke(t.Context(), second.ID)
	require.NoError(t, err)
	list, err := keys.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 2)
	_, err = pyoco.Resources{}.SetReplicas(t.Context(), admin, 1)
	require.NoError(t, err)

	stop()
	a.stop()
	require.Empty(t, a.refusals())
	require.NotContains(t, a.log.String(), "Violation")
}

// everyRoute calls each route with what is there.
func (a *account) everyRoute(t *testing.T, key, failed string) {
	t.Helper()
	letters := a.with(t, key, http.MethodGet, "/dlq?run_id="+failed, "").object(t)["items"].([]any)
	letter := uint64(letters[0].(map[string]any)["seq"].(float64))
	for _, route := range a.gw.Routes() {
		path := fill(route.Pattern, failed, letter)
		if endless(route) {
			stream := a.watch(t, path, "X-API-Key", key)
			require.Equal(t, http.StatusOK, stream.status, path)
			_, open := stream.next(t)
			require.True(t, open, path)
			continue
		}
		body := `{"flow_name":"main","tag":"x","hidden":false}`
		answer := a.with(t, key, route.Method, path, body)
		require.Less(t, answer.status, 500, "%s %s: %s", route.Method, path, answer.body)
		if route.Method == http.MethodGet && route.Pattern != "/static/*path" {
			require.Equal(t, http.StatusOK, answer.status, "%s: %s", path, answer.body)
		}
	}
	require.Equal(t, http.StatusNotFound, a.with(t, key, http.MethodGet, "/wheels/"+sharedWheel, "").status, "it was deleted")
}

// everyWheel uploads a wheel, and reads it as a worker that syncs wheels does.
func (a *account) everyWheel(t *testing.T, key string) {
	t.Helper()
	content := pywheeltest.Wheel(sharedWheel)
	require.Equal(t, http.StatusOK, a.upload(t, sharedWheel, content, []string{"X-API-Key", key}).status)
	j, err := jet.New(a.nats.Connect(t, a.as("worker")...))
	require.NoError(t, err)
	wheels := j.Objects("pyoco_wheels")
	list, err := wheels.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	object, err := wheels.Get(t.Context(), sharedWheel)
	require.NoError(t, err)
	read, err := io.ReadAll(wheels.Open(t.Context(), object))
	require.NoError(t, err)
	require.Equal(t, content, read)
}

// everyRepair leaves behind what processes do that die in the middle, and waits until the gateway has seen to it. The
// run that ended first is one too many in the end.
func (a *account) everyRepair(t *testing.T, first string) {
	t.Helper()
	now := time.Now().Unix()
	a.putRun(t, "no-job", fmt.Sprintf(`{"run_id":"no-job","flow_name":"nosuch","tag":"x","status":"PENDING","updated_at":%d}`, now-60))
	a.putRun(t, "abandoned", fmt.Sprintf(`{"run_id":"abandoned","flow_name":"nosuch","tag":"x","status":"CANCELLING","updated_at":%d,"heartbeat_at":%d}`, now-600, now-600))
	for subject, data := range map[string]string{
		"pyoco.work.x": "no job",
		"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.PYOCO_WORK.pyoco_workers_x": `{"stream_seq":1,"deliveries":20}`,
	} {
		_, err := a.js.Publish(t.Context(), subject, []byte(data))
		require.NoError(t, err)
	}
	a.ends(t, "no-job", pyoco.StatusFailed)
	a.ends(t, "abandoned", pyoco.StatusCancelled)
	for i := range runsKept {
		id := fmt.Sprintf("ended-%d", i)
		a.putRun(t, id, fmt.Sprintf(`{"run_id":%q,"flow_name":"main","tag":"x","status":"COMPLETED","end_time":%d,"updated_at":%[2]d}`, id, now))
	}
	require.Eventually(t, func() bool {
		_, err := a.bucket(t, "pyoco_runs").Get(t.Context(), first)
		return errors.Is(err, jetstream.ErrKeyNotFound)
	}, 30*time.Second, 5*time.Millisecond)
	// What the markers of removed runs are removed with, after an hour.
	nc := a.nats.Connect(t, a.as("gateway")...)
	for _, bucket := range []string{"pyoco_runs", "pyoco_flow_texts"} {
		_, err := nc.RequestWithContext(t.Context(), "$JS.API.STREAM.PURGE.KV_"+bucket, []byte(`{"filter":"nosuch"}`))
		require.NoError(t, err)
	}
}

func TestTheUsersOfTheAccountInTheDocumentCanDoNoMore(t *testing.T) {
	t.Parallel()
	a := startAccount(t)
	for user, subjects := range map[string][]string{
		"worker": {
			"pyoco.work.x", "pyoco.hint.cancel.r", "$KV.pyoco_auth.api_keys.abcdefgh", "$KV.pyoco_yaml_schedules.s", "$O.pyoco_wheels.M.x",
			"$JS.API.STREAM.MSG.GET.KV_pyoco_auth", "$JS.API.DIRECT.GET.KV_pyoco_auth.x", "$JS.API.STREAM.INFO.KV_pyoco_auth",
			"$JS.API.CONSUMER.CREATE.KV_pyoco_auth.c", "$JS.API.CONSUMER.CREATE.KV_pyoco_runs.c.$KV.pyoco_runs.>", "$JS.API.STREAM.CREATE.S",
			"$JS.API.STREAM.UPDATE.KV_pyoco_runs", "$JS.API.STREAM.DELETE.KV_pyoco_runs", "$JS.API.STREAM.PURGE.KV_pyoco_runs",
			"$JS.API.STREAM.MSG.DELETE.PYOCO_WORK", "$JS.API.CONSUMER.DELETE.PYOCO_WORK.pyoco_workers_x", "$JS.API.STREAM.SNAPSHOT.KV_pyoco_auth",
			"$JS.API.STREAM.LIST", "$JS.API.STREAM.NAMES", "$JS.API.CONSUMER.CREATE.OBJ_pyoco_wheels.c.$O.pyoco_wheels.C.>", "_INBOX_gateway.x",
		},
		"gateway": {
			"$KV.pyoco_auth.api_keys.abcdefgh", "$JS.API.STREAM.PURGE.KV_pyoco_auth", "$JS.API.STREAM.UPDATE.KV_pyoco_auth",
			"$JS.API.STREAM.DELETE.KV_pyoco_runs", "$JS.API.CONSUMER.DELETE.PYOCO_WORK.pyoco_workers_x", "$JS.API.STREAM.SNAPSHOT.KV_pyoco_runs", "any",
		},
		"admin": {
			"pyoco.work.x", "$KV.pyoco_runs.r", "$JS.API.STREAM.MSG.GET.KV_pyoco_runs", "$JS.API.STREAM.DELETE.KV_pyoco_auth",
			"$JS.API.CONSUMER.CREATE.KV_pyoco_runs.c", "$JS.API.STREAM.CREATE.S",
		},
	} {
		nc := a.nats.Connect(t, a.as(user)...)
		for _, subject := range subjects {
			require.NoError(t, nc.Publish(subject, []byte("{}")))
			a.waitRefusal(t, "publish to \""+subject)
		}
		for _, subject := range []string{">", "_INBOX.>", "$KV.>", "$JS.>", "_INBOX_test.>", "pyoco.work.*"} {
			_, err := nc.SubscribeSync(subject)
			require.NoError(t, err)
			a.waitRefusal(t, "subscription to \""+subject)
		}
	}
	for _, other := range []string{"_INBOX_gateway.>", "_INBOX_admin.>"} {
		_, err := a.nats.Connect(t, a.as("worker")...).SubscribeSync(other)
		require.NoError(t, err)
		a.waitRefusal(t, "subscription to \""+other)
	}
}

func (a *account) waitRefusal(t *testing.T, of string) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, err := range a.refusals() {
			if errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(strings.ToLower(err.Error()), strings.ToLower(of)) {
				return true
			}
		}
		return false
	}, 20*time.Second, time.Millisecond, of)
}

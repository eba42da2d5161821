// This file owns the tests of the wheels' history.

package pyoco_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

func TestTheHistoryTellsWhatHasHappenedToWheels(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	require.Empty(t, rig.get(t, "/wheels/history").list(t))
	put := rig.upload(t, shop10, pywheeltest.Wheel(shop10), []string{
		"User-Agent", "test/1", "X-Forwarded-For", "203.0.113.7", "X-Real-Ip", "203.0.113.8",
	}, "tags", "hello", "replace", "0").object(t)
	rig.do(t, http.MethodDelete, "/wheels/"+shop10, nil)
	_, err := rig.gw.UploadWheel(t.Context(), upload("other-1-py3-none-any.whl", nil))
	require.NoError(t, err)
	list := rig.get(t, "/wheels/history").list(t)
	require.Len(t, list, 3)
	host := rig.url[len("http://"):]
	event := list[2]
	require.Len(t, event["event_id"], 32)
	require.InDelta(t, time.Now().Unix(), event["occurred_at"], 60)
	delete(event, "event_id")
	delete(event, "occurred_at")
	require.Equal(t, map[string]any{
		"action": "upload", "wheel_name": shop10, "tags": []any{"hello"}, "size_bytes": put["size_bytes"], "sha256_hex": put["sha256_hex"], "replace": false,
		"actor": map[string]any{"tenant_id": nil, "api_key_id": nil},
		"source": map[string]any{
			"remote_addr": "127.0.0.1", "x_forwarded_for": "203.0.113.7", "x_real_ip": "203.0.113.8", "user_agent": "test/1", "host": host, "scheme": "http",
		},
	}, event)
	require.Equal(t, []any{"delete", shop10, nil, []any{"hello"}, put["sha256_hex"]}, []any{list[1]["action"], list[1]["wheel_name"], list[1]["replace"], list[1]["tags"], list[1]["sha256_hex"]})
	require.Equal(t, []any{"upload", "other-1-py3-none-any.whl", true}, []any{list[0]["action"], list[0]["wheel_name"], list[0]["replace"]})
	require.Equal(t, map[string]any{
		"remote_addr": nil, "x_forwarded_for": nil, "x_real_ip": nil, "user_agent": nil, "host": nil, "scheme": nil,
	}, list[0]["source"], "a Go program's call comes from nowhere")

	for query, want := range map[string]int{
		"?limit=1": 1, "?wheel_name=" + shop10: 2, "?action=delete": 1, "?action=%20UPLOAD%20": 2, "?wheel_name=none-1-py3-none-any.whl": 0, "?action=&wheel_name=": 3,
	} {
		require.Len(t, rig.get(t, "/wheels/history"+query).list(t), want, query)
	}
	for query, detail := range map[string]string{
		"?limit=0": "limit: must be 1 to 500, got 0", "?limit=501": "limit: must be 1 to 500, got 501", "?action=replace": `action: must be upload or delete, got "replace"`,
		"?wheel_name=a/b": `wheel_name: must be the file name of a wheel, like shop-1.0-py3-none-any.whl, got "a/b"`,
	} {
		rig.get(t, "/wheels/history"+query).requireProblem(t, http.StatusUnprocessableEntity, "ERR-PYOCO-0002", detail)
	}
}

func TestTheHistoryOfOtherWritersIsShownAndWhatIsNoneIsNot(t *testing.T) {
	t.Parallel()
	rig := startGateway(t)
	kv := rig.bucket(t, "pyoco_wheel_history")
	for key, value := range map[string]string{
		"1700000000001_b": `{"event_id":"b","occurred_at":1700000000.0011,"action":"delete","wheel_name":"a-1-py3-none-any.whl","tags":[],"size_bytes":null,"sha256_hex":null,"replace":null,"actor":{"tenant_id":null,"api_key_id":null},"source":{"host":"h"},"note":"kept"}`,
		"1700000000001_a": `{"event_id":"a","occurred_at":1700000000.0012,"action":"upload","wheel_name":"a-1-py3-none-any.whl"}`,
		"1700000000002_c": `not JSON`,
		"1700000000000_d": `{"event_id":"d","occurred_at":NaN,"action":"upload","wheel_name":"b-1-py3-none-any.whl","tags":7,"size_bytes":"x"}`,
	} {
		_, err := kv.Put(t.Context(), key, []byte(value))
		require.NoError(t, err)
	}
	list := rig.get(t, "/wheels/history").list(t)
	require.Equal(t, []any{"a", "b", "d"}, []any{list[0]["event_id"], list[1]["event_id"], list[2]["event_id"]}, "by their time within a millisecond")
	require.Equal(t, "kept", list[1]["note"])
	require.Equal(t, []any{}, list[2]["tags"])
	require.Equal(t, "a", rig.get(t, "/wheels/history?limit=1").list(t)[0]["event_id"])
}

func TestATenantSeesItsOwnActorsInTheHistory(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, withKeys)
	ours, theirs := rig.key(t, pyoco.KeySpec{Tenant: "ours"}), rig.key(t, pyoco.KeySpec{Tenant: "theirs"})
	admin := rig.key(t, pyoco.KeySpec{Tenant: "ops", Scopes: []string{pyoco.ScopeAdmin}})
	require.Equal(t, http.StatusOK, rig.upload(t, shop10, pywheeltest.Wheel(shop10), []string{"X-API-Key", ours.Text}).status)
	require.Equal(t, http.StatusOK, rig.with(t, theirs.Text, http.MethodDelete, "/wheels/"+shop10, "").status, "wheels are everybody's")
	actors := func(key string) (actors []any) {
		for _, event := range rig.with(t, key, http.MethodGet, "/wheels/history", "").list(t) {
			actors = append(actors, event["actor"])
		}
		return actors
	}
	nobody := map[string]any{"tenant_id": nil, "api_key_id": nil}
	own := func(key *pyoco.IssuedKey) map[string]any {
		return map[string]any{"tenant_id": key.TenantID, "api_key_id": key.ID}
	}
	require.Equal(t, []any{nobody, own(ours)}, actors(ours.Text))
	require.Equal(t, []any{own(theirs), nobody}, actors(theirs.Text))
	require.Equal(t, []any{own(theirs), own(ours)}, actors(admin.Text))
}

func TestTheHistoryAgesOut(t *testing.T) {
	t.Parallel()
	rig := startGateway(t, func(c *rigConfig) { c.gateway.Resources.WheelHistoryTTL = time.Hour })
	kv := rig.bucket(t, "pyoco_wheel_history")
	status, err := kv.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, time.Hour, status.TTL())
	status, err = startGateway(t).bucket(t, "pyoco_wheel_history").Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, 90*24*time.Hour, status.TTL())
}

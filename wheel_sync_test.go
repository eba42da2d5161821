// This file owns the tests of what a worker's record says of its wheels.

package pyoco

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pyenv"
)

func TestAWheelSyncIsWrittenAsPythonReadersExpectIt(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(WheelSync{LastResult: wheelSyncDisabled})
	require.NoError(t, err)
	require.JSONEq(t, `{"enabled":false,"last_result":"disabled","selected_count":0,"updated_count":0,"removed_count":0,
		"skipped_incompatible_count":0,"selected_wheels":[],"updated_wheels":[],"removed_wheels":[],"skipped_incompatible":[],
		"installed_wheels":[]}`, string(data))

	sync := WheelSync{Enabled: true, LastResult: wheelSyncError, LastAttemptAt: 1, LastSuccessAt: 2, LastSyncedAt: 3, LastError: "no"}
	result := &pyenv.Result{Installed: map[string]pyenv.Installed{}}
	for i := range 60 {
		name := fmt.Sprintf("w%02d-1.0-py3-none-any.whl", i)
		result.Installed[name] = pyenv.Installed{NUID: "n", Package: "w", Version: "1.0", InstalledAt: 1.5}
		result.Updated = append(result.Updated, name)
	}
	sync.apply(result)
	data, err = json.Marshal(sync)
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(data, &fields))
	require.Equal(t, []string{
		"enabled", "installed_wheels", "last_attempt_at", "last_error", "last_result", "last_success_at", "last_synced_at", "removed_count",
		"removed_wheels", "selected_count", "selected_wheels", "skipped_incompatible", "skipped_incompatible_count", "updated_count", "updated_wheels",
	}, slices.Sorted(maps.Keys(fields)))
	require.Equal(t, 60.0, fields["updated_count"])
	require.Len(t, fields["updated_wheels"], maxSyncItems)
	require.Len(t, fields["installed_wheels"], maxSyncItems)
	require.Equal(t, map[string]any{"wheel_name": "w00-1.0-py3-none-any.whl", "package_name": "w", "package_version": "1.0", "installed_at": 1.5, "nuid": "n"},
		fields["installed_wheels"].([]any)[0])
}

func TestAWheelSyncOfAnyWriterIsReadAndPassedOn(t *testing.T) {
	t.Parallel()
	const text = `{"enabled":true,"last_result":"ok","last_attempt_at":null,"updated_count":"odd","installed_wheels":[{"wheel_name":"a.whl","nuid":null}],"n":1.0}`
	var sync WheelSync
	require.NoError(t, json.Unmarshal([]byte(text), &sync))
	require.True(t, sync.Enabled)
	require.Equal(t, []InstalledWheel{{Wheel: "a.whl"}}, sync.InstalledWheels)
	require.Zero(t, sync.UpdatedCount)
	data, err := json.Marshal(sync)
	require.NoError(t, err)
	require.Equal(t, text, string(data))
}

// This file owns the test of the names of a job's fields.

package pyoco

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAJobsFieldsAreThoseOfTheExactName(t *testing.T) {
	t.Parallel()
	j, err := decodeJob([]byte(`{"run_id":"r","RUN_ID":"s","flow_name":"f","Flow_Name":"g","TAGS":5}`))
	require.NoError(t, err)
	require.Equal(t, "r", j.RunID)
	require.Equal(t, "f", j.Flow)
	_, err = decodeJob([]byte(`{"run_id":"r","FLOW_NAME":"g"}`))
	require.ErrorContains(t, err, badJobMissing)
}

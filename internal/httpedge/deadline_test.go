// This file owns the test of how slowly the body of a stream may come.

package httpedge

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestABodyMayNotDribble(t *testing.T) {
	t.Parallel()
	start := time.Now()
	for _, test := range []struct {
		after time.Duration
		read  int64
		want  time.Duration // from the start on
	}{
		{0, 0, 10 * time.Second},
		{5 * time.Second, 0, 10 * time.Second},
		{9 * time.Second, 1, 10 * time.Second},
		{9 * time.Second, 5 * minBodyRate, 15 * time.Second},
		{9 * time.Second, 1000 * minBodyRate, 19 * time.Second},
		{time.Hour, 3600 * minBodyRate, time.Hour + 10*time.Second},
		{time.Hour, 1800 * minBodyRate, 30*time.Minute + 10*time.Second}, // too late already
	} {
		require.Equal(t, start.Add(test.want), bodyDeadline(start, start.Add(test.after), test.read), test)
	}
}

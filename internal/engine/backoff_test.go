// This file owns the tests of the pauses between attempts.

package engine_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
)

func TestPausesGrowByTheFactorUpToTheCapAndShrinkByTheJitter(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for _, row := range []struct {
		backoff engine.Backoff
		random  float64
		want    []time.Duration
	}{
		{engine.Backoff{}, 0.5, []time.Duration{s, s, s, s}},
		{engine.Backoff{Factor: 1}, 0.5, []time.Duration{s, s, s, s}},
		{engine.Backoff{Factor: 2}, 0.5, []time.Duration{s, 2 * s, 4 * s, 8 * s}},
		{engine.Backoff{Factor: 1.5}, 0.5, []time.Duration{s, 3 * s / 2, 9 * s / 4, 27 * s / 8}},
		{engine.Backoff{Factor: 10, Cap: 5 * s}, 0.5, []time.Duration{s, 5 * s, 5 * s, 5 * s}},
		{engine.Backoff{Cap: s / 2}, 0.5, []time.Duration{s / 2, s / 2, s / 2, s / 2}},
		{engine.Backoff{Jitter: 0.5}, 0.5, []time.Duration{3 * s / 4, 3 * s / 4, 3 * s / 4, 3 * s / 4}},
		{engine.Backoff{Factor: 2, Cap: 4 * s, Jitter: 1}, 0.25, []time.Duration{3 * s / 4, 3 * s / 2, 3 * s, 3 * s}},
		{engine.Backoff{Jitter: 1}, 0, []time.Duration{s, s, s, s}},
	} {
		synctest.Test(t, func(t *testing.T) {
			step := retried(len(row.want), fails)
			step.Policy.Backoff = row.backoff
			cfg, rec := config(t, "a", steps{"a": step})
			cfg.Random = func() float64 { return row.random }
			_, err := engine.Run(t.Context(), cfg)
			require.NoError(t, err)
			var pauses []time.Duration
			for i, e := range rec.events {
				if e.Kind == engine.Retrying {
					pauses = append(pauses, rec.events[i+1].At.Sub(e.At))
				}
			}
			require.Equal(t, row.want, pauses, "%+v", row.backoff)
		})
	}
}

func TestPausesBeyondAllNumbersEndWithTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		step := retried(3, fails)
		step.Policy.Backoff.Factor = math.MaxFloat64
		cfg, rec := config(t, "a", steps{"a": step})
		cfg.Timeout = time.Hour
		out, err := engine.Run(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, engine.RunFailed, out.Status)
		require.Equal(t, "cancelled a 2", rec.ends(t, "a")[0])

		step.Policy.RetryDelay = 0
		out, _ = run(t, "a", steps{"a": step})
		requireFailedBy(t, out, "a", 4, errBoom)
	})
}

func TestWithoutARandomSourceTheJitterStillVaries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		step := retried(20, fails)
		step.Policy.Backoff.Jitter = 1
		begin := time.Now()
		_, rec := run(t, "a", steps{"a": step})
		require.Less(t, time.Since(begin), 20*time.Second)
		require.NotEqual(t, rec.events[2].At.Sub(rec.events[1].At), rec.events[4].At.Sub(rec.events[3].At))
	})
}

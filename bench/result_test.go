// This file owns the proof that goals are judged, and figures written, as they are read.

package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAGoalIsMetOrSaysByHowMuchItIsMissed(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]Result{
		"ratio ≥ 0.700: met":                {Ratio: 0.7, Goals: []Goal{atLeast("ratio", 0.7)}},
		"ratio ≥ 0.800: missed by 25 %":     {Ratio: 0.6, Goals: []Goal{atLeast("ratio", 0.8)}},
		"value ≤ 50.0: missed by 50 %":      {Value: 75, Goals: []Goal{atMost("value", 50)}},
		"value ≤ 600: missed by 1 %":        {Value: 600.5, Goals: []Goal{atMost("value", 600)}},
		"difference ≤ 40.0: met":            {Value: 60, Limit: 20, Goals: []Goal{atMost("difference", 40)}},
		"difference ≤ 40.0: missed by 50 %": {Value: 80, Limit: 20, Goals: []Goal{atMost("difference", 40)}},
	} {
		r.judge()
		require.Equal(t, want, r.goals())
	}
}

func TestFiguresHaveThreeDigits(t *testing.T) {
	t.Parallel()
	for want, value := range map[string]float64{
		"0.123": 0.1234, "1.23": 1.234, "12.3": 12.34, "123": 123.4, "1,234": 1234, "1,234,567": 1234567, "-1,234": -1234, "-123": -123,
	} {
		require.Equal(t, want, figure(value))
	}
}

func TestMediansAndPercentilesAreThoseOfTheValues(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 2, median([]float64{3, 1, 2}), 0)
	require.InDelta(t, 2.5, median([]float64{4, 1, 2, 3}), 0)
	sorted := make([]float64, 100)
	for i := range sorted {
		sorted[i] = float64(i + 1)
	}
	require.InDelta(t, 50, percentile(sorted, 50), 0)
	require.InDelta(t, 99, percentile(sorted, 99), 0)
	require.InDelta(t, 7, percentile([]float64{7}, 99), 0)
}

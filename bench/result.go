// This file owns a result: what was measured, its ratio to the limit, and whether it reaches its goals.

package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Result is one figure.
type Result struct {
	Group string `json:"group"` // the measurement, as -only names it
	Name  string `json:"name"`
	Mode  mode   `json:"mode"`
	Unit  string `json:"unit"`
	// Value is ours. Where it was measured in rounds it is their median, as Limit and Ratio are.
	Value float64 `json:"value"`
	// Limit is what Against gives in the same unit; 0 where there is nothing to compare with.
	Limit   float64 `json:"limit,omitempty"`
	Against string  `json:"against,omitempty"`
	// Ratio is the median of each round's value by its limit, and so not always that of the medians.
	Ratio float64 `json:"ratio,omitempty"`
	Goals []Goal  `json:"goals,omitempty"`
}

// The units of rates.
const (
	perSecond     = "a second"
	runsPerSecond = "runs/s"
)

// Goal is a bound that a result should keep.
type Goal struct {
	Of      string  `json:"of"`       // value, ratio, or difference: value less limit
	AtLeast bool    `json:"at_least"` // else at most
	Bound   float64 `json:"bound"`
	Met     bool    `json:"met"`
	// MissedBy is the distance to the bound as a part of it; 0 where it is kept.
	MissedBy float64 `json:"missed_by,omitempty"`
}

func atLeast(of string, bound float64) Goal { return Goal{Of: of, AtLeast: true, Bound: bound} }
func atMost(of string, bound float64) Goal  { return Goal{Of: of, Bound: bound} }

// judge fills in what became of the goals.
func (r *Result) judge() {
	for i := range r.Goals {
		goal := &r.Goals[i]
		found := map[string]float64{"value": r.Value, "ratio": r.Ratio, "difference": r.Value - r.Limit}[goal.Of]
		goal.Met = found >= goal.Bound
		if !goal.AtLeast {
			goal.Met = found <= goal.Bound
		}
		if !goal.Met {
			goal.MissedBy = math.Abs(found-goal.Bound) / goal.Bound
		}
	}
}

// String is the goal and what became of it.
func (g Goal) String() string {
	sign := "≤"
	if g.AtLeast {
		sign = "≥"
	}
	verdict := "met"
	if !g.Met {
		verdict = fmt.Sprintf("missed by %.0f %%", max(1, math.Round(100*g.MissedBy)))
	}
	return fmt.Sprintf("%s %s %s: %s", g.Of, sign, figure(g.Bound), verdict)
}

// lessIsBetter says how the figure is read: all but rates count what something costs.
func (r Result) lessIsBetter() bool { return r.Unit != perSecond && r.Unit != runsPerSecond }

func (r Result) goals() string {
	texts := make([]string, len(r.Goals))
	for i, g := range r.Goals {
		texts[i] = g.String()
	}
	return strings.Join(texts, "; ")
}

func (r Result) String() string {
	text := fmt.Sprintf("%s (%s): %s %s", r.Name, r.Mode, figure(r.Value), r.Unit)
	if r.Limit > 0 {
		text += fmt.Sprintf(", %s of %s %s", figure(r.Ratio), r.Against, figure(r.Limit))
	}
	if goals := r.goals(); goals != "" {
		text += "; " + goals
	}
	return text
}

// figure writes a number with three digits, large ones with commas.
func figure(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1000:
		return count(int(math.Round(v)))
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	case a >= 1 || a == 0:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}

// count writes a whole number with commas.
func count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// This file owns the tests of switches: which case runs, and what becomes of the others.

package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/engine"
)

func TestSwitchRunsTheFirstCaseThatIsEqualAsInPythonElseTheDefault(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`"A"`: "a", `"B"`: "b", "1": "b1", "1.0": "b1", "True": "b1", "0": "c", "None": "c",
	} {
		choice := choose(value, when("A", task("a")), when("B", task("b")), when(int64(1), task("b1")),
			when(true, task("never")), otherwise(task("c")))
		out, rec := runOf(t, program(seq(choice, task("after"))), nil)
		require.Equal(t, engine.Completed, out.Status)
		for _, name := range []string{"a", "b", "b1", "never", "c"} {
			if name == want {
				require.Equal(t, engine.Succeeded, rec.end(t, name).Kind, "%s with %s", name, value)
			} else {
				require.Equal(t, engine.Skipped, rec.end(t, name).Kind, "%s with %s", name, value)
			}
		}
		require.Equal(t, engine.Succeeded, rec.end(t, "after").Kind)
	}
}

func TestTaskInSeveralCasesRunsOnceAndIsNotSkipped(t *testing.T) {
	t.Parallel()
	nested := choose(`"x"`, when("x", seq(task("b"), task("c"))), when("y", task("d")))
	choice := choose("2",
		when(int64(1), seq(task("a"), task("b"))), when(int64(2), nested), when(int64(3), repeat("3", task("c"))))
	_, rec := runOf(t, program(choice), nil)
	require.Equal(t, []string{"skipped a[]", "skipped d[]", "ok b[]", "ok c[]"}, rec.story())
}

func TestTaskSkippedInOneRoundRunsInAnother(t *testing.T) {
	t.Parallel()
	choice := choose("$ctx.loop.item", when("A", seq(task("a"), task("both"))), when("B", seq(task("b"), task("both"))))
	out, rec := runOf(t, program(foreach(`["A", "B"]`, choice)), nil)
	require.Equal(t, engine.Completed, out.Status)
	require.Equal(t, []string{
		"skipped b[0]", "ok a[0]", "ok both[0]", "skipped a[1]", "ok b[1]", "ok both[1]",
	}, rec.story())
}

func TestSwitchSeesWhatWasPutOutBefore(t *testing.T) {
	t.Parallel()
	choice := choose("$ctx.results.a", when("a", task("b")))
	out, _ := runOf(t, program(seq(task("a"), choice)), nil)
	require.Equal(t, engine.Completed, out.Status)
}

func TestWhatFollowsASwitchStartsAtTheFirstSuccessOfAnAnyInItsCase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		choice := choose("1", when(int64(1), either(task("slow"), task("fast"))))
		out, rec := runOf(t, program(seq(choice, task("after"))), steps{"slow": do(takes(time.Minute))})
		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, []string{"ok fast[]", "ok after[]", "ok slow[]"}, rec.story())
	})
}

func TestAnyAroundLoopsAndSwitchesStartsWhatFollowsOnceAtTheFirstSuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		loops := either(repeat("3", task("a")), choose("1", when(int64(1), repeat("2", task("b")))))
		out, rec := runOf(t, program(seq(loops, task("c"))), steps{"a": do(takes(3 * time.Second)), "b": do(takes(time.Second))})
		require.Equal(t, engine.Completed, out.Status)
		require.Equal(t, []string{"ok b[0]", "ok b[1]", "ok c[]", "ok a[0]", "ok a[1]", "ok a[2]"}, rec.story())
	})
}

func TestAllAroundLoopsAndSwitchesWaitsForEach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		both := all(repeat("2", task("a")), choose("1", when(int64(1), task("b"))))
		_, rec := runOf(t, program(seq(both, task("c"))), steps{"a": do(takes(time.Second)), "b": do(takes(time.Minute))})
		require.Equal(t, []string{"ok a[0]", "ok a[1]", "ok b[]", "ok c[]"}, rec.story())
	})
}

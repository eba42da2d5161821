// This file owns the tests of what a run may become: every pair of statuses, and updated_at.

package pyoco

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var everyStatus = []Status{
	StatusPending, StatusPendingApproval, StatusRunning, StatusCancelling, StatusCompleted, StatusFailed, StatusCancelled,
}

// contractTransitions is the table of the contract, apart from the one that the code uses.
var contractTransitions = map[Status][]Status{
	StatusPending:         {StatusRunning, StatusCancelling, StatusFailed},
	StatusPendingApproval: {StatusPending, StatusCancelled},
	StatusRunning:         {StatusRunning, StatusCancelling, StatusCompleted, StatusFailed},
	StatusCancelling:      {StatusCancelled},
}

func forEveryStatus(t *testing.T, test func(t *testing.T, from Status, r *Run)) {
	t.Helper()
	for _, from := range everyStatus {
		t.Run(string(from), func(t *testing.T) {
			t.Parallel()
			test(t, from, &Run{ID: "r", Status: from, Attempt: 3, WorkerID: "old", UpdatedAt: 100})
		})
	}
}

func requireRefused(t *testing.T, before Run, r *Run, err error) {
	t.Helper()
	require.ErrorAs(t, err, new(*TransitionError))
	require.Equal(t, before, *r, "nothing has changed")
}

func TestARunBecomesOnlyWhatTheContractAllows(t *testing.T) {
	t.Parallel()
	for _, from := range everyStatus {
		for _, to := range everyStatus {
			t.Run(fmt.Sprintf("%s to %s", from, to), func(t *testing.T) {
				t.Parallel()
				r := &Run{ID: "r", Status: from, UpdatedAt: 100}
				before := *r
				err := r.become(to, time.Unix(200, 0))
				if !slices.Contains(contractTransitions[from], to) {
					requireRefused(t, before, r, err)
					require.ErrorContains(t, err, fmt.Sprintf("is %s and cannot become %s", from, to))
					return
				}
				require.NoError(t, err)
				require.Equal(t, to, r.Status)
				require.Equal(t, Timestamp(200), r.UpdatedAt)
			})
		}
	}
}

func TestAClaimTakesAPendingOrARunningRunWithTheNextAttempt(t *testing.T) {
	t.Parallel()
	forEveryStatus(t, func(t *testing.T, from Status, r *Run) {
		r.Tasks, r.TaskRecordsTruncated = map[string]TaskState{"a": TaskRunning}, true
		before := *r
		own, err := r.claim("me", 30*time.Second, 7, time.Unix(200, 0))
		if from != StatusPending && from != StatusRunning {
			requireRefused(t, before, r, err)
			return
		}
		require.NoError(t, err)
		require.Equal(t, &Run{
			ID: "r", Status: StatusRunning, Attempt: 4, WorkerID: "me", LeaseSec: 30, JobSeq: 7,
			StartTime: 200, HeartbeatAt: 200, UpdatedAt: 200,
		}, r)
		require.True(t, own.owns(r))
		again := r.clone()
		_, err = again.claim("me", 30*time.Second, 7, time.Unix(201, 0))
		require.NoError(t, err)
		require.False(t, own.owns(again), "another instance under the same id")
	})
}

func TestACancelIsTakenByWhatHasNotEnded(t *testing.T) {
	t.Parallel()
	want := map[Status]Status{
		StatusPending: StatusCancelling, StatusRunning: StatusCancelling, StatusPendingApproval: StatusCancelled,
	}
	forEveryStatus(t, func(t *testing.T, from Status, r *Run) {
		before := *r
		asked := r.requestCancel("her", time.Unix(200, 0))
		if want[from] == "" {
			require.False(t, asked)
			require.Equal(t, before, *r)
			return
		}
		require.True(t, asked)
		require.Equal(t, want[from], r.Status)
		require.Equal(t, "her", r.CancelRequestedBy)
		require.Equal(t, Timestamp(200), r.CancelRequestedAt)
		require.Equal(t, Timestamp(200), r.UpdatedAt)
		require.Equal(t, want[from].Terminal(), r.EndTime > 0)
		require.Equal(t, "old", r.WorkerID, "the owner stays the owner")
	})
}

func TestOnlyTheEndsOfTheContractAreReached(t *testing.T) {
	t.Parallel()
	ends := []Status{StatusCompleted, StatusFailed, StatusCancelled}
	allowed := map[Status][]Status{
		StatusPending:         {StatusFailed},
		StatusPendingApproval: {StatusCancelled},
		StatusRunning:         {StatusCompleted, StatusFailed},
		StatusCancelling:      ends, // all of which are then CANCELLED
	}
	for _, to := range ends {
		t.Run(string(to), func(t *testing.T) {
			t.Parallel()
			forEveryStatus(t, func(t *testing.T, from Status, r *Run) {
				before := *r
				err := r.finish(to, "why", time.Unix(200, 0))
				if !slices.Contains(allowed[from], to) {
					requireRefused(t, before, r, err)
					return
				}
				require.NoError(t, err)
				want := to
				if from == StatusCancelling {
					want = StatusCancelled
				}
				require.Equal(t, want, r.Status)
				require.Equal(t, "why", r.Error)
				require.Equal(t, Timestamp(200), r.EndTime)
				require.Equal(t, Timestamp(200), r.UpdatedAt)
			})
		})
	}
}

func TestACancellingRunEndsCancelledThoughItsLastTaskSucceeded(t *testing.T) {
	t.Parallel()
	r := &Run{ID: "r", Status: StatusCancelling, Tasks: map[string]TaskState{"a": TaskSucceeded}}
	require.NoError(t, r.finish(StatusCompleted, "", time.Unix(200, 0)))
	require.Equal(t, StatusCancelled, r.Status)
	require.Equal(t, map[string]TaskState{"a": TaskSucceeded}, r.Tasks, "its outputs stay")
}

func TestOnlyAHeldRunIsHandedBack(t *testing.T) {
	t.Parallel()
	forEveryStatus(t, func(t *testing.T, from Status, r *Run) {
		before := *r
		err := r.handBack(time.Unix(200, 0))
		if from != StatusRunning && from != StatusCancelling {
			requireRefused(t, before, r, err)
			return
		}
		require.NoError(t, err)
		require.Equal(t, from, r.Status)
		require.Empty(t, r.WorkerID)
		require.Equal(t, 3, r.Attempt, "no attempt is spent")
		require.Equal(t, Timestamp(200), r.UpdatedAt)
	})
}

func TestUpdatedAtMovesWithEveryWriteWhateverTheClockSays(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 123_456_000)
	clocks := map[string]time.Time{"stands still": now, "goes back": now.Add(-time.Hour), "is at zero": time.Unix(0, 0)}
	writes := map[string]func(*Run, time.Time) error{
		"claim": func(r *Run, now time.Time) error {
			_, err := r.claim("w", time.Second, 1, now)
			return err
		},
		"touch":    func(r *Run, now time.Time) error { r.touch(now); return nil },
		"cancel":   func(r *Run, now time.Time) error { r.requestCancel("", now); return nil },
		"finish":   func(r *Run, now time.Time) error { return r.finish(StatusCompleted, "", now) },
		"handBack": func(r *Run, now time.Time) error { return r.handBack(now) },
	}
	for clock, at := range clocks {
		for name, write := range writes {
			for _, last := range []Timestamp{timestamp(now), 1.8e12, 1e300} { // also as milliseconds, or as nonsense
				r := &Run{ID: "r", Status: StatusRunning, UpdatedAt: last}
				require.NoError(t, write(r, at))
				require.Greater(t, r.UpdatedAt, last, "%s when the clock %s", name, clock)
			}
		}
	}
	r := &Run{UpdatedAt: math.MaxFloat64}
	r.touch(now)
	_, err := encode(r)
	require.NoError(t, err, "still a number")
}

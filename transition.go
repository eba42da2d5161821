// This file owns what a run may become: every change of a snapshot is one of these functions, applied to what is there
// and written by compare-and-set.

package pyoco

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// transitions are the only changes of status, beside PENDING_APPROVAL → PENDING by an approval.
var transitions = map[Status][]Status{
	StatusPending:         {StatusRunning, StatusCancelling, StatusFailed},
	StatusPendingApproval: {StatusPending, StatusCancelled},
	StatusRunning:         {StatusRunning, StatusCancelling, StatusCompleted, StatusFailed},
	StatusCancelling:      {StatusCancelled},
}

// TransitionError is returned for a change of status that a run must not make.
type TransitionError struct {
	Run      string
	From, To Status
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("run %s is %s and cannot become %s", e.Run, e.From, e.To)
}

// become changes the status if the run may do so.
func (r *Run) become(to Status, now time.Time) error {
	if !slices.Contains(transitions[r.Status], to) {
		return &TransitionError{Run: r.ID, From: r.Status, To: to}
	}
	r.Status = to
	r.touch(now)
	return nil
}

// touch moves updated_at, also where the clock stands still or has gone back.
func (r *Run) touch(now time.Time) {
	next := math.Nextafter(float64(r.UpdatedAt), math.Inf(1)) // a foreign time may be too large for a microsecond to count
	r.UpdatedAt = max(timestamp(now), r.UpdatedAt+1e-6, Timestamp(min(next, math.MaxFloat64)))
}

// owner is a worker that has claimed a run, and the claim.
type owner struct {
	worker  string
	attempt int
	began   Timestamp // when it claimed: two of the same name may have the same attempt, where a Python worker has reset it
	lease   time.Duration
	jobSeq  uint64
}

// owns says that the snapshot is still that of the owner's claim.
func (o owner) owns(r *Run) bool {
	return r.Attempt == o.attempt && r.WorkerID == o.worker && r.StartTime == o.began
}

// claim makes worker the owner, with the next attempt. A run that another worker holds must be known to be abandoned.
func (r *Run) claim(worker string, lease time.Duration, jobSeq uint64, now time.Time) (owner, error) {
	if err := r.become(StatusRunning, now); err != nil {
		return owner{}, err
	}
	r.Attempt++
	r.WorkerID, r.LeaseSec, r.JobSeq = worker, lease.Seconds(), jobSeq
	r.StartTime, r.HeartbeatAt = timestamp(now), timestamp(now)
	r.Tasks, r.TaskRecords, r.TaskRecordsTruncated = nil, nil, false
	return owner{worker: worker, attempt: r.Attempt, began: r.StartTime, lease: lease, jobSeq: jobSeq}, nil
}

// handBack gives up the claim of a run that goes on elsewhere, or is cancelled there.
func (r *Run) handBack(now time.Time) error {
	if r.Status != StatusRunning && r.Status != StatusCancelling {
		return &TransitionError{Run: r.ID, From: r.Status, To: r.Status}
	}
	r.WorkerID = ""
	tasks := make(map[string]TaskState, len(r.Tasks))
	for task := range r.Tasks { // the next owner begins anew
		tasks[task] = TaskPending
	}
	r.Tasks = tasks
	r.TaskRecords = nil
	r.touch(now)
	return nil
}

// requestCancel asks for the run's end. It says false, and changes nothing, where the run has ended or was asked before.
func (r *Run) requestCancel(by string, now time.Time) bool {
	to := StatusCancelling
	if r.Status == StatusPendingApproval {
		to = StatusCancelled
	}
	if r.become(to, now) != nil {
		return false
	}
	r.CancelRequestedAt, r.CancelRequestedBy = timestamp(now), by
	if to == StatusCancelled {
		r.EndTime = r.UpdatedAt
	}
	return true
}

// finish ends the run. What was asked to cancel ends CANCELLED, also when its last task succeeded in time.
func (r *Run) finish(to Status, reason string, now time.Time) error {
	if r.Status == StatusCancelling {
		to = StatusCancelled
	}
	if err := r.become(to, now); err != nil {
		return err
	}
	r.EndTime, r.Error = timestamp(now), clip(reason, maxErrorText)
	if r.Attempt > 0 {
		r.HeartbeatAt = r.EndTime
	}
	return nil
}

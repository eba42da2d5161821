// This file owns the run: its snapshot as it stands in the runs bucket, and the record of each of its tasks.

package pyoco

import "encoding/json"

// Status is the state of a run.
type Status string

// The states of a run. The last three are terminal: nothing ever changes a run that has reached one.
const (
	StatusPending         Status = "PENDING"
	StatusPendingApproval Status = "PENDING_APPROVAL"
	StatusRunning         Status = "RUNNING"
	StatusCancelling      Status = "CANCELLING"
	StatusCompleted       Status = "COMPLETED"
	StatusFailed          Status = "FAILED"
	StatusCancelled       Status = "CANCELLED"
)

// Terminal says whether the run has ended.
func (s Status) Terminal() bool {
	return s == StatusCompleted || s == StatusFailed || s == StatusCancelled
}

// TaskState is the state of one task of a run.
type TaskState string

// The states of a task.
const (
	TaskPending   TaskState = "PENDING"
	TaskRunning   TaskState = "RUNNING"
	TaskSucceeded TaskState = "SUCCEEDED"
	TaskFailed    TaskState = "FAILED"
	TaskCancelled TaskState = "CANCELLED"
	TaskSkipped   TaskState = "SKIPPED"
)

// Run is the snapshot of a run: one revision of its record. It is a value; changing it changes nothing else. Values that
// users gave or tasks made stay JSON, so that numbers pass through exactly.
type Run struct {
	ID       string          `json:"run_id"`
	Flow     string          `json:"flow_name"`
	Tag      string          `json:"tag,omitempty"`
	Tags     []string        `json:"tags,omitempty"` // labels for people; they route nothing
	TenantID string          `json:"tenant_id,omitempty"`
	APIKeyID string          `json:"api_key_id,omitempty"`
	Status   Status          `json:"status"`
	Params   json.RawMessage `json:"params,omitempty"` // an object

	Tasks                map[string]TaskState   `json:"tasks,omitempty"`
	TaskRecords          map[string]*TaskRecord `json:"task_records,omitempty"`
	TaskRecordsTruncated bool                   `json:"task_records_truncated,omitempty"`
	// ParamsTruncated says that the params, too, had to be left out for NATS to take the snapshot.
	ParamsTruncated bool `json:"params_truncated,omitempty"`

	StartTime   Timestamp `json:"start_time,omitempty"`
	EndTime     Timestamp `json:"end_time,omitempty"`
	HeartbeatAt Timestamp `json:"heartbeat_at,omitempty"`
	UpdatedAt   Timestamp `json:"updated_at,omitempty"`
	Error       string    `json:"error,omitempty"`
	WorkerID    string    `json:"worker_id,omitempty"`

	WorkflowSHA256 string `json:"workflow_yaml_sha256,omitempty"`
	WorkflowBytes  int    `json:"workflow_yaml_bytes,omitempty"`
	ScheduleID     string `json:"schedule_id,omitempty"`

	CancelRequestedAt Timestamp `json:"cancel_requested_at,omitempty"`
	CancelRequestedBy string    `json:"cancel_requested_by,omitempty"`

	// Attempt counts the claims of the run: the worker that made the last one owns the run.
	Attempt int `json:"attempt,omitempty"`
	// LeaseSec is how long in seconds the owner may be silent before another worker may claim the run.
	LeaseSec float64 `json:"lease_sec,omitempty"`
	// JobSeq is the sequence of the claimed job in the work stream.
	JobSeq uint64 `json:"job_seq,omitempty"`
	// FlowTextSHA256 names the text of a flow that was submitted by name.
	FlowTextSHA256 string `json:"flow_text_sha256,omitempty"`
	// RerunOf is the run that this one repeats.
	RerunOf string `json:"rerun_of,omitempty"`

	// RequestSHA256 is the digest of the request that made the run, where that carried an idempotency key.
	RequestSHA256 string `json:"request_sha256,omitempty"`

	// Revision is the revision of the record in its bucket; it is not part of the record.
	Revision uint64 `json:"-"`

	extra map[string]json.RawMessage // fields that other writers put there
}

// TaskRecord is what is known of one task of a run.
type TaskRecord struct {
	State      TaskState       `json:"state"`
	StartedAt  Timestamp       `json:"started_at,omitempty"`
	EndedAt    Timestamp       `json:"ended_at,omitempty"`
	DurationMS float64         `json:"duration_ms,omitempty"`
	Error      string          `json:"error,omitempty"`
	Traceback  string          `json:"traceback,omitempty"`
	Stdout     string          `json:"stdout,omitempty"` // of a Python task: the end of what it wrote, at most 4 KiB
	Stderr     string          `json:"stderr,omitempty"`
	Inputs     json.RawMessage `json:"inputs,omitempty"`
	Output     json.RawMessage `json:"output,omitempty"`
	Artifacts  json.RawMessage `json:"artifacts,omitempty"`
	Loops      []LoopRound     `json:"loops,omitempty"`    // the rounds that the task was in, outermost first
	Progress   *TaskProgress   `json:"progress,omitempty"` // what the task itself has told last
	Attempts   int             `json:"attempts,omitempty"` // tries of this task in the last attempt of the run

	extra map[string]json.RawMessage
}

// LoopRound is one round of a loop.
type LoopRound struct {
	// Name is repeat, until, or foreach: and the name of the item, else the expression; Type is repeat, foreach or until.
	Name string `json:"name"`
	Type string `json:"type"`
	// Index counts the rounds from 0, Iteration from 1. Count is how many there are, or may be in an until.
	Index     int `json:"index"`
	Iteration int `json:"iteration"`
	Count     int `json:"count"`
	// Item is what a foreach goes over, as JSON; in a record a large one is left out.
	Item json.RawMessage `json:"item,omitempty"`
}

// TaskProgress is how far a task says that it is.
type TaskProgress struct {
	Fraction float64 `json:"fraction"` // 0 to 1
	Note     string  `json:"note,omitempty"`
}

// Output decodes a task's output into v. It is an error where the run keeps none: the task has not succeeded, or the
// snapshot was too large to keep records.
func (r *Run) Output(task string, v any) error {
	record := r.TaskRecords[task]
	if record == nil || len(record.Output) == 0 {
		return &MissingOutputError{Run: r.ID, Task: task, Truncated: r.TaskRecordsTruncated}
	}
	return json.Unmarshal(record.Output, v)
}

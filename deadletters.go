// This file owns dead letters as they are kept: what they hold, their reasons, and how they are published.

package pyoco

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/jet"
)

// The reasons of dead letters.
const (
	reasonInvalidJob      = "invalid_job"
	reasonFlowNotFound    = "flow_not_found"
	reasonInvalidWorkflow = "invalid_workflow"
	reasonExecutionError  = "execution_error"
	reasonRunNotFound     = "run_not_found"
	reasonMaxDeliver      = "max_deliver_exceeded"
)

// DeadLetter is what is kept of a job that could not be run, or of a run that failed. One of a message that is no job
// (reason invalid_job) has NumDelivered, Subject and Payload; the others have the fields of their run.
type DeadLetter struct {
	// Seq names the letter; it is its place in the stream of dead letters.
	Seq          uint64    `json:"seq,omitempty"`
	Timestamp    Timestamp `json:"timestamp"`
	Reason       string    `json:"reason"`
	Error        string    `json:"error"`
	RunID        string    `json:"run_id,omitempty"`
	Flow         string    `json:"flow_name,omitempty"`
	Tag          string    `json:"tag,omitempty"`
	Tags         []string  `json:"tags,omitempty"`
	TenantID     string    `json:"tenant_id,omitempty"`
	APIKeyID     string    `json:"api_key_id,omitempty"`
	WorkerID     string    `json:"worker_id,omitempty"`
	NumDelivered int       `json:"num_delivered,omitempty"`
	Subject      string    `json:"subject,omitempty"`
	Payload      string    `json:"payload,omitempty"` // the first 4 KiB

	extra map[string]json.RawMessage
}

// UnmarshalJSON reads a letter of any writer. A field of another type than ours counts as absent.
func (l *DeadLetter) UnmarshalJSON(data []byte) (err error) {
	type plain DeadLetter
	*l = DeadLetter{}
	l.extra, err = decodeRecord(data, (*plain)(l))
	return err
}

// MarshalJSON writes the letter with the fields that other writers put there. That of a message that is no job has its
// payload also where that is empty.
func (l DeadLetter) MarshalJSON() ([]byte, error) {
	type plain DeadLetter
	if l.Reason == reasonInvalidJob && l.Payload == "" {
		return encodeRecord(struct {
			plain
			Payload string `json:"payload"`
		}{plain: plain(l)}, l.extra)
	}
	return encodeRecord(plain(l), l.extra)
}

// letter is the dead letter of a job's run.
func (j *job) letter(reason, text string, now time.Time) DeadLetter {
	return DeadLetter{
		Timestamp: timestamp(now), Reason: reason, Error: text, RunID: j.RunID, Flow: j.Flow, Tag: j.Tag, Tags: j.Tags,
		TenantID: j.TenantID, APIKeyID: j.APIKeyID,
	}
}

// letter is the dead letter of a run that was ended here; what its worker was called stands in it.
func (r *Run) letter(reason string, now time.Time) DeadLetter {
	return DeadLetter{
		Timestamp: timestamp(now), Reason: reason, Error: r.Error, RunID: r.ID, Flow: r.Flow, Tag: r.Tag, Tags: r.Tags,
		TenantID: r.TenantID, APIKeyID: r.APIKeyID, WorkerID: r.WorkerID,
	}
}

// letterTime bounds the publishing of a dead letter: where nothing keeps them, each failed run would wait for it.
const letterTime = 2 * time.Second

// letterBox publishes dead letters.
type letterBox struct {
	jet       *jet.Jet
	resources Resources
	log       *slog.Logger
}

// bury publishes a letter once under an id. That one can't be kept is logged, and only for callers to whom the letter is
// all that is left: it never stands in the way of a run's end.
func (b letterBox) bury(ctx context.Context, tag, id string, letter DeadLetter) error {
	ctx, cancel := context.WithTimeout(ctx, letterTime)
	defer cancel()
	data, err := encode(letter)
	if err == nil {
		_, err = b.jet.Publish(ctx, &nats.Msg{Subject: b.resources.deadLetter(tag), Data: data}, id)
	}
	if err != nil {
		b.log.Error("dead letter not published", "run_id", letter.RunID, "reason", letter.Reason, "error", err, "err_id", errDeadLetter)
	}
	return err
}

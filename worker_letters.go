// This file owns dead letters: what is kept of a job that could not be run.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

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
)

// maxLetterPayload is how much of a foreign payload is kept, in bytes.
const maxLetterPayload = 4 << 10

// letterTime bounds the publishing of a dead letter: where nothing keeps them, each failed run would wait for it.
const letterTime = 2 * time.Second

// deadLetter is the message on pyoco.dlq.<tag>.
type deadLetter struct {
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
	Payload      string    `json:"payload,omitempty"`
}

// letter is the dead letter of a run.
func (c *claimedRun) letter(reason, text string) deadLetter {
	return deadLetter{
		Timestamp: timestamp(c.worker.now()), Reason: reason, Error: text, RunID: c.job.RunID, Flow: c.job.Flow,
		Tag: c.job.Tag, Tags: c.job.Tags, TenantID: c.job.TenantID, APIKeyID: c.job.APIKeyID, WorkerID: c.worker.cfg.ID,
	}
}

// refuseJob ends a message that is no job: its run, if it can be told, fails, and a dead letter keeps the payload.
func (w *Worker) refuseJob(d *jet.Delivery, reason error) {
	var bad *jobError
	if !errors.As(reason, &bad) {
		bad = &jobError{kind: badJobJSON, detail: reason.Error()}
	}
	w.cfg.Log.Error("message is no job, removed", "subject", d.Subject, "reason", bad.kind, "detail", bad.detail,
		"run_id", bad.runID, "err_id", errInvalidJob)
	ctx, cancel := w.lastWords()
	defer cancel()
	if bad.runID != "" {
		run, err := w.runs.get(ctx, bad.runID)
		if err == nil {
			_, err = w.runs.update(ctx, run, func(r *Run) error {
				if r.Status != StatusPending && (r.Status != StatusCancelling || r.WorkerID != "") {
					return errUnchanged
				}
				return r.finish(StatusFailed, "invalid_job: "+bad.Error(), w.now())
			})
		}
		if err != nil && !errors.Is(err, jet.ErrNotFound) {
			_ = d.Nak(nakDelay)
			return
		}
	}
	payload := d.Data[:min(len(d.Data), maxLetterPayload)]
	for len(payload) > 0 && !utf8.Valid(payload) && len(payload) > maxLetterPayload-utf8.UTFMax {
		payload = payload[:len(payload)-1]
	}
	w.bury(ctx, d, deadLetter{
		Timestamp: timestamp(w.now()), Reason: reasonInvalidJob, Error: bad.kind,
		NumDelivered: d.Delivered, Subject: d.Subject, Payload: string(payload),
	})
	_ = d.Term()
}

// bury publishes a dead letter. One that can't be kept is logged: it never stands in the way of the run's end.
func (w *Worker) bury(ctx context.Context, d *jet.Delivery, letter deadLetter) {
	ctx, cancel := context.WithTimeout(ctx, letterTime)
	defer cancel()
	tag := strings.TrimPrefix(d.Subject, w.cfg.Resources.subject(""))
	data, err := encode(letter)
	if err == nil {
		_, err = w.jet.Publish(ctx, &nats.Msg{Subject: w.cfg.Resources.deadLetter(tag), Data: data}, fmt.Sprintf("%d.%s.%s", d.Sequence, letter.Reason, letter.RunID))
	}
	if err != nil {
		w.cfg.Log.Error("dead letter not published", "run_id", letter.RunID, "reason", letter.Reason, "error", err, "err_id", errDeadLetter)
	}
}

// lastWords is a context for what must be written although the work has ended.
func (w *Worker) lastWords() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(w.base), 5*time.Second)
}

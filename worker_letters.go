// This file owns what a worker does with a message that is no job, and the dead letters that it leaves.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pyoco/pyoco/internal/jet"
)

// maxLetterPayload is how much of a foreign payload is kept, in bytes.
const maxLetterPayload = 4 << 10

// letter is the dead letter of a run.
func (c *claimedRun) letter(reason, text string) DeadLetter {
	letter := c.job.letter(reason, text, c.worker.now())
	letter.WorkerID = c.worker.cfg.ID
	return letter
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
	kept := w.bury(ctx, d, DeadLetter{
		Timestamp: timestamp(w.now()), Reason: reasonInvalidJob, Error: bad.kind,
		NumDelivered: d.Delivered, Subject: d.Subject, Payload: string(payload),
	})
	if kept != nil && d.Delivered < w.cfg.Resources.MaxDeliver { // the message is all that there is
		_ = d.Nak(nakDelay)
		return
	}
	_ = d.Term()
}

// bury publishes the dead letter of a delivery. The error was logged.
func (w *Worker) bury(ctx context.Context, d *jet.Delivery, letter DeadLetter) error {
	tag := strings.TrimPrefix(d.Subject, w.cfg.Resources.subject(""))
	box := letterBox{jet: w.jet, resources: w.cfg.Resources, log: w.cfg.Log}
	return box.bury(ctx, tag, fmt.Sprintf("%d.%s.%s", d.Sequence, letter.Reason, letter.RunID), letter)
}

const lastWordsTime = 5 * time.Second

// lastWords is a context for what must be written although the work has ended.
func (w *Worker) lastWords() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(w.base), lastWordsTime)
}

// This file owns submissions that carry a key of their own: repeated, they are one run, in any gateway and after any crash.

package pyoco

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"

	"github.com/pyoco/pyoco/internal/jet"
)

// headerIdempotencyKey is the HTTP header of Submission.IdempotencyKey.
const headerIdempotencyKey = "Idempotency-Key"

// maxIdempotencyKey bounds a key, in bytes.
const maxIdempotencyKey = 255

func checkIdempotencyKey(key string) error {
	if len(key) > maxIdempotencyKey {
		return invalid(headerIdempotencyKey, "must be 1 to %d characters, got %d", maxIdempotencyKey, len(key))
	}
	for i := range len(key) {
		if key[i] < 0x21 || key[i] > 0x7e {
			return invalid(headerIdempotencyKey, "must be printable ASCII without spaces, got %q", clip(key, maxShown))
		}
	}
	return nil
}

// keyed gives a run the id that its key stands for, and the digest of what was asked for.
func (s *Submission) keyed(r *Run) error {
	route := "/runs"
	if len(s.Workflow) > 0 {
		route = "/runs/yaml"
	}
	name, err := encode([]string{r.TenantID, route, s.IdempotencyKey})
	if err != nil {
		return err
	}
	const custom = 8 // RFC 9562: a layout of one's own
	r.ID = uuid.NewHash(sha256.New(), uuid.Nil, name, custom).String()
	r.RequestSHA256, err = requestDigest(r)
	return err
}

// requestDigest is over the fields as they were parsed: neither the form they came in nor the order of keys in params
// makes another request.
func requestDigest(r *Run) (string, error) {
	numbers := json.NewDecoder(bytes.NewReader(r.Params))
	numbers.UseNumber()
	var params any
	if err := numbers.Decode(&params); err != nil {
		return "", err
	}
	data, err := encode([]any{r.Flow, r.Tag, r.Tags, params, r.WorkflowSHA256})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// repeatedError says that a run with the key's id is there already; it carries the run.
type repeatedError struct{ run *Run }

func (e *repeatedError) Error() string {
	return "run " + e.run.ID + " was submitted before with the same key"
}

// repeated gives the run that an earlier request with the same key has made, if that is why one can't be created.
func (r *Run) repeated(err error) error {
	var conflict *jet.ConflictError
	if r.RequestSHA256 == "" || !errors.As(err, &conflict) || conflict.Current.Deleted {
		return err
	}
	there, decodeErr := decodeRun(conflict.Current.Value, conflict.Current.Revision)
	if decodeErr != nil {
		return decodeErr
	}
	if there.RequestSHA256 != "" && there.RequestSHA256 != r.RequestSHA256 { // a Python worker keeps none
		return invalid(headerIdempotencyKey, "was used for another request, which made run %s: take a new key", there.ID)
	}
	return &repeatedError{run: there}
}

// queue publishes a run's job under the run's id, of which the stream takes one in two minutes. A run under a key may be
// made, refused, removed and made again in that time: then the second job is swallowed for the first, which found no run.
// So where the stream has had one and holds it no more, the job goes out once again, under an id of the run's revision.
func (g *Gateway) queue(ctx context.Context, message *nats.Msg, run *Run) (sequence uint64, err error) {
	sequence, before, err := g.jet.PublishOnce(ctx, message, run.ID)
	if err != nil || !before || run.RequestSHA256 == "" {
		return sequence, err
	}
	if _, err = g.jet.Message(ctx, workStream, sequence); !errors.Is(err, jet.ErrNotFound) {
		return sequence, err
	}
	return g.jet.Publish(ctx, message, fmt.Sprintf("%s.%d", run.ID, run.Revision))
}

// acceptAgain answers a repeated request. The earlier one may have died between its two writes, so a run that nobody has
// claimed is queued again: its own revision keeps a gateway that has refused it, and is about to take it back, from doing
// so.
func (g *Gateway) acceptAgain(ctx, writing context.Context, there *Run, workflow string) error {
	there, err := g.runs.update(writing, there, func(r *Run) error {
		if r.Status != StatusPending {
			return errUnchanged
		}
		r.touch(g.now())
		return nil
	})
	if err != nil {
		return unavailable("the run could not be stored", err)
	}
	if there.Status != StatusPending {
		return nil
	}
	message, err := g.message(there, workflow)
	if err != nil {
		return err
	}
	return g.publish(ctx, writing, there, message)
}

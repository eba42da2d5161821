// This file owns the texts of flow files: kept by their SHA-256, so that a run's job can be made again when it is lost, and
// a run be repeated. A text is written once and then known, so that a repeated flow costs nothing.

package pyoco

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// A text that no kept run names is dropped; that must not take it from a submission that is under way. No gateway tells
// another what it knows, so time keeps them apart, each by its own monotonic clock:
//
//   - A submission makes sure of the text before it makes the run. It believes its own knowledge of the text for textFresh
//     after it last wrote it; later it writes it again, which gives it a new revision. The run follows within publishTime.
//   - A text is dropped by who has seen it at one revision, and named by no run, for textGrace: by a purge of that revision.
//
// When the purge is decided, a submission that relied on this revision or an older one has either made its run, which is
// then in the index of the dropper (see textSweeper.sweep), or has given up: for textGrace is much longer than textFresh and
// publishTime together. A submission that has written the text since has made a newer revision, and the purge is refused. One that
// comes to write it after the purge finds it gone, and creates it.
const (
	textFresh = 10 * time.Minute
	textGrace = time.Hour
)

// maxKnownTexts bounds what a gateway remembers of texts. More cost a write each time they come again.
const maxKnownTexts = 4096

// flowTexts is the bucket of texts. It is safe for concurrent use.
type flowTexts struct {
	bucket *jet.Bucket
	fresh  time.Duration

	mu    sync.Mutex
	known map[string]*knownText // by SHA-256
}

// knownText is a text that this gateway has written, or is about to.
type knownText struct {
	turn     chan struct{} // has one element while somebody writes
	revision uint64        // 0: not written
	since    time.Time     // the text was there at this time, at this revision
}

func newFlowTexts(bucket *jet.Bucket) *flowTexts {
	return &flowTexts{bucket: bucket, fresh: textFresh, known: map[string]*knownText{}}
}

// sha256Hex is the name of a text.
func sha256Hex(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// keep makes sure that a text is stored, and will be for textGrace at least.
func (t *flowTexts) keep(ctx context.Context, sha string, text []byte) error {
	k, fresh := t.look(sha)
	if fresh {
		return nil
	}
	select { // of all that wait for the same text, one writes it
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	revision, fresh := t.state(k)
	for !fresh {
		began := time.Now()
		next, err := t.write(ctx, sha, text, revision)
		var conflict *jet.ConflictError
		switch {
		case err == nil:
			t.learn(k, next, began)
			return nil
		case !errors.As(err, &conflict):
			return err
		}
		if revision = conflict.Current.Revision; conflict.Current.Deleted {
			revision = 0
		}
	}
	return nil
}

func (t *flowTexts) write(ctx context.Context, sha string, text []byte, revision uint64) (uint64, error) {
	if revision == 0 {
		return t.bucket.Create(ctx, sha, text)
	}
	return t.bucket.Update(ctx, sha, text, revision)
}

// look gives what is known of a text, and whether that can be relied on.
func (t *flowTexts) look(sha string) (*knownText, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.known[sha]
	if k == nil {
		for any := range t.known {
			if len(t.known) < maxKnownTexts {
				break
			}
			delete(t.known, any)
		}
		k = &knownText{turn: make(chan struct{}, 1)}
		t.known[sha] = k
	}
	return k, k.revision > 0 && time.Since(k.since) < t.fresh
}

func (t *flowTexts) state(k *knownText) (revision uint64, fresh bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return k.revision, k.revision > 0 && time.Since(k.since) < t.fresh
}

func (t *flowTexts) learn(k *knownText, revision uint64, since time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k.revision, k.since = revision, since
}

// forget drops what is known.
func (t *flowTexts) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.known)
}

// errTextGone says that the text of a flow file is not kept.
var errTextGone = errors.New("the text of its flow file is not kept")

// read gives a text; errTextGone where it is not there, as for runs that a Python gateway has taken.
func (t *flowTexts) read(ctx context.Context, sha string) ([]byte, error) {
	if !validTextKey(sha) {
		return nil, fmt.Errorf("%w (SHA-256 %q)", errTextGone, clip(sha, maxShown))
	}
	entry, err := t.bucket.Get(ctx, sha)
	if errors.Is(err, jet.ErrNotFound) || err == nil && sha256Hex(entry.Value) != sha {
		return nil, fmt.Errorf("%w (SHA-256 %s)", errTextGone, sha)
	}
	return entry.Value, err
}

// validTextKey says that a name is one of a text.
func validTextKey(sha string) bool {
	return len(sha) == 2*sha256.Size && consistsOf(sha, "0123456789abcdef")
}

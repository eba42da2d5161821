// This file owns what all event streams of the gateway share: how many there may be, their signs of life, their end.

package pyoco

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/pyoco/pyoco/internal/httpedge"
)

const (
	// watchHeartbeat is how long a stream may be without an event.
	watchHeartbeat = 5 * time.Second
	// watchComment is how long it may be without a byte: the Python client gives up after 5 s.
	watchComment = 2 * time.Second

	maxWatchSec = 600
)

// streamGate counts the open streams. It is safe for concurrent use.
type streamGate struct {
	max, maxPerKey int

	mu    sync.Mutex
	all   int
	byKey map[string]int
}

func newStreamGate(max, maxPerKey int) *streamGate {
	return &streamGate{max: max, maxPerKey: maxPerKey, byKey: map[string]int{}}
}

// enter takes a place for a stream, or says which limit is spent. Streams without a key count together.
func (s *streamGate) enter(key string) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	limit, got := s.max, s.all
	what := "in all"
	if s.byKey[key] >= s.maxPerKey {
		limit, got, what = s.maxPerKey, s.byKey[key], "a key"
	}
	if got >= limit {
		return nil, &httpedge.Problem{
			Status: http.StatusTooManyRequests, ErrID: errInvalidRequest, RetryAfter: retryAfter,
			Detail: fmt.Sprintf("streams: must be at most %d %s, and so many are open: close one, or try again later", limit, what),
		}
	}
	s.all++
	s.byKey[key]++
	return sync.OnceFunc(func() { s.leave(key) }), nil
}

func (s *streamGate) leave(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.byKey[key]--; s.byKey[key] == 0 {
		delete(s.byKey, key)
	}
}

func (s *streamGate) open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// liveStream is an event stream that shows signs of life while nothing happens.
type liveStream struct {
	*httpedge.Stream
	event, written time.Time // when the last event and the last byte were sent
}

// emit sends v as an event without an id.
func (s *liveStream) emit(name string, v any) error {
	data, err := encode(v)
	if err != nil {
		return err
	}
	return s.emitData("", name, data)
}

// emitData sends JSON as an event and notes when: what was not sent puts off no heartbeat.
func (s *liveStream) emitData(id, name string, data []byte) error {
	err := s.Event(id, name, data)
	s.event = time.Now()
	s.written = s.event
	return err
}

// errStreamDone ends a stream as it should.
var errStreamDone = errors.New("stream is complete")

// streamSource is what a stream tells.
type streamSource interface {
	// changed has an element when something has happened.
	changed() <-chan struct{}
	// happened sends what has happened.
	happened(ctx context.Context) error
	// tick is called each second, for what sends no signal.
	tick(ctx context.Context) error
	// bare is the content of a heartbeat, and of the last event of a gateway that stops.
	bare() any
}

// follow sends what source has to tell, with heartbeats and comments in between, until ctx ends, the client is gone, or an
// error comes.
func (g *Gateway) follow(ctx context.Context, s *liveStream, source streamSource) error {
	ticker := time.NewTicker(watchComment / 2)
	defer ticker.Stop()
	stopping := httpedge.Stopping(ctx)
	err := s.Open()
	for err == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-g.stopping: // nothing new will come: the client may look for another gateway
			return s.emit("end", source.bare())
		case <-stopping:
			return s.emit("end", source.bare())
		case <-source.changed():
			err = source.happened(ctx)
		case <-ticker.C:
			err = source.tick(ctx)
			switch {
			case err != nil:
			case !g.stillAllowed(ctx): // its client is told why when it comes back
				return s.emit("end", source.bare())
			case time.Since(s.event) >= watchHeartbeat:
				err = s.emit("heartbeat", source.bare())
			case time.Since(s.written) >= watchComment-watchComment/4:
				err = s.Comment("")
				s.written = time.Now()
			}
		}
	}
	if errors.Is(err, errStreamDone) || ctx.Err() != nil {
		return nil
	}
	return err
}

// begin opens a stream for a request; end gives its place back.
func (g *Gateway) begin(w http.ResponseWriter, r *http.Request) (s *liveStream, end func(), err error) {
	end, err = g.streams.enter(callerOf(r.Context()).streams())
	if err != nil {
		return nil, nil, err
	}
	stream, err := httpedge.NewStream(w, r)
	if err != nil {
		end()
		return nil, nil, err
	}
	return &liveStream{Stream: stream, event: time.Now(), written: time.Now()}, end, nil
}

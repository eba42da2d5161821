// This file owns the intake: messages of several durable consumers, handed to handlers, never more than free slots.

package jet

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// turn is how long a pull stays open where there are more consumers than free slots.
const turn = 250 * time.Millisecond

// IntakeConfig says what an Intake takes and who handles it.
type IntakeConfig struct {
	Stream    string
	Consumers []string // durable names, at least one
	Slots     int      // how many handlers may hold a slot at once, at least 1
	// Poll is how long one pull stays open at the server.
	Poll time.Duration
	// Ensure makes a consumer again that the server does not know (any more).
	Ensure func(ctx context.Context, consumer string) error
	// Handle is called in a goroutine of its own for each delivery; its slot is free again when it returns, or at
	// Delivery.ReleaseSlot.
	Handle func(*Delivery)
	Log    *slog.Logger
}

// Intake pulls from consumers. The pulls that are open over all of them ask for no more than the free slots, one pull a
// consumer; with more consumers than free slots they take turns.
type Intake struct {
	cfg  IntakeConfig
	jet  *Jet
	wake chan struct{}

	done     chan struct{}  // closed when no delivery comes any more
	parked   chan *Delivery // to a goroutine whose handler has returned
	idle     atomic.Int64   // goroutines that wait for one
	routines sync.WaitGroup

	mu      sync.Mutex
	sub     *nats.Subscription
	inbox   string
	free    int             // slots neither held by a handler nor asked for by an open pull
	waiting []chan struct{} // who waits for a slot, longest first
	feeds   []*feed
	byName  map[string]*feed
	next    int // the feed whose turn is next
	pulls   int // numbers the pulls, so that a late answer to an old one is told apart
	stopped bool
	single  bool      // no more than one message is to be taken; see Once
	taken   bool      // a message was
	asked   time.Time // when the first pull was opened
}

// feed is one consumer, with its open pull if it has one.
type feed struct {
	name   string
	pull   int  // number of the open pull; 0: none
	wanted int  // messages it has still to bring
	hot    bool // its last pull brought something
	until  time.Time
	resume time.Time // after a refusal: not before
	failed int       // refusals in a row
	ensure bool      // the server does not know the consumer
	asked  bool      // a pull was opened
}

// NewIntake makes an intake. It does no I/O.
func (j *Jet) NewIntake(cfg IntakeConfig) (*Intake, error) {
	if cfg.Slots < 1 || len(cfg.Consumers) == 0 {
		return nil, errors.New("intake: needs a slot and a consumer")
	}
	in := &Intake{
		cfg: cfg, jet: j, wake: make(chan struct{}, 1), done: make(chan struct{}), parked: make(chan *Delivery),
		free: cfg.Slots, byName: make(map[string]*feed, len(cfg.Consumers)),
	}
	for _, name := range cfg.Consumers {
		f := &feed{name: name, ensure: true}
		in.feeds, in.byName[name] = append(in.feeds, f), f
	}
	return in, nil
}

// Run pulls until ctx ends, and returns when the last message that the server had sent is
// with its handler. Handlers may then still run: see Wait. It goes on over outages of the server.
func (in *Intake) Run(ctx context.Context) {
	connected := in.jet.nc.StatusChanged(nats.CONNECTED)
	defer in.jet.nc.RemoveStatusListener(connected)
	ticker := time.NewTicker(turn / 2)
	defer ticker.Stop()
	in.subscribe()
	for ctx.Err() == nil && !in.complete() {
		in.ensureConsumers(ctx)
		in.fill()
		select {
		case <-ctx.Done():
		case <-in.wake:
		case <-ticker.C:
			in.expire(time.Now())
		case <-connected:
			in.subscribe() // pulls of the old inbox end for lack of interest
		}
	}
	in.stop()
}

// Wait returns when every handler has. It is for after Run.
func (in *Intake) Wait() { in.routines.Wait() }

// Free is how many slots are not held by a handler.
func (in *Intake) Free() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	free := in.free
	for _, f := range in.feeds {
		free += f.wanted
	}
	return free
}

// subscribe opens a new inbox for pulls; what the old one was sent still comes.
func (in *Intake) subscribe() {
	in.mu.Lock()
	defer in.mu.Unlock()
	old := in.sub
	in.inbox = in.jet.nc.NewInbox()
	sub, err := in.jet.nc.Subscribe(in.inbox+".*", in.receive)
	if err != nil {
		in.cfg.Log.Warn("cannot listen for messages", "error", err)
		return
	}
	_ = sub.SetPendingLimits(-1, -1) // bounded by the slots
	in.sub = sub
	for _, f := range in.feeds {
		in.closePull(f)
	}
	if old != nil {
		_ = old.Drain()
	}
}

// stop closes the inbox after the messages that the server has already sent were received, so that none waits for its
// AckWait to pass.
func (in *Intake) stop() {
	defer close(in.done)
	in.mu.Lock()
	sub := in.sub
	in.stopped = true
	in.mu.Unlock()
	if sub == nil {
		return
	}
	closed := make(chan struct{})
	sub.SetClosedHandler(func(string) { close(closed) })
	if err := sub.Drain(); err != nil {
		_ = sub.Unsubscribe()
		return
	}
	select {
	case <-closed:
	case <-time.After(callTimeout): // the connection is gone: nothing more can come
		_ = sub.Unsubscribe()
	}
}

func (in *Intake) signal() {
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

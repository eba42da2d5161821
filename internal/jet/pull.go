// This file owns the pulls of an intake: opening, filling, refusal and expiry (NATS ADR-13).

package jet

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// pullGrace is how long after its expiry a pull that the server has not closed is taken for lost.
const pullGrace = 500 * time.Millisecond

// fill opens pulls while there are free slots and consumers without one.
func (in *Intake) fill() {
	in.mu.Lock()
	defer in.mu.Unlock()
	now := time.Now()
	var idle []*feed
	hot := 0
	for i := range in.feeds {
		f := in.feeds[(in.next+i)%len(in.feeds)]
		if f.pull == 0 && !f.ensure && !now.Before(f.resume) {
			idle = append(idle, f)
			if f.hot || len(in.feeds) == 1 {
				hot++
			}
		}
	}
	for i, f := range idle {
		if in.free <= 0 {
			return
		}
		batch := 1
		if f.hot || len(in.feeds) == 1 {
			// A consumer that had messages shares the slots with its like; each of the others keeps one.
			batch = max(1, (in.free-(len(idle)-i-hot))/hot)
			hot--
		}
		in.open(f, batch, now)
		in.next++
	}
}

func (in *Intake) open(f *feed, batch int, now time.Time) {
	expires := in.cfg.Poll
	if len(in.feeds) > in.cfg.Slots {
		expires = min(turn, expires)
	}
	in.pulls++
	body, err := json.Marshal(map[string]int64{"batch": int64(batch), "expires": expires.Nanoseconds()})
	if err == nil {
		subject := jetstream.DefaultAPIPrefix + "CONSUMER.MSG.NEXT." + in.cfg.Stream + "." + f.name
		err = in.jet.nc.PublishRequest(subject, in.inbox+"."+strconv.Itoa(in.pulls), body)
	}
	if err != nil { // not connected: the next tick tries again
		return
	}
	f.pull, f.wanted, f.hot, f.until = in.pulls, batch, false, now.Add(expires+pullGrace)
	in.free -= batch
	f.asked = true
	if in.asked.IsZero() {
		in.asked = now
	}
}

// closePull gives back what an open pull has not brought.
func (in *Intake) closePull(f *feed) {
	for range f.wanted {
		in.giveBack()
	}
	f.pull, f.wanted = 0, 0
}

// expire closes pulls whose end the server never told.
func (in *Intake) expire(now time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, f := range in.feeds {
		if f.pull != 0 && now.After(f.until) {
			in.closePull(f)
		}
	}
}

// receive takes what the server sends to the inbox: messages, and the ends of pulls.
func (in *Intake) receive(msg *nats.Msg) {
	if msg.Reply == "" {
		in.pullEnded(msg)
		return
	}
	d, consumer, err := newDelivery(in.jet.nc, msg)
	if err != nil {
		in.cfg.Log.Warn("message dropped", "error", err)
		return
	}
	in.mu.Lock()
	if f := in.byName[consumer]; f != nil && f.wanted > 0 {
		f.wanted--
		f.hot, f.failed = true, 0
		if f.wanted == 0 {
			f.pull = 0
			in.signal()
		}
	} else { // of a pull that was given up: it takes a slot beyond the free ones
		in.free--
	}
	refused := in.stopped || in.single && in.taken
	in.taken = true
	single := in.single
	in.mu.Unlock()
	d.holdAgain(in.release)
	if refused {
		_ = d.Nak(0)
		d.ReleaseSlot()
		return
	}
	if single {
		in.signal()
	}
	in.start(d)
}

// pullEnded handles a status message. 408 and 404 end a pull in peace; a refusal (409: too many waiting pulls, a
// deleted consumer, a new leader; 503: nobody answers) is repeated after a growing pause with jitter.
func (in *Intake) pullEnded(msg *nats.Msg) {
	status := msg.Header.Get("Status")
	if status == "100" {
		return
	}
	number, _ := strconv.Atoi(msg.Subject[strings.LastIndexByte(msg.Subject, '.')+1:])
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, f := range in.feeds {
		if f.pull != number || number == 0 {
			continue
		}
		in.closePull(f)
		if status == "408" || status == "404" {
			f.failed = 0
			break
		}
		description := msg.Header.Get("Description")
		f.failed = min(f.failed+1, 6)
		backoff := 25 * time.Millisecond << f.failed
		f.resume = time.Now().Add(backoff/2 + rand.N(backoff))
		f.ensure = status == "503" || strings.Contains(description, "Consumer Deleted")
		in.cfg.Log.Debug("pull refused", "consumer", f.name, "status", status, "description", description)
	}
	in.signal()
}

// ensureConsumers makes the consumers that the server does not know.
func (in *Intake) ensureConsumers(ctx context.Context) {
	in.mu.Lock()
	var missing []*feed
	for _, f := range in.feeds {
		if f.ensure && !time.Now().Before(f.resume) {
			missing = append(missing, f)
		}
	}
	in.mu.Unlock()
	for _, f := range missing {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		err := in.cfg.Ensure(call, f.name)
		cancel()
		in.mu.Lock()
		if f.ensure = err != nil; f.ensure {
			f.failed = min(f.failed+1, 6)
			f.resume = time.Now().Add(25 * time.Millisecond << f.failed)
		}
		in.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			in.cfg.Log.Debug("consumer not ready", "consumer", f.name, "error", err)
		}
	}
}

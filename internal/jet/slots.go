// This file owns the slots of an intake: who holds one, who waits for one, and the goroutines of those who hold one.

package jet

import "context"

// start hands a delivery to a goroutine whose handler has returned, for its stack has the size already, or else to a new one.
func (in *Intake) start(d *Delivery) {
	select {
	case in.parked <- d:
	default:
		in.routines.Go(func() { in.serve(d) })
	}
}

// serve handles a delivery, and then those that it is handed, as long as there is a slot for each goroutine that waits.
func (in *Intake) serve(d *Delivery) {
	for {
		in.cfg.Handle(d)
		d.ReleaseSlot()
		if in.idle.Add(1) > int64(in.cfg.Slots) {
			in.idle.Add(-1)
			return
		}
		select {
		case d = <-in.parked:
			in.idle.Add(-1)
		case <-in.done:
			return
		}
	}
}

// TakeSlot waits for a slot for a delivery that has released its own, or until ctx ends; the error is then ctx's cause.
func (in *Intake) TakeSlot(ctx context.Context, d *Delivery) error {
	in.mu.Lock()
	if in.free > 0 {
		in.free--
		in.mu.Unlock()
		d.holdAgain(in.release)
		return nil
	}
	turn := make(chan struct{}, 1)
	in.waiting = append(in.waiting, turn)
	in.mu.Unlock()
	select {
	case <-turn:
		d.holdAgain(in.release)
		return nil
	case <-ctx.Done():
	}
	in.mu.Lock()
	for i, w := range in.waiting {
		if w == turn {
			in.waiting = append(in.waiting[:i], in.waiting[i+1:]...)
			in.mu.Unlock()
			return context.Cause(ctx)
		}
	}
	in.mu.Unlock()
	in.release() // it was handed over at the same moment
	return context.Cause(ctx)
}

// release gives a slot back.
func (in *Intake) release() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.giveBack()
	in.signal()
}

// giveBack hands a slot to who has waited longest, else to the pulls. The caller holds the lock.
func (in *Intake) giveBack() {
	if len(in.waiting) > 0 && in.free >= 0 {
		in.waiting[0] <- struct{}{}
		in.waiting = in.waiting[1:]
		return
	}
	in.free++
}

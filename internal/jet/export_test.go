// This file owns what only tests reach.

package jet

import "time"

// DecodeObject reads the metadata of an object.
func DecodeObject(data []byte) (Object, error) { return decodeObject(Message{Data: data}) }

// ReadAnewAfter is how long an interruption may be after which a watch of the bucket goes on where it was.
func (b *Bucket) ReadAnewAfter(d time.Duration) { b.cutOff = d }

// Ready says that the reader's next message from a sequence on needs no call.
func (r *Reader) Ready(from uint64) bool { return r.ready(from) }

// Lose takes the next messages from the reader's consumer, as a broken connection does.
func (r *Reader) Lose(n int) error {
	fetched, err := r.consumer.FetchNoWait(n)
	if err != nil {
		return err
	}
	for range fetched.Messages() {
	}
	return fetched.Error()
}

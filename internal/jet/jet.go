// This file owns the handle on JetStream and what every other file of the package needs of it.

// Package jet is JetStream as this module needs it, without the domain: resources made or found, compare-and-set with a
// lost reply resolved, a publish that is repeated until it is known to be in, an ordered watch that notices a
// recreated bucket, an intake that pulls no more than its free slots, and objects that readers in Python understand. It does
// not know what a run is.
package jet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// callTimeout bounds one request to the server; a caller's context may end it earlier.
const callTimeout = 2 * time.Second

// retryPause is how long to wait before a request that the server did not answer is sent again.
const retryPause = 50 * time.Millisecond

// Jet is a handle on one account's JetStream. It is safe for concurrent use and never closes the connection.
type Jet struct {
	nc *nats.Conn
	js jetstream.JetStream
}

// New makes a handle on nc's account. It does no I/O.
func New(nc *nats.Conn) (*Jet, error) {
	if nc == nil {
		return nil, errors.New("connection: must not be nil")
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	return &Jet{nc: nc, js: js}, nil
}

// Conn is the connection that the handle was made with.
func (j *Jet) Conn() *nats.Conn { return j.nc }

// JetStream is the client library's own handle, for what this package does not wrap.
func (j *Jet) JetStream() jetstream.JetStream { return j.js }

// Connected says whether the connection is up at this moment.
func (j *Jet) Connected() bool { return j.nc.IsConnected() }

// api calls one JetStream API subject and decodes the answer into out, or gives the server's *jetstream.APIError.
func (j *Jet) api(ctx context.Context, subject string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	reply, err := j.nc.RequestWithContext(ctx, jetstream.DefaultAPIPrefix+subject, body)
	if err != nil {
		return err
	}
	var fault struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(reply.Data, &fault); err != nil {
		return fmt.Errorf("decode answer: %w", err)
	}
	if fault.Error != nil {
		return fault.Error
	}
	return json.Unmarshal(reply.Data, out)
}

// Unanswered says that the server gave no answer: whether it did what was asked is not known, and the request may be
// sent again.
func Unanswered(err error) bool {
	for _, known := range []error{
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrDisconnected, nats.ErrReconnectBufExceeded,
		nats.ErrConnectionReconnecting, nats.ErrConnectionClosed, jetstream.ErrNoStreamResponse, context.DeadlineExceeded,
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, // of a connection that broke under the request
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	var broken net.Error
	if errors.As(err, &broken) {
		return true
	}
	var fault *jetstream.APIError
	return errors.As(err, &fault) && fault.Code == 503
}

// maySucceed says of a failed request that the server may have taken it, or may still: it was sent, and not answered.
func maySucceed(err error) bool {
	for _, never := range []error{
		nats.ErrReconnectBufExceeded, nats.ErrConnectionReconnecting, nats.ErrNoResponders, jetstream.ErrNoStreamResponse,
	} {
		if errors.Is(err, never) {
			return false
		}
	}
	var answered *jetstream.APIError
	return !errors.As(err, &answered)
}

// NoRoom says that the server has refused to make something because its store can't hold what that would reserve
// (nats-server: JSStorageResourcesExceededErr, JSInsufficientResourcesErr, and JSClusterNoPeersErr in a cluster).
func NoRoom(err error) bool { return isCode(err, 10047) || isCode(err, 10023) || isCode(err, 10005) }

// StoreFull says that the server has refused a message because the stream, or the account, has no room for it (nats-server:
// JSStreamStoreFailedF, JSAccountResourcesExceededErr).
func StoreFull(err error) bool { return isCode(err, 10077) || isCode(err, 10002) || NoRoom(err) }

// NoStream says that the stream that was asked for is not there.
func NoStream(err error) bool { return isCode(err, jetstream.JSErrCodeStreamNotFound) }

// pause waits before a request is sent again, or until ctx ends; it says whether the whole time has passed.
func pause(ctx context.Context) bool {
	timer := time.NewTimer(retryPause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

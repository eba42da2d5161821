// This file owns the errors that callers can tell apart, and the error ids of the wire.

package pyoco

import (
	"errors"
	"fmt"
)

// Error ids, as they stand in problem answers and logs (err_id; msg_id has the same number).
const (
	errInvalidRequest   = "ERR-PYOCO-0002"
	errNATSUnavailable  = "ERR-PYOCO-0003"
	errOrphanRun        = "ERR-PYOCO-0004"
	errRunNotFound      = "ERR-PYOCO-0005"
	errFlowNotFound     = "ERR-PYOCO-0006"
	errExecutionFailed  = "ERR-PYOCO-0007"
	errTerminalState    = "ERR-PYOCO-0008"
	errInProgressAck    = "ERR-PYOCO-0009"
	errSnapshotTooLarge = "ERR-PYOCO-0010"
	errDeadLetter       = "ERR-PYOCO-0011"
	errInvalidJob       = "ERR-PYOCO-0012"
	errKeyRequired      = "ERR-PYOCO-0014"
	errKeyRefused       = "ERR-PYOCO-0015"
	errWorkflowTooLarge = "ERR-PYOCO-0016"
	errInvalidListQuery = "ERR-PYOCO-0017"
	errInvalidWorkers   = "ERR-PYOCO-0019"
	errWorkerNotFound   = "ERR-PYOCO-0020"
	errCancelTimedOut   = "ERR-PYOCO-0021"
	errWheelVersion     = "ERR-PYOCO-0022"
	errWheelNotFound    = "ERR-PYOCO-0023"
	errWheelSync        = "ERR-PYOCO-0024"
)

var (
	// ErrNotFound is returned for a run, a worker or a wheel that does not exist, or that the caller may not see.
	ErrNotFound = errors.New("not found")
	// ErrUnavailable is returned where NATS (or, for a Client, the gateway) gives no answer. Nothing was accepted, and the
	// call may be repeated; where a submission may have been accepted all the same (ERR-PYOCO-0004), or a cancel, the text says so.
	ErrUnavailable = errors.New("unavailable")
	// ErrInvalid is returned for a request that can never succeed as it is; the text names the field and the limit. It
	// is an *InvalidError.
	ErrInvalid = errors.New("invalid request")
	// ErrTooLarge is returned for a flow file, a body or a job over its limit, together with ErrInvalid.
	ErrTooLarge = errors.New("too large")
	// ErrNoRoom is returned for a part of the system that NATS's store has no room for, as dead letters and wheels; the text says how
	// much it would take. The rest works.
	ErrNoRoom = errors.New("no room in the store")
)

// noRoomError is ErrNoRoom with what there is no room for.
type noRoomError struct {
	what  string
	id    string
	cause error
}

func (e *noRoomError) Error() string { return e.what }

// Is makes the error ErrNoRoom.
func (e *noRoomError) Is(target error) bool { return target == ErrNoRoom }

// Unwrap gives the cause.
func (e *noRoomError) Unwrap() error { return e.cause }

// InvalidError says which field of a request is wrong, and why. It is ErrInvalid, and ErrTooLarge where TooLarge is set.
type InvalidError struct {
	Field    string
	Reason   string
	TooLarge bool

	id string
}

func (e *InvalidError) Error() string { return e.Field + ": " + e.Reason }

// Is makes the error ErrInvalid, and ErrTooLarge where it is about a size.
func (e *InvalidError) Is(target error) bool {
	return target == ErrInvalid || e.TooLarge && target == ErrTooLarge
}

func invalid(field, format string, args ...any) *InvalidError {
	return &InvalidError{Field: field, Reason: fmt.Sprintf(format, args...), id: errInvalidRequest}
}

func tooLarge(field string, limit, got int) *InvalidError {
	return &InvalidError{
		Field: field, Reason: fmt.Sprintf("must be at most %d bytes, got %d", limit, got), TooLarge: true, id: errInvalidRequest,
	}
}

// MissingOutputError is returned by Run.Output for a task that has none in the snapshot.
type MissingOutputError struct {
	Run, Task string
	// Truncated: the snapshot was over its size limit and keeps no records.
	Truncated bool
}

func (e *MissingOutputError) Error() string {
	if e.Truncated {
		return fmt.Sprintf("run %s keeps no output of task %q: its snapshot was over the size limit", e.Run, e.Task)
	}
	return fmt.Sprintf("run %s has no output of task %q", e.Run, e.Task)
}

// maxErrorText bounds what is kept of one error or traceback, in bytes.
const maxErrorText = 8 << 10

// clip shortens a text to at most limit bytes, at a rune's edge.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return s[:limit] + "…"
}

// unavailableError is ErrUnavailable with what was tried, and why it failed.
type unavailableError struct {
	what   string
	cause  error
	orphan bool // what was refused may have been accepted all the same
}

func (e *unavailableError) Error() string {
	if e.cause == nil {
		return "unavailable: " + e.what
	}
	return fmt.Sprintf("unavailable: %s: %v", e.what, e.cause)
}

// Is makes the error ErrUnavailable.
func (e *unavailableError) Is(target error) bool { return target == ErrUnavailable }

// Unwrap gives the cause.
func (e *unavailableError) Unwrap() error { return e.cause }

func unavailable(what string, cause error) error { return &unavailableError{what: what, cause: cause} }

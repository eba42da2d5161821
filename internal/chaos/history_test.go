//go:build unix

// This file owns the history: all that a run of the driver records, and all that the checker knows.

package chaos

import (
	"time"

	"github.com/pyoco/pyoco"
)

// moment is a time by the machine's monotonic clock, which all its processes share.
type moment time.Duration

// span is a time with its two ends.
type span struct{ From, To moment }

func (s span) length() time.Duration { return time.Duration(s.To - s.From) }

func (s span) meets(o span) bool { return s.From < o.To && o.From < s.To }

// history is what happened, from four sources: the clients, the tasks, the driver, and the runs bucket.
type history struct {
	Lease      time.Duration
	Slots      int // of each worker
	MaxDeliver int // of each job
	Flows      map[string]flowKind

	Submissions []submission
	Cancels     []cancel
	Ends        []end
	Steps       []step
	Lives       []life
	Outages     []span // times in which NATS was away or took no writes
	Revisions   []revision
	Lists       map[string]map[string]pyoco.Status // what each gateway lists at the end
	Ticks       []tick
	Queued      uint64         // jobs left in the work stream
	Consumers   map[string]int // watches left, by stream
}

// answer is what a client learned of its submission.
type answer string

const (
	accepted answer = "accepted"
	refused  answer = "refused"
	unknown  answer = "unknown" // no answer: it may have been accepted
)

// submission is one call of a client. A client that learned nothing may submit the same key again: as another submission
// with an ID of its own, or as the same one, under an idempotency key.
type submission struct {
	ID     string // the run carries it in its params
	Key    string // of what the client wants done
	Flow   string
	Span   span
	Answer answer
	Run    string // where it was accepted
	Detail string // else
}

// cancel is a cancel that was answered.
type cancel struct {
	Run    string
	Span   span
	Status pyoco.Status // in the answer
	Detail string       // where it was refused or not answered
}

// end is the end of a run as a client saw it.
type end struct {
	Run    string
	At     moment
	Status pyoco.Status
}

// step is the start or the end of a task, as the task itself wrote it down.
type step struct {
	At         moment
	Wall       time.Time
	PID        int
	Process    string // worker and generation
	Run        string
	Attempt    int
	Task       string
	Try        int
	Submission string
	End        bool
	Error      string // of an end
}

// role is what a process is.
type role string

const (
	roleNATS    role = "nats"
	roleGateway role = "gateway"
	roleWorker  role = "worker"
)

// life is one process from its start to its end.
type life struct {
	Role    role
	Name    string // like worker-2: the id of a worker
	Process string // name and generation, like worker-2.3
	PID     int
	Span    span
	Killed  bool     // by the driver
	Asked   moment   // to end cleanly, by the driver
	Pauses  []span   // by the driver
	Cuts    []span   // by the driver: NATS was away for the process alone
	Stalls  []span   // as the process noticed them: its pauses, and what a busy machine did to it
	Fault   string   // where it ended by itself, or not cleanly
	Leaks   []string // what was still there at a clean end
}

// revision is one message of the runs bucket.
type revision struct {
	Sequence uint64
	Key      string
	Run      *pyoco.Run // nil: removed
}

// tick is one fire time of a schedule and a run that was made for it.
type tick struct {
	Schedule string
	Fire     time.Time
	Run      string
}

// proof is the output of every task: who made it. It is what the snapshots say of executions.
type proof struct {
	Process string `json:"process"`
	Attempt int    `json:"attempt"`
}

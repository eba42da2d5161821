// This file owns findings: what is wrong, how badly, and what to do about it.

package admin

import (
	"cmp"
	"slices"
)

// Finding is something that keeps the servers from working or from keeping data,
// now or at the next failure.
type Finding struct {
	Check    Check    `json:"check"`
	Severity Severity `json:"severity"`
	Subject  string   `json:"subject"` // a server, stream, address or folder
	Problem  string   `json:"problem"`
	Todo     string   `json:"todo"`
}

// Severity is how bad a finding is.
type Severity string

// A failure stops something or loses data today; a risk does so at the next fault.
const (
	Failure Severity = "failure"
	Risk    Severity = "risk"
)

// Check is what was looked at.
type Check string

// The checks.
const (
	CheckServer  Check = "server"
	CheckPort    Check = "port"
	CheckDisk    Check = "disk"
	CheckStore   Check = "store"
	CheckVersion Check = "version"
	CheckClock   Check = "clock"
	CheckReplica Check = "replicas"
	CheckSync    Check = "sync"
	CheckPeer    Check = "peer"
	CheckQuorum  Check = "quorum"
	CheckCluster Check = "cluster"
)

// Sort orders findings: failures first, then by check and subject.
func Sort(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Subject, b.Subject))
	})
}

// This file owns what a State shows to be wrong.

package admin

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

const (
	// clockTolerance is how far clocks may be apart: times in records are people's,
	// no rule compares those of two machines, but schedules fire by them.
	clockTolerance = time.Second

	// fullStore is the part of a store's limit that should not be passed.
	fullStore = 0.85
)

// Diagnose gives the findings in a State, sorted.
func Diagnose(s *State) []Finding {
	var found []Finding
	found = append(found, s.quorum()...)
	for _, server := range s.Servers {
		found = append(found, server.findings(s)...)
	}
	found = append(found, s.streams()...)
	Sort(found)
	return found
}

// quorum looks for the majority, and for the servers that are missing to it.
func (s *State) quorum() []Finding {
	switch {
	case s.Members < 2:
		return nil
	case !s.HasQuorum():
		return []Finding{{CheckQuorum, Failure, s.Cluster,
			fmt.Sprintf("nothing can be stored: JetStream needs %d of its %d servers, and %d are there", s.Quorum, s.Members, s.running()),
			"start the missing servers; if some are lost for good, restore a backup on a new cluster"}}
	case s.Members == 2:
		return []Finding{{CheckQuorum, Risk, s.Cluster, "a cluster of two stops when either stops",
			"let a third server join: nats-bootstrap join --cluster " + s.Cluster + " --seed HOST:PORT"}}
	}
	return nil
}

func (s Server) findings(of *State) []Finding {
	var found []Finding
	add := func(check Check, severity Severity, problem, todo string) {
		found = append(found, Finding{check, severity, s.Name, problem, todo})
	}
	switch {
	case !s.there():
		add(CheckPeer, Failure, "it is a member of the cluster and does not answer",
			"start it, or see why the others can't reach it; if it is lost for good: nats-bootstrap leave --server "+s.Name)
		return found
	case !s.Answered:
		return nil // one server was asked, and not this one
	case s.Role == Behind:
		add(CheckPeer, Risk, "it has not yet all that the cluster has decided", "wait; if it stays so, see its log")
	case s.Role == NoRole:
		add(CheckStore, Failure, "JetStream is off", "see its log for why; a full or broken disk turns it off")
	}
	if lost := lossyVersion(s.Version); lost != "" {
		add(CheckVersion, Failure, "nats-server "+s.Version+" has known bugs that lose data", "upgrade to "+lost+" or newer, one server at a time")
	}
	if ahead := math.Abs(s.ClockAheadSec); ahead-s.ClockErrorSec > clockTolerance.Seconds() {
		word := "ahead of"
		if s.ClockAheadSec < 0 {
			word = "behind"
		}
		add(CheckClock, Failure, fmt.Sprintf("its clock is %.1f s %s this machine's", ahead, word), "set the clocks by NTP on all machines")
	}
	if s.SyncIntervalSec > 0 {
		severity, which := Risk, "a power cut loses up to %s of acknowledged writes"
		if of.Members >= 3 {
			which = "a power cut of all servers at once loses up to %s of acknowledged writes"
		}
		interval := time.Duration(s.SyncIntervalSec * float64(time.Second)).String()
		add(CheckSync, severity, fmt.Sprintf(which, interval), "start it with --sync always, or without sync_interval in its configuration")
	}
	if s.StoreLimit > 0 && float64(s.StoreBytes) > fullStore*float64(s.StoreLimit) {
		add(CheckDisk, Failure, fmt.Sprintf("its store uses %s of %s", humanize.IBytes(s.StoreBytes), humanize.IBytes(s.StoreLimit)),
			"make room on its disk, or raise max_file_store where its configuration sets one")
	}
	return found
}

// streams looks for streams that can't be written, or that one more fault would stop.
func (s *State) streams() []Finding {
	var found []Finding
	var single []string
	for _, stream := range s.Streams {
		if stream.Leader == "" {
			found = append(found, Finding{CheckQuorum, Failure, stream.Name, "it has no leader: nothing can be written to it",
				"start the missing servers that hold its replicas"})
			continue
		}
		if stream.Replicas == 1 {
			single = append(single, stream.Name)
		}
		for _, c := range stream.Copies {
			if c.Offline || !c.Current && c.Lag > 0 {
				problem := fmt.Sprintf("its replica on %s is %d operations behind", c.Server, c.Lag)
				if c.Offline {
					problem = "its replica on " + c.Server + " is offline"
				}
				found = append(found, Finding{CheckReplica, Risk, stream.Name, problem, "start the server, or wait until it has caught up"})
			}
		}
	}
	if s.Members >= 3 && len(single) > 0 {
		found = append(found, Finding{CheckReplica, Risk, s.Cluster,
			"streams with one replica stop, and may be lost, with the server that has it: " + strings.Join(single, ", "),
			"raise those of pyoco: pyoco-server-admin replicas --set 3, and set PYOCO_JS_REPLICAS=3 for its programs"})
	}
	return found
}

// This file owns the overview: how many runs there are of each status, what ended in the last hour, who waits for whom.
// All but the waits comes from the index, so that every gateway shows the same, also after a restart.

package pyoco

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// overviewMinutes is how far back the overview goes.
const overviewMinutes = 60

// maxOverviewQueues is how many tags the overview names: those with most waiting runs.
const maxOverviewQueues = 100

// Overview is the state of everything that its caller sees.
type Overview struct {
	TS Timestamp `json:"ts"`
	// Runs are counted by status.
	Runs map[Status]int `json:"runs"`
	// Workers are counted by state, without the hidden ones.
	Workers map[WorkerState]int `json:"workers"`
	// DeadLetters is how many there are; nil where they can't be counted now.
	DeadLetters *int `json:"dead_letters"`
	// Minutes are the last sixty, the oldest first; the last one is not over.
	Minutes []OverviewMinute `json:"minutes"`
	// Queues are the tags with runs that wait or run, or with live workers: most waiting runs first, at most 100.
	Queues []QueueLoad `json:"queues"`
}

// OverviewMinute is what happened in a minute. Runs are counted where their updated_at is, which for one that has ended is
// its end.
type OverviewMinute struct {
	At        Timestamp `json:"at"` // its begin
	Completed int       `json:"completed"`
	Failed    int       `json:"failed"`
	Cancelled int       `json:"cancelled"`
	// Started is how many runs this gateway saw start, and WaitP50 and WaitP95 how long half and 95 % of them had waited
	// at most, in seconds, up to a fifth more; nil where there was none.
	Started int      `json:"started"`
	WaitP50 *float64 `json:"wait_p50"`
	WaitP95 *float64 `json:"wait_p95"`
}

// QueueLoad is the state of one tag.
type QueueLoad struct {
	Tag     string `json:"tag"`
	Waiting int    `json:"waiting"` // PENDING runs
	Running int    `json:"running"` // RUNNING and CANCELLING ones
	Workers int    `json:"workers"` // live workers that serve it
	Free    int    `json:"free"`    // those of them that could take a run now
}

// Overview counts everything.
func (g *Gateway) Overview(ctx context.Context) (*Overview, error) {
	if err := g.whole(); err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	o := &Overview{TS: timestamp(g.now()), Runs: g.statusCounts(c), Workers: map[WorkerState]int{}, Minutes: g.minutes(c), Queues: g.queues(c)}
	if c.may(ScopeWorkersRead) {
		for _, info := range g.workers.all() {
			if !info.Hidden {
				o.Workers[info.State]++
			}
		}
	}
	if count, err := g.letters.count(ctx, c.letters(letterFilter{})); err == nil {
		o.DeadLetters = &count
	}
	return o, nil
}

// counts gives a facet's values with their numbers, as far as the caller sees them.
func (g *Gateway) counts(c *caller, facet string) map[string]int {
	if c.isAdmin() {
		return g.index.Counts(facet)
	}
	own := map[string]int{}
	for value, count := range g.index.Counts(ofTenant(facet)) {
		if value, is := strings.CutPrefix(value, c.tenant+"/"); is {
			own[value] = count
		}
	}
	return own
}

// statuses are all that our programs write.
var statuses = []Status{
	StatusPending, StatusPendingApproval, StatusRunning, StatusCancelling, StatusCompleted, StatusFailed, StatusCancelled,
}

// statusCounts is asked for by every stream, each second: one tenant's costs the same however many tenants there are.
func (g *Gateway) statusCounts(c *caller) map[Status]int {
	runs := map[Status]int{}
	if c.isAdmin() {
		for status, count := range g.index.Counts(facetStatus) {
			runs[Status(status)] = count
		}
		return runs
	}
	for _, status := range statuses {
		if count := g.index.Count(ofTenant(facetStatus), joined(c.tenant, string(status))); count > 0 {
			runs[status] = count
		}
	}
	return runs
}

// minutes counts ends by the index: what has an end's status and changed last in a minute has ended in it.
func (g *Gateway) minutes(c *caller) []OverviewMinute {
	last := minuteOf(timestamp(g.now()))
	minutes := make([]OverviewMinute, overviewMinutes)
	for i := range minutes {
		at := last - int64(overviewMinutes-1-i)
		minutes[i] = OverviewMinute{At: Timestamp(at * 60)}
		minutes[i].Started, minutes[i].WaitP50, minutes[i].WaitP95 = g.waits.in(c, at)
	}
	for status, of := range map[Status]func(*OverviewMinute) *int{
		StatusCompleted: func(m *OverviewMinute) *int { return &m.Completed },
		StatusFailed:    func(m *OverviewMinute) *int { return &m.Failed },
		StatusCancelled: func(m *OverviewMinute) *int { return &m.Cancelled },
	} {
		later := 0
		for i := overviewMinutes - 1; i >= 0; i-- {
			ended := g.countSince(c, facetStatus, string(status), minutes[i].At)
			*of(&minutes[i]) = max(0, ended-later) // a run may leave between two counts
			later = ended
		}
	}
	return minutes
}

func (g *Gateway) countSince(c *caller, facet, value string, from Timestamp) int {
	if !c.isAdmin() {
		facet, value = ofTenant(facet), joined(c.tenant, value)
	}
	return g.index.CountSince(facet, value, float64(from))
}

func (g *Gateway) queues(c *caller) []QueueLoad {
	loads := map[string]*QueueLoad{}
	load := func(tag string) *QueueLoad {
		if loads[tag] == nil {
			loads[tag] = &QueueLoad{Tag: tag}
		}
		return loads[tag]
	}
	for tag, count := range g.counts(c, facetWaiting) {
		load(tag).Waiting = count
	}
	for tag, count := range g.counts(c, facetRunning) {
		load(tag).Running = count
	}
	if c.may(ScopeWorkersRead) {
		for _, info := range g.workers.all() {
			if !info.State.alive() {
				continue
			}
			for _, tag := range info.Tags {
				load(tag).Workers++
				if info.hasRoom() {
					load(tag).Free++
				}
			}
		}
	}
	queues := make([]QueueLoad, 0, len(loads))
	for _, l := range loads {
		queues = append(queues, *l)
	}
	slices.SortFunc(queues, func(a, b QueueLoad) int {
		return cmp.Or(cmp.Compare(b.Waiting, a.Waiting), cmp.Compare(b.Running, a.Running), strings.Compare(a.Tag, b.Tag))
	})
	return queues[:min(len(queues), maxOverviewQueues)]
}

func (g *Gateway) getOverview(w http.ResponseWriter, r *http.Request) error {
	o, err := g.Overview(r.Context())
	if err != nil {
		return answer(err, "")
	}
	return httpedge.WriteJSON(w, http.StatusOK, o)
}

// This file owns the benchmarks at a million entries. Each reports what the index
// promises: pages and counts that don't scan, an update of a few microseconds,
// and the memory of an entry.

package runindex_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/pyoco/pyoco/internal/runindex"
)

const million = 1_000_000

// uuids makes keys as run ids are: 36 bytes that share no prefix.
func uuids(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	keys := make([]string, n)
	for i := range keys {
		a, b := r.Uint64(), r.Uint64()
		keys[i] = fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
	}
	return keys
}

// benchFacets are two as lists are filtered by and the worst cases: two halves
// that never meet, a part and its rest, and six sets that each leave out another
// sixth. Who is in which is random.
var benchFacets = []string{
	"status", "flow", "half", "other half", "17th", "not 17th",
	"not 0", "not 1", "not 2", "not 3", "not 4", "not 5",
}

func benchEntry(keys []string, i int) runindex.Entry[uint64] {
	r := rand.New(rand.NewPCG(uint64(i), 5))
	half, part, sixth := r.IntN(2), r.IntN(17), r.IntN(6)
	facets := []string{
		"status" + strconv.Itoa(i%7), "flow" + strconv.Itoa(i%1000),
		yes(half == 0), yes(half == 1), yes(part == 0), yes(part != 0),
	}
	for n := range 6 {
		facets = append(facets, yes(n != sixth))
	}
	return runindex.Entry[uint64]{Key: keys[i], Revision: uint64(i + 1), Order: 1.7e9 + float64(i)/100, Facets: facets}
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

func filter(facets ...string) map[string]string {
	f := map[string]string{}
	for _, name := range facets {
		f[name] = "yes"
	}
	return f
}

// shuffled is a million entries that were loaded in another order than they are
// listed in, so that neighbours in the list are strangers in memory.
var shuffled = sync.OnceValue(func() *runindex.Index[uint64] {
	keys := uuids(million)
	x := runindex.New[uint64](benchFacets...)
	for n, i := range rand.New(rand.NewPCG(3, 4)).Perm(million) {
		e := benchEntry(keys, i)
		e.Revision = uint64(n + 1)
		x.Apply(e, nil)
	}
	return x
})

func BenchmarkPage(b *testing.B) {
	middle := 1.7e9 + million/200.0
	for name, q := range map[string]runindex.Query{
		"unfiltered":                  {},
		"from the middle":             {Before: &runindex.Cursor{Order: middle}},
		"after, nothing new":          {After: new(2e9)},
		"one of 7":                    {Filter: map[string]string{"status": "status3"}},
		"one of 1000 from the middle": {Filter: map[string]string{"flow": "flow77"}, Before: &runindex.Cursor{Order: middle}},
		"7 and 1000":                  {Filter: map[string]string{"status": "status3", "flow": "flow77"}},
		"worst, two halves":           {Filter: filter("half", "other half")},
		"worst, 17th and not":         {Filter: filter("17th", "not 17th")},
		"worst, six sets":             {Filter: filter("not 0", "not 1", "not 2", "not 3", "not 4", "not 5")},
	} {
		b.Run(name, func(b *testing.B) {
			x := shuffled()
			q.Limit = 50
			b.ReportAllocs()
			for b.Loop() {
				x.Page(q)
			}
		})
	}
}

func BenchmarkCountSince(b *testing.B) {
	x := shuffled()
	for _, share := range []float64{0.01, 0.5, 0.99} {
		order := 1.7e9 + share*million/100
		b.Run(fmt.Sprint(share), func(b *testing.B) {
			for b.Loop() {
				x.CountSince("not 0", "yes", order)
			}
		})
	}
}

// BenchmarkUpdate moves entries to the top, as a change of a run does: recent
// ones, as most changes are, or any.
func BenchmarkUpdate(b *testing.B) {
	for name, among := range map[string]int{"of the newest 1000": 1000, "of any": million} {
		b.Run(name, func(b *testing.B) {
			keys := uuids(million)
			x := runindex.New[uint64]("status", "flow", "tag", "tenant")
			change := func(i, revision int) {
				x.Apply(runindex.Entry[uint64]{
					Key: keys[i], Revision: uint64(revision), Order: 1.7e9 + float64(revision)/100,
					Facets: []string{
						[...]string{"PENDING", "RUNNING", "SUCCESS", "FAILED"}[revision%4],
						[...]string{"main", "nightly", "etl"}[i%3], [...]string{"default", "gpu"}[i%2], "tenant",
					},
				}, nil)
			}
			for i := range million {
				change(i, i+1)
			}
			revision := million
			for b.Loop() {
				revision++
				change(million-1-rand.IntN(among), revision)
			}
		})
	}
}

// BenchmarkMemory reports the bytes of an entry with six facets, beyond its value
// and the bytes of its key: loaded in order, and after each was moved once.
func BenchmarkMemory(b *testing.B) {
	keys := uuids(million)
	for b.Loop() {
		before := heap()
		x := runindex.New[uint64](benchFacets[:6]...)
		load := func(i, at int) {
			e := benchEntry(keys, i)
			e.Revision, e.Order = uint64(at+1), float64(at)
			e.Facets = append(e.Facets[:2], "RUNNING", "gpu", "tenant"+strconv.Itoa(i%50), "main"+strconv.Itoa(i%50))
			x.Apply(e, nil)
		}
		for i := range million {
			load(i, i)
		}
		const value = 8
		b.ReportMetric(float64(heap()-before)/million-value, "B/entry-loaded")
		for n, i := range rand.Perm(million) {
			load(i, million+n)
		}
		b.ReportMetric(float64(heap()-before)/million-value, "B/entry-moved")
		for n := range 2 * million {
			load(rand.IntN(million), 2*million+n)
		}
		b.ReportMetric(float64(heap()-before)/million-value, "B/entry-churned")
		runtime.KeepAlive(x)
	}
	runtime.KeepAlive(keys)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkFanOut changes a key until each of its 1,000 waiting subscribers has
// seen the change.
func BenchmarkFanOut(b *testing.B) {
	x := runindex.New[uint64]("status")
	var told, readers sync.WaitGroup
	stop := make(chan struct{})
	for range 1000 {
		s := x.Subscribe("key")
		readers.Go(func() {
			defer s.Close()
			for {
				select {
				case <-stop:
					return
				case <-s.C():
					s.Latest()
					told.Done()
				}
			}
		})
	}
	revision := uint64(0)
	for b.Loop() {
		revision++
		told.Add(1000)
		x.Apply(runindex.Entry[uint64]{Key: "key", Revision: revision, Facets: []string{"RUNNING"}}, nil)
		told.Wait()
	}
	close(stop)
	readers.Wait()
}

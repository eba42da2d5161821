//go:build unix

// This file owns the flags, and the branch between a child and the tests.

package chaos

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	flagSeed = flag.Uint64("chaos.seed", 0, "seed of the clients and the faults; 0: a random one, which is printed")
	flagTime = flag.Duration("chaos.time", 10*time.Second, "how long the system is submitted to and injured")
	flagKeep = flag.Bool("chaos.keep", false, "keep the logs and the history also where nothing has failed")
	flagRuns = flag.Int64("chaos.runs", 0, "how many submissions to make in place of a time; 0: as many as the time allows")
)

func TestMain(m *testing.M) {
	if spec := os.Getenv(partVariable); spec != "" {
		var p part
		if err := json.Unmarshal([]byte(spec), &p); err != nil {
			panic(err)
		}
		p.play()
		return
	}
	goleak.VerifyTestMain(m)
}

// seedOf is the seed to use.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := *flagSeed
	if seed == 0 {
		seed = rand.Uint64N(1_000_000) + 1
	}
	t.Logf("seed %d: go test ./internal/chaos -run %s -chaos.seed=%d", seed, t.Name(), seed)
	return seed
}

// This file owns the tests of the collector's goal, each in a process of its own.

package heap

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAHeapMayGrowToTheRoomOrToTheDouble(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]uint64{
		0: 6300, 1 << 20: 6300, 1<<20 + 1: 3100, 2 << 20: 3100, 16 << 20: 300, 31 << 20: 106, 32 << 20: 100, 64 << 20: 100, 65 << 20: 100, 1 << 40: 100,
	} {
		require.Equal(t, want, percent(live), "%d bytes are live", live)
	}
}

// child says what a test that runs as a program of its own has to do.
const child = "PYOCO_TEST_HEAP"

var programs = map[string]func(*testing.T){
	"collects small heaps seldom": func(t *testing.T) {
		before := read("/gc/cycles/automatic:gc-cycles")
		for range 1 << 10 {
			garbage = make([]byte, 1<<20)
		}
		require.LessOrEqual(t, read("/gc/cycles/automatic:gc-cycles")-before, uint64(40), "for a GiB of garbage")
	},
	"follows a heap that grows and shrinks": func(t *testing.T) {
		kept := make([]byte, 100<<20)
		runtime.GC()
		becomes(t, 100)
		runtime.KeepAlive(kept)
		runtime.GC()
		require.Eventually(t, func() bool { return gogc() > 300 }, 10*time.Second, time.Millisecond)
	},
	"leaves what GOGC says": func(t *testing.T) {
		runtime.GC()
		becomes(t, 50)
	},
}

var garbage []byte

func read(name string) uint64 {
	samples := []metrics.Sample{{Name: name}}
	metrics.Read(samples)
	return samples[0].Value.Uint64()
}

func gogc() uint64 { return read("/gc/gogc:percent") }

// becomes waits for what is done after a collection.
func becomes(t *testing.T, percent uint64) {
	t.Helper()
	require.Eventually(t, func() bool { return gogc() == percent }, 10*time.Second, time.Millisecond)
}

func TestTheCollectorOfAProgram(t *testing.T) {
	if name := os.Getenv(child); name != "" {
		KeepRoom()
		programs[name](t)
		return
	}
	t.Parallel()
	for name := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTheCollectorOfAProgram$")
			command.Env = append(os.Environ(), child+"="+name, "GOMEMLIMIT=", "GOGC=")
			if name == "leaves what GOGC says" {
				command.Env = append(command.Env, "GOGC=50")
			}
			out, err := command.CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}

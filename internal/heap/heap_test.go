// This file owns the tests of the room that a heap has, each in a process of its own.

package heap

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// child says what a test that runs as a program of its own has to do.
const child = "PYOCO_TEST_HEAP"

var programs = map[string]func(*testing.T){
	"collects small heaps seldom": func(t *testing.T) {
		before := read("/gc/cycles/automatic:gc-cycles")
		for range 1 << 10 {
			garbage = make([]byte, 1<<20)
		}
		require.LessOrEqual(t, read("/gc/cycles/automatic:gc-cycles")-before, uint64(40), "for a GiB of garbage")
		runtime.GC()
		goal := read("/gc/heap/goal:bytes")
		require.GreaterOrEqual(t, goal, uint64(2*Ballast))
		require.Less(t, goal, uint64(3*Ballast))
	},
	"takes no memory for it": func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("the memory of a process is read from /proc")
		}
		runtime.GC()
		statm, err := os.ReadFile("/proc/self/statm")
		require.NoError(t, err)
		anonymous := strings.Fields(string(statm))
		all, err := strconv.Atoi(anonymous[1])
		require.NoError(t, err)
		files, err := strconv.Atoi(anonymous[2])
		require.NoError(t, err)
		require.Less(t, (all-files)*os.Getpagesize(), Ballast)
		require.Greater(t, read("/gc/heap/live:bytes"), uint64(Ballast))
	},
	"leaves what GOGC says": func(t *testing.T) {
		require.Equal(t, uint64(50), read("/gc/gogc:percent"))
		require.Nil(t, ballast)
	},
}

var garbage []byte

func read(name string) uint64 {
	samples := []metrics.Sample{{Name: name}}
	metrics.Read(samples)
	return samples[0].Value.Uint64()
}

func TestTheHeapOfAProgram(t *testing.T) {
	if name := os.Getenv(child); name != "" {
		KeepRoom()
		programs[name](t)
		return
	}
	t.Parallel()
	for name := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTheHeapOfAProgram$")
			command.Env = append(os.Environ(), child+"="+name, "GOMEMLIMIT=", "GOGC=")
			if name == "leaves what GOGC says" {
				command.Env = append(command.Env, "GOGC=50")
			}
			out, err := command.CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}

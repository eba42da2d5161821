// This file owns the tests of whole lines, as JSON and as text.

package logs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/logs"
)

var at = time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.FixedZone("", 9*60*60+30*60))

// write logs one record of a known time and place, and gives its line.
func write(t *testing.T, cfg logs.Config, level slog.Level, message string, args ...any) string {
	t.Helper()
	var out bytes.Buffer
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	record := slog.NewRecord(at, level, message, pcs[0])
	record.Add(args...)
	require.NoError(t, logs.New(&out, cfg).Logger("pyoco-server:http").Handler().Handle(t.Context(), record))
	require.Equal(t, 1, strings.Count(out.String(), "\n"), out.String())
	return strings.TrimSuffix(out.String(), "\n")
}

// place takes out what moves with the test's own source.
func place(line string) string {
	_, file, _, _ := runtime.Caller(0)
	line = strings.ReplaceAll(line, file, "FILE")
	line = strings.Replace(line, fmt.Sprintf(`"process":%d,`, os.Getpid()), `"process":0,`, 1)
	return regexp.MustCompile(`(FILE(?:","line(?:no)?")?:)\d+`).ReplaceAllString(line, "${1}0")
}

const base = `{"ts":"2026-01-01T17:34:05Z","service":"pyoco-server:http","level":"INFO","logger":"github.com/pyoco/pyoco/internal/cli/logs_test",` +
	`"message":"hello","pathname":"FILE","lineno":0,"func":"TestALineHasEveryField","process":0,"thread":0`

func TestALineHasEveryField(t *testing.T) {
	t.Parallel()
	wrapped := fmt.Errorf("create bucket: %w", &os.PathError{Op: "open", Path: "x", Err: os.ErrNotExist})
	for _, test := range []struct {
		name, want string
		args       []any
	}{
		{"nothing else", "}", nil},
		{"what a run is known by", `,"run_id":"r","flow_name":"f","tag":"t","worker_id":"w","reason":"why"}`,
			[]any{"run_id", "r", "flow_name", "f", "tag", "t", "worker_id", "w", "reason", "why"}},
		{"an error id", `,"err_id":"ERR-PYOCO-0003","msg_id":"MSG-PYOCO-0003"}`, []any{"err_id", "ERR-PYOCO-0003"}},
		{"an id that is none", `,"err_id":3}`, []any{"err_id", 3}},
		{"both ids", `,"err_id":"ERR-1","msg_id":"x"}`, []any{"err_id", "ERR-1", "msg_id", "x"}},
		{"values", `,"i":1,"f":1.5,"b":true,"d":"1m30s","t":"2026-01-02T03:04:05.999999999+09:30","l":["a"],"n":null,"u":"日本 <&>\n","e":"inner"}`,
			[]any{"i", 1, "f", 1.5, "b", true, "d", 90 * time.Second, "t", at, "l", []string{"a"}, "n", nil, "u", "日本 <&>\n", "e", errors.New("inner")}},
		{"values that are not JSON", `,"nan":"NaN","chan":"chan int","panic in it":"logs_test.bomb"}`,
			[]any{"nan", math.NaN(), "chan", make(chan int), "panic in it", bomb{}}},
		{"names of the line's own", `,"level_":9,"thread_":"x"}`, []any{"level", 9, "thread", "x"}},
		{"a name twice", `,"a":2,"b":1}`, []any{"a", 1, "b", 1, "a", 2}},
		{"no error", `}`, []any{"error", nil}},
		{"an error as a text", `,"error":"x"}`, []any{"error", "x"}},
		{"an error", `,"run_id":"r","exc_type":"*fs.PathError","exc_message":"create bucket: open x: file does not exist",` +
			`"exc_traceback":"*fmt.wrapError: create bucket: open x: file does not exist\n*fs.PathError: open x: file does not exist\n` +
			`*errors.errorString: file does not exist","exc_origin":{"file":"FILE","line":0,"func":"TestALineHasEveryField"}}`,
			[]any{"error", wrapped, "run_id", "r"}},
		{"a sum of errors", `,"exc_type":"*errors.errorString","exc_message":"a\nb","exc_traceback":"*errors.joinError: a\nb\n*errors.errorString: a\n` +
			`*errors.errorString: b","exc_origin":{"file":"FILE","line":0,"func":"TestALineHasEveryField"}}`,
			[]any{"err", errors.Join(errors.New("a"), errors.New("b"))}},
		{"an error that is a nil pointer", `,"exc_type":"*fs.PathError","exc_message":"\u003cnil\u003e","exc_traceback":"*fs.PathError: \u003cnil\u003e",` +
			`"exc_origin":{"file":"FILE","line":0,"func":"TestALineHasEveryField"}}`, []any{"error", (*os.PathError)(nil)}},
	} {
		line := write(t, logs.Config{}, slog.LevelInfo, "hello", test.args...)
		require.True(t, json.Valid([]byte(line)), line)
		require.Equal(t, base+strings.ReplaceAll(strings.ReplaceAll(test.want, `\u003c`, "<"), `\u003e`, ">"), place(line), test.name)
	}
}

type bomb struct{}

func (bomb) MarshalJSON() ([]byte, error) { panic("bomb") }

func TestALineSaysHowBadItIs(t *testing.T) {
	t.Parallel()
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: "DEBUG", slog.LevelDebug - 4: "DEBUG", slog.LevelInfo: "INFO", slog.LevelWarn: "WARNING", slog.LevelError: "ERROR",
		logs.LevelCritical: "CRITICAL", logs.LevelCritical + 4: "CRITICAL",
	} {
		require.Contains(t, write(t, logs.Config{}, level, "x"), `"level":"`+want+`"`)
	}
	for name, want := range map[string]slog.Level{
		"DEBUG": slog.LevelDebug, "info": slog.LevelInfo, "Warning": slog.LevelWarn, "WARN": slog.LevelWarn, "ERROR": slog.LevelError,
		"CRITICAL": logs.LevelCritical, "FATAL": logs.LevelCritical,
	} {
		level, ok := logs.ParseLevel(name)
		require.True(t, ok, name)
		require.Equal(t, want, level, name)
	}
	_, ok := logs.ParseLevel("loud")
	require.False(t, ok)
}

func TestWhatIsBelowTheLevelIsNotWritten(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	output := logs.New(&out, logs.Config{Level: slog.LevelWarn})
	output.Logger("a").Info("no")
	output.LoggerAt("b", slog.LevelError).Warn("no")
	require.Empty(t, out.String())
	output.LoggerAt("c", slog.LevelDebug).Debug("yes")
	require.Contains(t, out.String(), `"service":"c"`)
}

func TestTimesMayBeLocal(t *testing.T) {
	t.Parallel()
	require.Contains(t, write(t, logs.Config{Local: true}, slog.LevelInfo, "x"), `{"ts":"2026-01-02T03:04:05+0930",`)
}

func TestTracebacksMayBeLeftOut(t *testing.T) {
	t.Parallel()
	for _, text := range []bool{false, true} {
		line := write(t, logs.Config{NoTraceback: true, Text: text}, slog.LevelError, "x", "panic", "boom", "stack", "goroutine 1 [running]:\nmain.f()\n\t/x.go:1 +0x1\n")
		require.Contains(t, line, "boom")
		for _, word := range []string{"exc_traceback", "exc_origin", "goroutine"} {
			require.NotContains(t, line, word)
		}
	}
}

func TestALineOfAPanicNamesWhereItBegan(t *testing.T) {
	t.Parallel()
	stack := "goroutine 7 [running]:\nruntime/debug.Stack()\n\t/go/debug/stack.go:26 +0x5e\nhttpedge.(*Router).recover(0xc0)\n\t/a/answer.go:120 +0x1\n" +
		"panic({0x1?, 0x2?})\n\t/go/runtime/panic.go:792 +0x132\nruntime.goPanicIndex(0x1, 0x0)\n\t/go/runtime/panic.go:115 +0x74\n" +
		"main.(*shop).charge(0xc0, {0x1, 0x2})\n\t/src/shop.go:42 +0x1d\n"
	for _, test := range []struct{ stack, origin string }{
		{stack, `{"file":"/src/shop.go","line":42,"func":"main.(*shop).charge"}`},
		{"goroutine 1 [running]:\nmain.main()\n\t/m.go:3 +0x1\n", `{"file":"/m.go","line":3,"func":"main.main"}`},
		{"goroutine 1 [running]:\nmain.main()\n\t/m.go", `{"file":"FILE","line":0,"func":"TestALineOfAPanicNamesWhereItBegan"}`},
		{"nonsense", `{"file":"FILE","line":0,"func":"TestALineOfAPanicNamesWhereItBegan"}`},
	} {
		line := place(write(t, logs.Config{}, slog.LevelError, "x", "panic", 7, "stack", test.stack))
		quoted, err := json.Marshal(test.stack)
		require.NoError(t, err)
		require.Contains(t, line, `"exc_type":"panic","exc_message":"7","exc_traceback":`+string(quoted)+`,"exc_origin":`+test.origin)
	}
	require.Contains(t, write(t, logs.Config{}, slog.LevelError, "x", "panic", os.ErrExist), `"exc_type":"*errors.errorString","exc_message":"file already exists"`)
}

func TestTextIsForPeople(t *testing.T) {
	t.Parallel()
	const head = "2026-01-01T17:34:05Z ERROR pyoco-server:http github.com/pyoco/pyoco/internal/cli/logs_test FILE:0 TestTextIsForPeople - "
	for _, test := range []struct {
		message, want string
		args          []any
	}{
		{"hello", "hello", nil},
		{"two\nlines\x1b[0m", `two\nlines\u001b[0m`, nil},
		{"run failed", `run failed (err_id=ERR-PYOCO-0007, run_id=r, reason="a b", n=1, l=["x"], e="", g.a=1, g.h.b="2,", msg_id=MSG-PYOCO-0007)`,
			[]any{"err_id", "ERR-PYOCO-0007", "run_id", "r", "reason", "a b", "n", 1, "l", []string{"x"}, "e", "",
				slog.Group("g", "a", 1, slog.Group("h", "b", "2,"), slog.Group("empty"))}},
		{"away", "away *fs.PathError: open x: file does not exist", []any{"error", &os.PathError{Op: "open", Path: "x", Err: os.ErrNotExist}}},
		{"panic", `panic panic: boom traceback="goroutine 1\n"`, []any{"panic", "boom", "stack", "goroutine 1\n"}},
	} {
		line := write(t, logs.Config{Text: true}, slog.LevelError, test.message, test.args...)
		require.Equal(t, head+test.want, place(line))
	}
}

func TestLinesOfManyGoroutinesStayWhole(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	output := logs.New(&out, logs.Config{})
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			log := output.Logger("s").With("a", 1)
			for range 100 {
				log.Info("x")
			}
		}()
	}
	for range 4 {
		<-done
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 400)
	for _, line := range lines {
		require.True(t, json.Valid([]byte(line)), line)
	}
}

func TestTheHandlerKeepsSlogsRules(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return logs.New(&out, logs.Config{Level: math.MinInt}).Logger("s").Handler()
	}, func(t *testing.T) map[string]any {
		var line map[string]any
		require.NoError(t, json.Unmarshal(out.Bytes(), &line))
		for ours, slogs := range map[string]string{"ts": slog.TimeKey, "message": slog.MessageKey} {
			if value, ok := line[ours]; ok {
				line[slogs] = value
				delete(line, ours)
			}
		}
		return line
	})
}

func TestARecordWithoutAPlaceIsWritten(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	handler := logs.New(&out, logs.Config{}).Logger("s").Handler()
	require.NoError(t, handler.Handle(context.Background(), slog.NewRecord(at, slog.LevelInfo, "x", 0)))
	require.Contains(t, out.String(), `"logger":"pyoco","message":"x","pathname":"","lineno":0,"func":"",`)
	out.Reset()
	slog.NewLogLogger(handler, slog.LevelWarn).Print("from net/http")
	require.Contains(t, out.String(), `"level":"WARNING"`)
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestAnOutputThatIsGoneIsAnErrorOfTheHandler(t *testing.T) {
	t.Parallel()
	err := logs.New(full{}, logs.Config{}).Logger("s").Handler().Handle(t.Context(), slog.Record{})
	require.ErrorIs(t, err, os.ErrClosed)
}

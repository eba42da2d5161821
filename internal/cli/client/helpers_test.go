// This file owns what the tests share: running the command, and a gateway that writes down what it is asked.

package client_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// result is what a command left.
type result struct {
	code      int
	out, errs string
}

// runWith runs the command with a standard input.
func runWith(ctx context.Context, in string, args ...string) result {
	return runIn(ctx, nil, in, args...)
}

// runIn runs the command in an environment, without a file .env.
func runIn(ctx context.Context, environment map[string]string, in string, args ...string) result {
	var out, errs bytes.Buffer
	code := client.Main(ctx, cli.Process{Args: args, In: strings.NewReader(in), Out: &out, Err: &errs, Lookup: lookup(environment)})
	return result{code, out.String(), errs.String()}
}

// lookup gives the variables of an environment in which no file .env is read.
func lookup(environment map[string]string) func(name string) (string, bool) {
	return func(name string) (string, bool) {
		if name == "PYOCO_LOAD_DOTENV" {
			return "0", true
		}
		value, ok := environment[name]
		return value, ok
	}
}

func run(t *testing.T, args ...string) result {
	t.Helper()
	return runWith(t.Context(), "", args...)
}

// succeed gives the output of a command that must succeed.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	r := run(t, args...)
	require.Equal(t, result{0, r.out, ""}, r)
	return r.out
}

// scripted is a gateway that gives one answer to everything.
type scripted struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string // method, path with query, body
	headers  []http.Header
}

func script(t *testing.T, status int, kind, answer string) *scripted {
	t.Helper()
	s := &scripted{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.requests = append(s.requests, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
		s.headers = append(s.headers, r.Header)
		s.mu.Unlock()
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *scripted) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

func failed(id, title, reason, hint string) result {
	return result{1, "", id + ": " + title + "\n- reason: " + reason + "\n- hint: " + hint + "\n"}
}

// write makes a file of the test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// httpRedirect is a server that sends everybody elsewhere.
func httpRedirect(t *testing.T, to string) string {
	t.Helper()
	server := httptest.NewServer(http.RedirectHandler(to, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	return server.URL
}

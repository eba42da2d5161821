// This file owns the browser: one Chromium for all tests, which ends after them.

package browsertest_test

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// patience is how long a page may take to show something.
const patience = 30 * time.Second

// suite ends the browser after the tests, and before the look for goroutines that are left.
type suite struct{ *testing.M }

func (s suite) Run() int {
	code := s.M.Run()
	chromium.mu.Lock()
	defer chromium.mu.Unlock()
	if chromium.stop != nil {
		chromium.stop()
	}
	return code
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(suite{m}) }

// chromium is the browser that the tests share.
var chromium struct {
	mu   sync.Mutex
	ctx  context.Context
	stop func()
	err  error
}

func chromiumPath() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// browser gives the context of the running Chromium.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := chromiumPath()
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("Chromium is missing: apt-get install chromium")
		}
		t.Skip("Chromium is missing: apt-get install chromium")
	}
	chromium.mu.Lock()
	defer chromium.mu.Unlock()
	if chromium.ctx == nil {
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WindowSize(1280, 800),
			chromedp.WSURLReadTimeout(2*patience))
		if os.Getuid() == 0 { // its sandbox does not run as root
			options = append(options, chromedp.NoSandbox)
		}
		allocator, endAllocator := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
		ctx, end := chromedp.NewContext(allocator)
		chromium.err = chromedp.Do(ctx)
		chromium.ctx, chromium.stop = ctx, func() {
			_ = chromedp.Cancel(ctx)
			end()
			endAllocator()
		}
	}
	require.NoError(t, chromium.err)
	return chromium.ctx
}

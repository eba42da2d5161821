// This file owns the browser: one Chromium for all tests, a window with storage of its own for each, and what no page may do.

package browsertest_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
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

// tab is a window of the dashboard.
type tab struct {
	*testing.T
	ctx context.Context
	url string

	mu       sync.Mutex
	faults   []string
	requests []string
}

// window opens an empty window with storage of its own; pages of one window share it.
func window(t *testing.T, base string) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser(t), chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	return newTab(ctx, t, base)
}

// beside opens another tab of the same window.
func (p *tab) beside() *tab {
	p.Helper()
	id := chromedp.FromContext(p.ctx).BrowserContextID
	ctx, stop := chromedp.NewContext(browser(p.T), chromedp.WithExistingBrowserContext(id))
	p.Cleanup(stop)
	return newTab(ctx, p.T, p.url)
}

func newTab(ctx context.Context, t *testing.T, base string) *tab {
	t.Helper()
	p := &tab{T: t, ctx: ctx, url: base}
	host := hostOf(base)
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			text := "exception: " + e.ExceptionDetails.Text
			if e.ExceptionDetails.Exception != nil {
				text += " " + e.ExceptionDetails.Exception.Description
			}
			p.faults = append(p.faults, text)
		case *log.EventEntryAdded:
			if e.Entry.Source != log.EntrySourceNetwork && e.Entry.Level == log.EntryLevelError {
				p.faults = append(p.faults, string(e.Entry.Source)+": "+e.Entry.Text)
			}
		case *network.EventRequestWillBeSent:
			p.requests = append(p.requests, e.Request.Method+" "+e.Request.URL)
			if got := hostOf(e.Request.URL); got != host && !strings.HasPrefix(e.Request.URL, "blob:") && !strings.HasPrefix(e.Request.URL, "data:") {
				p.faults = append(p.faults, "request to another host: "+e.Request.URL)
			}
		}
	}))
	p.do(
		send(network.Enable, network.EnableParams{}), send(log.Enable, cdp.Empty{}), send(runtime.Enable, cdp.Empty{}),
		send(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		chromedp.EmulateViewport(1280, 800),
	)
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		require.Empty(t, p.faults, "what the page did wrong")
	})
	return p
}

func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	return parsed.Host
}

// send is a call of the browser's protocol as an action.
func send[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// do performs actions, within the time that a page may take.
func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	require.NoError(p, p.try(actions...))
}

func (p *tab) try(actions ...chromedp.Action[chromedp.Void]) error {
	_, err := run(p, chromedp.Steps(actions...))
	return err
}

// run gives an action the time that a page may take.
func run[T any](p *tab, action chromedp.Action[T]) (T, error) {
	ctx, stop := context.WithTimeout(p.ctx, patience)
	defer stop()
	return chromedp.Run(ctx, action)
}

// open goes to a place in the dashboard.
func (p *tab) open(place string) *tab {
	p.Helper()
	p.do(chromedp.Navigate(p.url + "/" + place))
	return p
}

// eval gives the value of an expression.
func eval[T any](p *tab, expression string) T {
	p.Helper()
	value, err := run(p, chromedp.Evaluate[T](expression))
	require.NoError(p, err)
	return value
}

// until waits until an expression is true. The page's policy allows no polling by texts that become code inside of it.
func (p *tab) until(expression string) {
	p.Helper()
	var last string
	ok := func() bool {
		value, err := run(p, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err != nil {
			last = err.Error()
		}
		return err == nil && value
	}
	for deadline := time.Now().Add(patience); !ok(); {
		if time.Now().After(deadline) {
			body, _ := run(p, chromedp.Evaluate[string]("location.hash+'\\n'+document.body.innerText.slice(0,3000)"))
			p.shot("failed-" + strings.ReplaceAll(p.Name(), "/", "-"))
			require.Fail(p, "the page never came to this", "%s\n%s\n%s", expression, last, body)
		}
		timer := time.NewTimer(50 * time.Millisecond)
		select {
		case <-timer.C:
		case <-p.ctx.Done():
			timer.Stop()
			require.NoError(p, p.ctx.Err())
		}
	}
}

// sees waits until the page shows a text.
func (p *tab) sees(text string) {
	p.Helper()
	p.until("document.body.innerText.includes(" + quoted(text) + ")")
}

// click clicks on what a selector finds, once it is there.
func (p *tab) click(selector string) {
	p.Helper()
	p.until("document.querySelector(" + quoted(selector) + ")")
	p.do(chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

// press presses keys.
func (p *tab) press(keys string) {
	p.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// resize makes the window another size, as a phone's where it is narrow.
func (p *tab) resize(width, height int64) {
	p.Helper()
	p.do(send(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600,
	}))
}

// scheme makes the page dark or light.
func (p *tab) scheme(name string) {
	p.Helper()
	p.do(send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	}))
}

// shot leaves a picture where pictures are wanted.
func (p *tab) shot(name string) {
	folder := os.Getenv("PYOCO_TEST_SCREENSHOTS")
	if folder == "" {
		return
	}
	if picture, err := run(p, chromedp.CaptureScreenshot()); err == nil {
		_ = os.MkdirAll(folder, 0o755)
		_ = os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644)
	}
}

// asked gives the requests that the page has made, and which hold a text.
func (p *tab) asked(text string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []string
	for _, request := range p.requests {
		if strings.Contains(request, text) {
			found = append(found, request)
		}
	}
	return found
}

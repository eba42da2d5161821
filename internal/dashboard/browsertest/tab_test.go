// This file owns the tab: a window with storage of its own for each test, what it does, and what no page may do.

package browsertest_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

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
	p.eventually(expression, func() string {
		value, err := run(p, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		switch {
		case err != nil:
			return err.Error()
		case !value:
			return "it is not so"
		}
		return ""
	})
}

// eventually waits until look finds nothing that is missing.
func (p *tab) eventually(what string, look func() (missing string)) {
	p.Helper()
	for deadline := time.Now().Add(patience); ; {
		missing := look()
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			body, _ := run(p, chromedp.Evaluate[string]("location.hash+'\\n'+document.body.innerText.slice(0,3000)"))
			p.shot("failed-" + strings.ReplaceAll(p.Name(), "/", "-"))
			require.Fail(p, "the page never came to this", "%s: %s\n%s", what, missing, body)
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
	p.eventually("a click on "+selector, func() string {
		// What is drawn anew in between is no element any more: then nothing was clicked.
		if err := p.try(chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector))); err != nil {
			return err.Error()
		}
		return ""
	})
}

// press presses keys.
func (p *tab) press(keys string) {
	p.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// shortcut presses a key that types nothing: a browser types no character for one that the page has taken.
func (p *tab) shortcut(keys string) {
	p.Helper()
	for _, key := range keys {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			p.do(send(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: string(key)}))
		}
	}
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

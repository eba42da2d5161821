// This file owns the tests of the page of wheels.

package browsertest_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

// upload registers a wheel as a program would.
func (s *system) upload(name string) {
	s.t.Helper()
	_, err := s.gateway.UploadWheel(s.t.Context(), pyoco.WheelUpload{Name: name, Content: bytes.NewReader(pywheeltest.Wheel(name)), Tags: []string{"shop"}})
	require.NoError(s.t, err)
}

// drop lets a file fall on what a selector finds.
func (p *tab) drop(selector, name string, content []byte) {
	p.Helper()
	p.until("document.querySelector(" + quoted(selector) + ")")
	eval[bool](p, fmt.Sprintf(`(() => {
		const bytes = Uint8Array.from(atob(%s), c => c.charCodeAt(0));
		const dataTransfer = new DataTransfer();
		dataTransfer.items.add(new File([bytes], %s));
		return document.querySelector(%s).dispatchEvent(new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true})), true;
	})()`, quoted(base64.StdEncoding.EncodeToString(content)), quoted(name), quoted(selector)))
}

// downloads says where the window's downloads go.
func (p *tab) downloads() (folder string) {
	p.Helper()
	folder = p.TempDir()
	p.do(send(cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID, DownloadPath: folder,
	}))
	return folder
}

func TestAWheelIsDownloaded(t *testing.T) {
	t.Parallel()
	s := start(t, language("en"))
	const name = "shop_tools-1.0-py3-none-any.whl"
	s.upload(name)
	p := window(t, s.url)
	folder := p.downloads()
	p.open("#/wheels").click(`[data-wheel="` + name + `"] button`)
	p.eventually("the file "+name, func() string {
		content, err := os.ReadFile(filepath.Join(folder, name))
		switch {
		case err != nil:
			return err.Error()
		case !bytes.Equal(content, pywheeltest.Wheel(name)):
			return fmt.Sprintf("%d bytes that are not the wheel's", len(content))
		}
		return ""
	})
}

func TestWheelsAreRegisteredByDropListedAndDeleted(t *testing.T) {
	t.Parallel()
	s := start(t, actions, language("ja"))
	s.upload("shop_tools-1.0-py3-none-any.whl")
	p := window(t, s.url).open("#/wheels")
	p.until(`document.querySelector('[data-wheel="shop_tools-1.0-py3-none-any.whl"]')?.innerText.includes('shop')`)
	const next = "shop_tools-1.1-py3-none-any.whl"
	p.drop(".drop", next, pywheeltest.Wheel(next))
	p.until(`document.querySelector('[data-wheel="` + next + `"]')?.innerText.includes('全 worker')`)
	p.until(`document.querySelectorAll('[aria-label=履歴] tbody tr').length === 2`)
	p.shot("wheels-ja")
	p.drop(".drop", next, pywheeltest.Wheel(next))
	p.sees("ERR-PYOCO-0022")
	p.drop(".drop", "nothing-1.0-py3-none-any.whl", []byte("no zip"))
	p.until(`/nothing-1.0-py3-none-any.whl\s*wheel: .*zip/.test(document.querySelector('.drop .notice.bad')?.innerText)`)
	p.click(`[data-wheel="` + next + `"] button:last-child`)
	p.click(`dialog button.danger`)
	p.until(`!document.querySelector('[data-wheel="` + next + `"]')`)
	p.until(`document.querySelectorAll('[aria-label=履歴] tbody tr').length === 3`)
}

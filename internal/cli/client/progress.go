// This file owns the progress bar of an upload, which only a person at a terminal sees.

package client

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/pyoco/pyoco/internal/cli"
)

// withProgress gives a reader that draws how much of it was read, where w is a terminal; done takes the bar away.
func withProgress(w io.Writer, name string, size int64, content io.Reader) (reader io.Reader, done func()) {
	if !cli.IsTerminal(w) {
		return content, func() {}
	}
	bar := &progress{Reader: content, out: w, name: name, size: size, start: time.Now()}
	return bar, bar.clear
}

// progress draws a line over itself. What reads it may still be at it when the bar is taken away.
type progress struct {
	io.Reader
	out   io.Writer
	name  string
	size  int64
	start time.Time

	mu    sync.Mutex
	read  int64
	drawn time.Time
	width int // of the line that stands there, in characters
	over  bool
}

// drawPeriod is the time between two drawings.
const drawPeriod = 100 * time.Millisecond

// Read reads, and draws now and then.
func (p *progress) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read += int64(n)
	if now := time.Now(); n > 0 && !p.over && (now.Sub(p.drawn) >= drawPeriod || p.read == p.size) {
		p.drawn = now
		p.draw(progressLine(p.name, p.read, p.size, now.Sub(p.start)))
	}
	return n, err
}

func (p *progress) draw(line string) {
	width := utf8.RuneCountInString(line)
	fmt.Fprint(p.out, "\r"+line+strings.Repeat(" ", max(0, p.width-width)))
	p.width = width
}

func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.width > 0 {
		p.draw("")
		fmt.Fprint(p.out, "\r")
	}
}

// progressLine fits into 80 columns.
func progressLine(name string, read, size int64, spent time.Duration) string {
	const bar, shown = 20, 24
	share := 1.0
	if size > 0 {
		share = min(1, float64(read)/float64(size))
	}
	full := int(share * bar)
	if len(name) > shown {
		name = name[:shown-1] + "…"
	}
	const mib = 1 << 20
	rate := float64(read) / mib / max(spent.Seconds(), 0.001)
	return fmt.Sprintf("%s [%s%s] %3.0f%% %.1f of %.1f MiB %.1f MiB/s", name, strings.Repeat("=", full), strings.Repeat(" ", bar-full),
		share*100, float64(read)/mib, float64(size)/mib, rate)
}

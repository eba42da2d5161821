// This file owns the --sync flag: when a write is on disk.

package bootstrap

import (
	"errors"
	"strings"
	"time"

	"github.com/pyoco/pyoco/natsd"
)

// syncMode is the flag's value; empty: not given.
type syncMode struct {
	text     string
	interval time.Duration // 0: always
}

func (m *syncMode) String() string { return m.text }

// Type is the form, as help shows it.
func (m *syncMode) Type() string { return "always|interval=DURATION" }

// Set takes one of the forms.
func (m *syncMode) Set(text string) error {
	length, isInterval := strings.CutPrefix(text, "interval=")
	interval, err := time.ParseDuration(length)
	switch {
	case text == "always":
		*m = syncMode{text: text}
	case isInterval && err == nil && interval > 0:
		*m = syncMode{text: text, interval: interval}
	default:
		return errors.New("must be always or an interval like interval=2s")
	}
	return nil
}

// apply lays the flag over what a configuration file says.
func (m *syncMode) apply(cfg *natsd.Config) {
	if m.text == "" {
		return
	}
	cfg.SyncInterval = m.interval
	cfg.Options.SyncAlways = m.interval == 0
	cfg.Options.SyncInterval = m.interval
}

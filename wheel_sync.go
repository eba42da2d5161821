// This file owns what is told of a worker's wheels, in its configuration and in its record.

package pyoco

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pyoco/pyoco/internal/pyenv"
)

// WheelSyncConfig says whether and how a worker installs the wheels of its tags, which hold Python tasks. It does so at its
// start and between runs, into a fresh environment that only later runs use. The zero value installs none.
type WheelSyncConfig struct {
	// Enabled turns it on, and Python tasks with it.
	Enabled bool
	// Dir is where wheels and environments are kept. Default .pyoco/wheels, in the working directory. Where another worker
	// uses it, a folder of the worker's ID in it is used.
	Dir string
	// Interval is the least time between two looks at the wheels. Default 10 s; at least 100 ms.
	Interval time.Duration
	// InstallTimeout is how long fetching one wheel may take, and installing. Default 180 s.
	InstallTimeout time.Duration
}

func (c WheelSyncConfig) withDefaults() (WheelSyncConfig, error) {
	c.Dir = or(c.Dir, ".pyoco/wheels")
	c.Interval = or(c.Interval, 10*time.Second)
	c.InstallTimeout = or(c.InstallTimeout, 180*time.Second)
	switch {
	case c.Interval < 100*time.Millisecond:
		return c, invalid("Wheels.Interval", "must be at least 100ms, got %s", c.Interval)
	case c.InstallTimeout < 0:
		return c, invalid("Wheels.InstallTimeout", "must be above 0, got %s", c.InstallTimeout)
	}
	return c, nil
}

// Results of a worker's last look at the wheels.
const (
	wheelSyncDisabled = "disabled"
	wheelSyncIdle     = "idle" // it has not looked yet
	wheelSyncOK       = "ok"
	wheelSyncError    = "error"
)

// maxSyncItems bounds each list of a WheelSync, and maxSyncError its error, in bytes.
const (
	maxSyncItems = 50
	maxSyncError = 2000
)

// WheelSync is what a worker's record says of its wheels. Lists hold at most 50; the counts count all.
type WheelSync struct {
	Enabled    bool   `json:"enabled"`
	LastResult string `json:"last_result"` // disabled, idle, ok or error
	// LastAttemptAt is when the worker looked last, LastSuccessAt and LastSyncedAt when all was as it should be.
	LastAttemptAt       Timestamp        `json:"last_attempt_at,omitempty"`
	LastSuccessAt       Timestamp        `json:"last_success_at,omitempty"`
	LastSyncedAt        Timestamp        `json:"last_synced_at,omitempty"`
	LastError           string           `json:"last_error,omitempty"`
	SelectedCount       int              `json:"selected_count"`
	UpdatedCount        int              `json:"updated_count"`
	RemovedCount        int              `json:"removed_count"`
	SkippedCount        int              `json:"skipped_incompatible_count"`
	SelectedWheels      []string         `json:"selected_wheels"`
	UpdatedWheels       []string         `json:"updated_wheels"`
	RemovedWheels       []string         `json:"removed_wheels"`
	SkippedIncompatible []SkippedWheel   `json:"skipped_incompatible"`
	InstalledWheels     []InstalledWheel `json:"installed_wheels"`

	read json.RawMessage // as it was read
}

// SkippedWheel is one that the worker's Python can't install.
type SkippedWheel struct {
	Wheel   string `json:"wheel_name"`
	Package string `json:"package_name"`
	Version string `json:"package_version"`
	Reason  string `json:"reason"`
}

// InstalledWheel is one that runs which start now can use.
type InstalledWheel struct {
	Wheel       string    `json:"wheel_name"`
	Package     string    `json:"package_name"`
	Version     string    `json:"package_version"`
	InstalledAt Timestamp `json:"installed_at,omitempty"`
	NUID        string    `json:"nuid"`
}

// UnmarshalJSON reads what a worker of either kind has written. A field of another type than ours counts as absent.
func (s *WheelSync) UnmarshalJSON(data []byte) error {
	*s = WheelSync{}
	_, err := decodeRecord(data, s)
	s.read = bytes.Clone(data)
	return err
}

// MarshalJSON writes what was read as it stood: only its worker changes it.
func (s WheelSync) MarshalJSON() ([]byte, error) {
	if s.read != nil {
		return s.read, nil
	}
	s.SelectedWheels, s.UpdatedWheels, s.RemovedWheels = listed(s.SelectedWheels), listed(s.UpdatedWheels), listed(s.RemovedWheels)
	s.SkippedIncompatible, s.InstalledWheels = listed(s.SkippedIncompatible), listed(s.InstalledWheels)
	type plain WheelSync
	return encode(plain(s))
}

// listed is a list as records have it: bounded, and never null.
func listed[T any](list []T) []T { return append([]T{}, list[:min(len(list), maxSyncItems)]...) }

// apply notes what a sync has come to.
func (s *WheelSync) apply(r *pyenv.Result) {
	s.UpdatedCount, s.UpdatedWheels = len(r.Updated), listed(r.Updated)
	s.RemovedCount, s.RemovedWheels = len(r.Removed), listed(r.Removed)
	s.InstalledWheels = nil
	for name, wheel := range r.Installed {
		s.InstalledWheels = append(s.InstalledWheels, InstalledWheel{
			Wheel: name, Package: wheel.Package, Version: wheel.Version, InstalledAt: Timestamp(wheel.InstalledAt), NUID: wheel.NUID,
		})
	}
	slices.SortFunc(s.InstalledWheels, func(a, b InstalledWheel) int { return strings.Compare(a.Wheel, b.Wheel) })
	s.InstalledWheels = listed(s.InstalledWheels)
}

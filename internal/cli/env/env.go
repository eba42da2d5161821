// Package env owns the environment of the programs: which variables there are, where they are read, and what becomes of
// them in the library's configurations.
//
// This file owns the order of reading, and what happens to a value that can't be used.
package env

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/logs"
)

// Settings are what the environment says. What it doesn't say is zero, the library's default, but for NATSURL.
type Settings struct {
	NATSURL   string
	NATS      cli.Access
	Resources pyoco.Resources // also in the configurations
	Gateway   pyoco.GatewayConfig
	Worker    pyoco.WorkerConfig
	Keys      pyoco.KeysConfig
	Log       logs.Config
	// NoPepper is why no key may be made or checked: the file with the pepper can't be used.
	NoPepper error
	// Refused is why nothing that answers calls may start: it would be open where it was meant not to be, or NoPepper.
	Refused error
	// Warnings say which values and which lines of .env are not used, and why: a line each, to be logged.
	Warnings []string
}

// Read reads the variables from the process, through lookup, and then from the .env file: PYOCO_ENV_FILE names another
// one, PYOCO_LOAD_DOTENV=0 turns that off. A value of the process wins; an empty one counts as not set. A value that can't
// be used is a warning, and the default is used; a secret whose file can't be used is an error where it is needed.
func Read(lookup func(name string) (string, bool)) Settings {
	s := Settings{NATSURL: DefaultNATSURL}
	sources := s.sources(lookup)
	for _, v := range variables() {
		text, err := v.from(sources)
		switch {
		case err != nil:
			*v.unread(&s) = err
		case text != "":
			s.take(v, text)
		}
	}
	s.Refused = s.NoPepper
	switch mode := s.Gateway.Auth.Mode; mode {
	case "", pyoco.AuthNone, pyoco.AuthAPIKey:
	default:
		s.Refused = fmt.Errorf("PYOCO_HTTP_AUTH_MODE: must be %s or %s, got %q", pyoco.AuthNone, pyoco.AuthAPIKey, mode)
	}
	s.Gateway.Auth.Pepper = s.Keys.Pepper
	s.Worker.MaxSnapshotBytes, s.Gateway.RunLease = s.Gateway.MaxSnapshotBytes, s.Worker.Lease
	s.Worker.Resources, s.Gateway.Resources, s.Keys.Resources = s.Resources, s.Resources, s.Resources
	return s
}

// source gives the value of a variable, "" where it has none.
type source func(name string) string

// sources are where values are read, the first one first.
func (s *Settings) sources(lookup func(name string) (string, bool)) []source {
	process := func(name string) string {
		value, _ := lookup(name)
		return value
	}
	load, err := parseBool(process("PYOCO_LOAD_DOTENV"), true)
	if err != nil {
		s.warn("PYOCO_LOAD_DOTENV", process("PYOCO_LOAD_DOTENV"), err, "true")
	}
	if !load {
		return []source{process}
	}
	file, warnings := readDotenv(process("PYOCO_ENV_FILE"))
	s.Warnings = append(s.Warnings, warnings...)
	return []source{process, func(name string) string { return file[name] }}
}

// take reads one value. Whether the library takes it is tried with that value alone.
func (s *Settings) take(v variable, text string) {
	var alone Settings
	err := v.read(&alone, text)
	if err == nil && !v.strict {
		err = alone.check()
	}
	if err != nil {
		s.warn(v.name, text, err, v.standard())
		return
	}
	_ = v.read(s, text) // it could be read just now
}

func (s *Settings) warn(name, value string, reason error, standard string) {
	s.Warnings = append(s.Warnings, fmt.Sprintf("%s: the value %q can't be used: %v; the default %s is used", name, value, reason, standard))
}

// check says why the library would refuse the settings.
func (s *Settings) check() error {
	_, resources := s.Resources.WithDefaults()
	_, gateway := s.Gateway.WithDefaults()
	_, worker := s.Worker.WithDefaults()
	err := errors.Join(resources, gateway, worker)
	var bad *pyoco.InvalidError
	if errors.As(err, &bad) {
		return errors.New(bad.Reason)
	}
	return err
}

// standards are the settings of an empty environment, with every default in it.
func standards() Settings {
	s := Settings{NATSURL: DefaultNATSURL}
	s.Resources, _ = s.Resources.WithDefaults() // the library takes its own defaults
	s.Gateway, _ = s.Gateway.WithDefaults()
	s.Worker, _ = s.Worker.WithDefaults()
	return s
}

// parseBool reads a yes or a no as the Python programs do; an empty text is fallback.
func parseBool(text string, fallback bool) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "":
		return fallback, nil
	case "1", "true", "yes", "on":
		return true, nil
	case "0", "false", "no", "off":
		return false, nil
	}
	return fallback, errors.New("must be one of 1, true, yes, on, 0, false, no, off")
}

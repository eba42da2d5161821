// This file owns the log of a server: in the form that all commands share, or in nats-server's own.

package bootstrap

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
	"github.com/pyoco/pyoco/internal/cli/logs"
	"github.com/pyoco/pyoco/natsd"
)

// native is nats-server's own form, on standard error.
const native = "nats-server"

// logFlags are the flags of the log.
type logFlags struct {
	format *cli.Choice
}

func (f *logFlags) addTo(cmd *cobra.Command) {
	f.format = cli.ChoiceFlag(cmd, "log-format", "", "form of the log (default: PYOCO_LOG_FORMAT, else json; nats-server's own where its flags name a log)",
		"json", "text", native)
}

// open gives the program's log and lets the server write to it, or to its own.
func (f *logFlags) open(p cli.Process, cfg *natsd.Config) *slog.Logger {
	o := cfg.Options
	cfg.NativeLog = f.format.Value == native || o.LogFile != "" || o.Syslog || o.RemoteSyslog != ""
	settings := env.Read(p.Lookup)
	if f.format.Value != "" {
		settings.Log.Text = f.format.Value == "text"
	}
	if o.Debug || o.Trace {
		settings.Log.Level = slog.LevelDebug
	}
	cfg.Logger = logs.New(p.Out, settings.Log).Logger("nats-bootstrap")
	for _, warning := range settings.Warnings {
		cfg.Logger.Warn(warning)
	}
	return cfg.Logger
}

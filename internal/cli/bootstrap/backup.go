// This file owns the backup command, and what it shares with restore: the connection and the progress.

package bootstrap

import (
	"errors"
	"fmt"

	"github.com/dustin/go-humanize"
	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
	"github.com/pyoco/pyoco/internal/cli/output"
	"github.com/pyoco/pyoco/natsd/admin"
)

// first are the streams that are saved before others: a schedule comes before the runs that it makes, for a run that is
// made again is the same one, and a run comes before what it refers to.
func first(s env.Settings) []string {
	resources, _ := s.Resources.WithDefaults() // what can't be used is a warning, and not in there
	return []string{"KV_pyoco_yaml_schedules", "KV_" + resources.RunsBucket}
}

func backupCommand(p cli.Process) *cobra.Command {
	var cfg admin.BackupConfig
	var url string
	var all bool
	cmd := &cobra.Command{
		Use:   "backup (--all | --stream S…) --output D",
		Short: "Save streams, buckets and object stores to a folder, while they are used",
		Long: `Save streams, buckets and object stores to a folder, while they are used.

Each is checked at the server, and read back after it was written. Queues are saved first, so that no job is left without
its run. A bucket's stream is named KV_ and its name, an object store's OBJ_ and its name.`,
		Example: cli.Example(
			"nats-bootstrap backup --all --output backup-1",
			"nats-bootstrap backup --stream PYOCO_WORK --stream KV_pyoco_runs --output backup-1",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if all == (len(cfg.Streams) > 0) {
				return cli.Usage("either --all or --stream must be given", cli.FirstExample(cmd))
			}
			settings := env.Read(p.Lookup)
			nc, err := connectClient(cmd, url, settings)
			if err != nil {
				return err
			}
			defer nc.Close()
			cfg.First = first(settings)
			shown, end := progress(cmd)
			cfg.Progress = shown
			manifest, err := admin.Backup(cmd.Context(), nc, cfg)
			end()
			if err != nil {
				return transferFailed(cmd, "backup failed", err, "a new folder, and streams that are there: "+cli.FirstExample(cmd))
			}
			return printJSON(cmd, manifest)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&all, "all", false, "save everything")
	flags.StringSliceVar(&cfg.Streams, "stream", nil, "save this stream; may be repeated")
	flags.StringVar(&cfg.Folder, "output", "", "folder for the backup, new or empty (required)")
	addURL(cmd, &url)
	_ = cmd.MarkFlagRequired("output") // fails only for a flag that is not there
	_ = cmd.MarkFlagDirname("output")
	return cmd
}

func addURL(cmd *cobra.Command, url *string) {
	cmd.Flags().StringVar(url, "nats-url", "", "URL of a server (default: PYOCO_NATS_URL, else nats://127.0.0.1:4222)")
}

// connectClient opens a connection as runs have it. One that breaks ends the command: half a transfer can't go on.
func connectClient(cmd *cobra.Command, url string, settings env.Settings) (*nats.Conn, error) {
	for _, warning := range settings.Warnings {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", output.Clean(warning))
	}
	if url == "" {
		url = settings.NATSURL
	}
	options, err := settings.NATS.Options()
	if err != nil {
		return nil, cli.Usage("access to the NATS server: "+err.Error(), cli.FirstExample(cmd))
	}
	nc, err := nats.Connect(url, append(options, nats.Name("nats-bootstrap"), nats.NoReconnect())...)
	if err != nil {
		return nil, failed("no server has answered", fmt.Errorf("%s: %w", cli.Redact(url), err), startHint+", or name another one by --nats-url")
	}
	return nc, nil
}

func transferFailed(cmd *cobra.Command, title string, err error, hint string) error {
	if cli.Ended(cmd.Context(), err) {
		return err
	}
	if errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrTimeout) {
		hint = "see whether the server still runs: nats-bootstrap status"
	}
	return failed(title, err, hint)
}

// progress tells a person at a terminal how far each stream is, on a line that end takes away.
func progress(cmd *cobra.Command) (shown func(admin.Progress), end func()) {
	const clear = "\r\033[K"
	out := cmd.ErrOrStderr()
	if !cli.IsTerminal(out) {
		return nil, func() {}
	}
	return func(p admin.Progress) {
		of := ""
		if p.Total > 0 {
			of = " of " + humanize.IBytes(p.Total)
		}
		fmt.Fprintf(out, "%s%s: %s%s", clear, output.Clean(p.Stream), humanize.IBytes(p.Bytes), of)
	}, func() { fmt.Fprint(out, clear) }
}

// This file owns the backup and restore commands.

package bootstrap

import (
	"errors"
	"fmt"
	"strings"

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
			nc, err := connectClient(url, settings)
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

func restoreCommand(p cli.Process) *cobra.Command {
	var cfg admin.RestoreConfig
	var url string
	var confirm bool
	cmd := &cobra.Command{
		Use:   "restore --input D --confirm",
		Short: "Bring the streams of a backup back",
		Long: `Bring the streams of a backup back, with their consumers, to servers that have none of them. Queues come back last.

Stop gateways and workers before, or they make empty streams in place of those that are to come back.`,
		Example: cli.Example("nats-bootstrap restore --input backup-1 --confirm"),
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			manifest, err := admin.ReadManifest(cfg.Folder)
			if err != nil {
				return failed("restore failed", err, "name the folder that backup has written to: "+cli.FirstExample(cmd))
			}
			settings := env.Read(p.Lookup)
			if !confirm {
				var names []string
				for _, s := range manifest.Streams {
					names = append(names, s.Name)
				}
				return cli.Usage(fmt.Sprintf("--confirm is required: %d streams of %s would come back: %s", len(names),
					manifest.TakenAt.Format("2006-01-02 15:04:05 MST"), strings.Join(names, ", ")), cli.FirstExample(cmd))
			}
			nc, err := connectClient(url, settings)
			if err != nil {
				return err
			}
			defer nc.Close()
			shown, end := progress(cmd)
			cfg.Progress = shown
			done, err := admin.Restore(cmd.Context(), nc, cfg)
			end()
			if err != nil {
				return transferFailed(cmd, "restore failed", err, "restore to servers that have none of these streams: an empty --datafolder, gateways and workers stopped")
			}
			return printJSON(cmd, done)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&cfg.Folder, "input", "", "folder of the backup (required)")
	flags.BoolVar(&confirm, "confirm", false, "do it (required)")
	addURL(cmd, &url)
	_ = cmd.MarkFlagRequired("input")
	_ = cmd.MarkFlagDirname("input")
	return cmd
}

func addURL(cmd *cobra.Command, url *string) {
	cmd.Flags().StringVar(url, "nats-url", "", "URL of a server (default: PYOCO_NATS_URL, else nats://127.0.0.1:4222)")
}

// connectClient opens a connection as runs have it. One that breaks ends the command: half a transfer can't go on.
func connectClient(url string, settings env.Settings) (*nats.Conn, error) {
	if url == "" {
		url = settings.NATSURL
	}
	nc, err := nats.Connect(url, nats.Name("nats-bootstrap"), nats.NoReconnect())
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

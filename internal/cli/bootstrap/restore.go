// This file owns the restore command.

package bootstrap

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
	"github.com/pyoco/pyoco/natsd/admin"
)

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
			nc, err := connectClient(cmd, url, settings)
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

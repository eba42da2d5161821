// Package replicas owns the replicas command of pyoco-server-admin: how many replicas the system's streams have.
package replicas

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/env"
	"github.com/pyoco/pyoco/internal/cli/output"
)

// callTime bounds the talk with NATS: each stream that is changed takes a moment.
const callTime = time.Minute

// Command makes the command. Its tree has a flag nats-url, which wins over the environment.
func Command(p cli.Process) *cobra.Command {
	set := 0
	cmd := &cobra.Command{
		Use:   "replicas",
		Short: "Show or change how many replicas the system's streams have",
		Long: `Show or change how many replicas the system's streams, buckets and object stores have, on a NATS cluster. New ones have
as many as PYOCO_JS_REPLICAS says; those that exist keep theirs until they are set here.`,
		Example: cli.Example("pyoco-server-admin replicas --set 3", "pyoco-server-admin replicas"),
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings := env.Read(p.Lookup)
			url := settings.NATSURL
			if given := cmd.Flag("nats-url"); given != nil && given.Value.String() != "" {
				url = given.Value.String()
			}
			nc, err := cli.Connect(url, "pyoco-server-admin", settings.NATS, slog.New(slog.DiscardHandler))
			if err != nil {
				return err
			}
			defer nc.Close()
			ctx, cancel := context.WithTimeout(cmd.Context(), callTime)
			defer cancel()
			var list []pyoco.Replication
			if cmd.Flags().Changed("set") {
				list, err = settings.Resources.SetReplicas(ctx, nc, set)
			} else {
				list, err = settings.Resources.Replication(ctx, nc)
			}
			if err != nil {
				return err
			}
			data, err := json.Marshal(list)
			if err != nil {
				return err
			}
			return output.JSON(cmd.OutOrStdout(), data)
		},
	}
	cmd.Flags().IntVar(&set, "set", 0, "give all of them this many replicas, 1 to 5")
	return cmd
}

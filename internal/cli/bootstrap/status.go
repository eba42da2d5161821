// This file owns the status command: servers, and streams with their replicas.

package bootstrap

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
	"github.com/pyoco/pyoco/natsd/admin"
)

func statusCommand() *cobra.Command {
	a := &access{}
	var form *cli.Choice
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show servers, and streams with their replicas",
		Example: cli.Example(
			"nats-bootstrap status",
			"nats-bootstrap status --datafolder artifacts/nats/n1",
			"nats-bootstrap status --output json | jq '.streams[] | select(.leader == \"\")'",
			"nats-bootstrap status --monitor-url http://127.0.0.1:8222",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := a.inspect()
			if err != nil {
				return err
			}
			state, err := a.ask(cmd.Context(), f)
			if err != nil {
				return err
			}
			if form.Value == "json" {
				return printJSON(cmd, state)
			}
			return printStatus(cmd, state)
		},
	}
	a.addTo(cmd)
	form = cli.ChoiceFlag(cmd, "output", "table", "form of the output", "json", "table")
	return cmd
}

func printJSON(cmd *cobra.Command, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return output.JSON(cmd.OutOrStdout(), data)
}

// printStatus prints three tables, an empty line between them.
func printStatus(cmd *cobra.Command, s *admin.State) error {
	out := cmd.OutOrStdout()
	if s.Partial && s.Members > 1 {
		fmt.Fprintln(cmd.ErrOrStderr(), "only one server was asked: what it does not know of the others is missing")
	}
	err := output.Table(out, []string{"cluster", "members", "quorum", "jetstream_leader"},
		[][]string{{dash(s.Cluster), strconv.Itoa(s.Members), strconv.Itoa(s.Quorum), dash(s.Leader)}})
	if err != nil {
		return err
	}
	var servers, streams [][]string
	for _, v := range s.Servers {
		row := []string{output.Clean(v.Name), dash(v.Version), string(v.Role), "-", "-", "-"}
		if v.Answered {
			row[3], row[4], row[5] = duration(v.UptimeSec).Truncate(time.Second).String(), syncWord(v), humanize.IBytes(v.StoreBytes)
		}
		servers = append(servers, row)
	}
	for _, v := range s.Streams {
		current := 0
		for _, c := range v.Copies {
			if c.Current {
				current++
			}
		}
		if v.Leader != "" {
			current++
		}
		streams = append(streams, []string{
			output.Clean(v.Name), strconv.Itoa(v.Replicas), strconv.Itoa(current), strconv.FormatUint(v.Lag(), 10), dash(v.Leader),
			strconv.FormatUint(v.Messages, 10), humanize.IBytes(v.Bytes),
		})
	}
	if err := output.Text(out, ""); err != nil {
		return err
	}
	if err := output.Table(out, []string{"server", "version", "role", "uptime", "sync", "store"}, servers); err != nil {
		return err
	}
	if err := output.Text(out, ""); err != nil {
		return err
	}
	return output.Table(out, []string{"stream", "replicas", "current", "lag", "leader", "messages", "bytes"}, streams)
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return output.Clean(text)
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

func syncWord(s admin.Server) string {
	if s.SyncIntervalSec == 0 {
		return "always"
	}
	return duration(s.SyncIntervalSec).String()
}

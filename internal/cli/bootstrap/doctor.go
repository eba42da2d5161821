// This file owns the doctor command: what is wrong with a server and those it is with, and what to do about it.

package bootstrap

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
	"github.com/pyoco/pyoco/natsd/admin"
)

func doctorCommand() *cobra.Command {
	a := &access{}
	var form *cli.Choice
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong, and say what to do about it",
		Long: `Look for what is wrong, and say what to do about it: ports that others have, a disk that is full or can't be written,
versions that lose data, clocks that differ, streams with one replica on a cluster, writes that are not synced, servers that
are not there or of another cluster, a lost majority.

It helps before a server is started, too. Exit code 2: something has failed; risks alone are no failure.`,
		Example: cli.Example(
			"nats-bootstrap doctor",
			"nats-bootstrap doctor --datafolder artifacts/nats/n1",
			"nats-bootstrap doctor --output json | jq .findings",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings, err := a.examine(cmd.Context())
			if err != nil {
				return err
			}
			if err := printFindings(cmd, form.Value, findings); err != nil {
				return err
			}
			return verdict(findings)
		},
	}
	a.addTo(cmd)
	form = cli.ChoiceFlag(cmd, "output", "text", "form of the output", "json", "text")
	return cmd
}

// examine looks at the machine and, where a server answers, at the servers.
func (a *access) examine(ctx context.Context) ([]admin.Finding, error) {
	f, err := a.inspect()
	if err != nil {
		return nil, err
	}
	state, askErr := a.ask(ctx, f)
	var findings []admin.Finding
	switch {
	case askErr == nil:
		findings = admin.Diagnose(state)
		f.Listen = nil // the ports are the server's
	case a.monitor != "":
		return nil, askErr
	case f.PID != 0:
		findings = append(findings, admin.Finding{
			Check: admin.CheckServer, Severity: admin.Failure, Subject: f.Path,
			Problem: "its server, process " + strconv.Itoa(f.PID) + ", does not answer: " + askErr.Error(), Todo: "see its log",
		})
	default:
		findings = append(findings, admin.Finding{
			Check: admin.CheckServer, Severity: admin.Risk, Subject: f.Path, Problem: "no server runs on it", Todo: startHint,
		})
		if len(f.Listen) == 0 {
			f.Listen = []string{local(server.DEFAULT_PORT), local(defaultMonitorPort)}
		}
	}
	if a.monitor == "" {
		findings = append(findings, admin.Examine(ctx, f)...)
	}
	admin.Sort(findings)
	return findings, nil
}

func printFindings(cmd *cobra.Command, form string, findings []admin.Finding) error {
	if form == "json" {
		if findings == nil {
			findings = []admin.Finding{}
		}
		return printJSON(cmd, struct {
			Findings []admin.Finding `json:"findings"`
		}{findings})
	}
	if len(findings) == 0 {
		return output.Text(cmd.OutOrStdout(), "nothing is wrong")
	}
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s: %s: %s\n  do: %s\n", f.Severity, f.Check, output.Clean(f.Subject), output.Clean(f.Problem), output.Clean(f.Todo))
	}
	return output.Text(cmd.OutOrStdout(), b.String())
}

// verdict is an error where something has failed.
func verdict(findings []admin.Finding) error {
	failures := 0
	for _, f := range findings {
		if f.Severity == admin.Failure {
			failures++
		}
	}
	if failures == 0 {
		return nil
	}
	return &unwell{failures}
}

// unwell is an error of which everything has been said.
type unwell struct{ failures int }

func (u *unwell) Error() string { return fmt.Sprintf("%d failures", u.failures) }

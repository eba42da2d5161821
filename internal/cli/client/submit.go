// This file owns the commands that queue a run: submit by a flow's name, submit-yaml with a flow file.

package client

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

func submitCommand(g *global) *cobra.Command {
	var s pyoco.Submission
	var p paramFlags
	var tags string
	cmd := &cobra.Command{
		Use:   "submit",
		Short: "Queue a run of a flow that the workers know by name",
		Long: `Queue a run of a flow that the workers know by name.

Parameters come from --params-file, then --params, then each --param; where they name the same parameter, the later wins.`,
		Example: cli.Example(
			"pyoco-client submit --flow-name main --param x=1 --tag default",
			"pyoco-client submit --flow-name main --tag hello --tags hello --param ts=1 --param name=demo",
			"pyoco-client submit --params '{\"x\":1}' --param y=2",
			"pyoco-client submit --params-file params.yaml --param x=1",
		),
		Args: cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			params, err := p.params(cmd)
			if err != nil {
				return err
			}
			s.Params = params
			for label := range strings.SplitSeq(tags, ",") {
				if label = strings.TrimSpace(label); label != "" {
					s.Tags = append(s.Tags, label)
				}
			}
			return printSubmitted(ctx, cmd, c, s)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&s.Flow, "flow-name", "main", "name of the flow")
	flags.StringVar(&p.object, "params", "", `parameters as a JSON object, like '{"x":1}'`)
	flags.StringVar(&p.file, "params-file", "", "file with an object in JSON or YAML; - is standard input")
	flags.StringArrayVar(&p.pairs, "param", nil, "key=value, where the value is JSON or else a text; may be repeated")
	flags.StringVar(&s.Tag, "tag", "", "which workers may run it (default: the gateway's default tag)")
	flags.StringVar(&tags, "tags", "", "labels for people, comma-separated")
	_ = cmd.MarkFlagFilename("params-file", "json", "yaml", "yml")
	return cmd
}

func submitYAMLCommand(g *global) *cobra.Command {
	var s pyoco.Submission
	var file string
	cmd := &cobra.Command{
		Use:   "submit-yaml",
		Short: "Queue a run of a flow file",
		Example: cli.Example(
			"pyoco-client submit-yaml --workflow-file flow.yaml --flow-name main --tag hello",
			"pyoco-client --server http://127.0.0.1:8000 --api-key \"$KEY\" submit-yaml --workflow-file flow.yaml --flow-name main --tag hello",
		),
		Args: cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) (err error) {
			if s.Workflow, err = readFile(cmd, "--workflow-file", file); err != nil {
				return err
			}
			if len(s.Workflow) == 0 {
				return cli.Usage("--workflow-file "+file+" is empty", cli.FirstExample(cmd))
			}
			return printSubmitted(ctx, cmd, c, s)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "workflow-file", "", "the flow file; - is standard input (required)")
	flags.StringVar(&s.Flow, "flow-name", "", "name of the run's flow (required)")
	flags.StringVar(&s.Tag, "tag", "", "which workers may run it (required)")
	_ = cmd.MarkFlagFilename("workflow-file", "yaml", "yml")
	require(cmd, "workflow-file", "flow-name", "tag")
	return cmd
}

// require makes flags required; it fails only for flags that are not there.
func require(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		_ = cmd.MarkFlagRequired(name)
	}
}

func printSubmitted(ctx context.Context, cmd *cobra.Command, c *pyoco.Client, s pyoco.Submission) error {
	answer, err := c.SubmitRaw(ctx, s)
	if err != nil {
		return err
	}
	return output.JSON(cmd.OutOrStdout(), answer)
}

// This file owns the check of a flow file without a server, and its drawing.

package client

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

func validateCommand() *cobra.Command {
	var file string
	var form *cli.Choice
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check a flow file and draw its graph, without a server",
		Example: cli.Example(
			"pyoco-client validate --workflow-file flow.yaml",
			"pyoco-client validate --workflow-file flow.yaml --output mermaid",
			"pyoco-client validate --workflow-file flow.yaml --output dot | dot -Tsvg > flow.svg",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := readFile(cmd, "--workflow-file", file)
			if err != nil {
				return err
			}
			flow, err := pyoco.ParseFlow(text)
			var bad *pyoco.InvalidError
			if errors.As(err, &bad) {
				return invalidFile(cmd, bad)
			}
			if err != nil {
				return err
			}
			for _, warning := range flow.Warnings() {
				fmt.Fprintln(cmd.ErrOrStderr(), "warning:", output.Clean(warning))
			}
			return drawFlow(cmd.OutOrStdout(), flow, form.Value)
		},
	}
	cmd.Flags().StringVar(&file, "workflow-file", "", "the flow file; - is standard input (required)")
	form = cli.ChoiceFlag(cmd, "output", "tree", "how to draw the graph", "tree", "mermaid", "dot", "json")
	_ = cmd.MarkFlagFilename("workflow-file", "yaml", "yml")
	require(cmd, "workflow-file")
	return cmd
}

// invalidFile shows what is wrong with a flow file, with the line of its graph where it is there.
func invalidFile(cmd *cobra.Command, bad *pyoco.InvalidError) error {
	lines := strings.Split(bad.Error(), "\n")
	return &cli.Error{
		ID: "ERR-PYOCO-0002", Title: "invalid flow file", Reason: lines[0], Lines: lines[1:],
		Hint: "mend it and check again: " + cli.FirstExample(cmd),
	}
}

func drawFlow(out io.Writer, flow *pyoco.Flow, form string) error {
	switch form {
	case "mermaid":
		return output.Text(out, flow.Mermaid())
	case "dot":
		return output.Text(out, flow.DOT())
	case "json":
		return output.JSON(out, flow.GraphJSON())
	}
	return output.Text(out, flow.Tree())
}

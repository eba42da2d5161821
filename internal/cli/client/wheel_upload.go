// This file owns wheel-upload: a look at the wheel first, then its way to the gateway.

package client

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

// uploadFlags are the flags of wheel-upload.
type uploadFlags struct {
	file, tags        string
	replace, keep     bool
	preflight         *cli.Choice
	noPoints, noUsage bool
}

func wheelUploadCommand(g *global) *cobra.Command {
	var f uploadFlags
	cmd := &cobra.Command{
		Use:   "wheel-upload",
		Short: "Put a wheel into the registry, from where the workers with its tags install it",
		Long: `Put a wheel into the registry, from where the workers with its tags install it.

The wheel is looked at first. With --preflight strict, one that can't be used is not sent, nor one without entry points, or
with neither a description of 80 characters or more nor a URL of its documentation; warn says so and sends it, off does not
look. A version that is in the registry is never replaced: raise the version of the package.`,
		Example: cli.Example(
			"pyoco-client wheel-upload --wheel-file dist/shop-1.0-py3-none-any.whl --tags hello,linux",
			"pyoco-client wheel-upload --wheel-file dist/shop-1.0-py3-none-any.whl --preflight warn",
		),
		Args: cobra.NoArgs,
		RunE: g.with(func(ctx context.Context, cmd *cobra.Command, _ []string, c *pyoco.Client) error {
			return f.upload(ctx, cmd, c)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.file, "wheel-file", "", "the wheel (required)")
	flags.StringVar(&f.tags, "tags", "", "tags of the workers that install it, comma-separated (default: every worker)")
	flags.BoolVar(&f.replace, "replace", true, "kept in the history, for old gateways")
	flags.BoolVar(&f.keep, "no-replace", false, "the opposite of --replace")
	f.preflight = cli.ChoiceFlag(cmd, "preflight", "strict", "the look at the wheel before it is sent", "strict", "warn", "off")
	flags.BoolVar(&f.noPoints, "allow-no-entry-points", false, "send also a wheel without entry points")
	flags.BoolVar(&f.noUsage, "allow-missing-usage-doc", false, "send also a wheel that does not say how it is used")
	_ = cmd.MarkFlagFilename("wheel-file", "whl")
	require(cmd, "wheel-file")
	return cmd
}

func (f *uploadFlags) upload(ctx context.Context, cmd *cobra.Command, c *pyoco.Client) error {
	file, err := os.Open(f.file)
	if err != nil {
		return unreadable(cmd, "--wheel-file", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", f.file)
	}
	if err != nil {
		return unreadable(cmd, "--wheel-file", err)
	}
	name := filepath.Base(f.file)
	if err := f.look(cmd, name, file, info.Size()); err != nil {
		return err
	}
	content, done := withProgress(cmd.ErrOrStderr(), name, info.Size(), file)
	answer, err := c.UploadWheelRaw(ctx, pyoco.WheelUpload{
		Name: name, Content: content, Tags: splitTags(f.tags), NoReplace: f.keep || !f.replace,
	})
	done()
	if err != nil {
		return err
	}
	return output.JSON(cmd.OutOrStdout(), answer)
}

func splitTags(text string) (tags []string) {
	for tag := range strings.SplitSeq(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// look tells what is wrong with a wheel, and ends the command where that is too much.
func (f *uploadFlags) look(cmd *cobra.Command, name string, content io.ReaderAt, size int64) error {
	if f.preflight.Value == "off" {
		return nil
	}
	found, err := pyoco.PreflightWheel(name, content, size)
	if found == nil {
		found = &pyoco.WheelPreflight{Faults: []string{err.Error()}}
	} else if err != nil {
		return unreadable(cmd, "--wheel-file", err)
	}
	faults, hints := found.Faults, found.Hints
	judge := func(missing, allowed bool, text string) {
		switch {
		case missing && allowed:
			hints = append(hints, text)
		case missing:
			faults = append(faults, text)
		}
	}
	judge(found.NoEntryPoints, f.noPoints, "entry_points.txt: there are no entry points (or allow that: --allow-no-entry-points)")
	judge(found.NoUsageDoc, f.noUsage, "METADATA: must say how the package is used, by a description of at least 80 characters or "+
		"a Project-URL with the label Documentation (or allow that it does not: --allow-missing-usage-doc)")
	if f.preflight.Value == "warn" {
		faults, hints = nil, append(faults, hints...)
	}
	for _, hint := range hints {
		fmt.Fprintln(cmd.ErrOrStderr(), "[pyoco-client][preflight][warn]", output.Clean(hint))
	}
	if len(faults) == 0 {
		return nil
	}
	return cli.Usage("wheel preflight failed: "+strings.Join(faults, "; "),
		"fix the package and build it anew, or send it as it is: "+strings.Replace(cli.FirstExample(cmd), "--tags hello,linux", "--preflight warn", 1))
}

// This file owns the command api-key: create, list, revoke and rotate.

package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
	"github.com/pyoco/pyoco/internal/cli/output"
)

func apiKeyCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "api-key",
		Short:   "Create, list, revoke and rotate API keys",
		Example: cli.Example("pyoco-server-admin api-key create --tenant demo"),
		Args:    cobra.NoArgs,
		RunE:    missingCommand,
	}
	cmd.AddCommand(createCommand(g), listCommand(g), revokeCommand(g), rotateCommand(g))
	for _, sub := range cmd.Commands() {
		sub.Flags().SortFlags = false
		sub.Args = cobra.NoArgs
	}
	return cmd
}

func createCommand(g *global) *cobra.Command {
	var spec pyoco.KeySpec
	var expires lifetime
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create a key and show it, this once",
		Long: `Create a key and show it, this once.

A key makes and sees the runs of its tenant only. Without --scopes it may do everything there; the scope admin is everything
in every tenant. Where gateways have PYOCO_AUTH_PEPPER set, this command needs the same.`,
		Example: cli.Example(
			"pyoco-server-admin api-key create --tenant demo",
			"pyoco-server-admin api-key create --tenant demo --name dashboard --scopes runs:read,workers:read --expires 90d",
		),
	}
	flags := cmd.Flags()
	flags.StringVar(&spec.Tenant, "tenant", "", "tenant of the key, like demo; required")
	flags.StringVar(&spec.Name, "name", "", "what the key is for")
	flags.StringSliceVar(&spec.Scopes, "scopes", nil, "what it may do: "+strings.Join(pyoco.Scopes(), ", "))
	flags.Var(&expires, "expires", "how long it is in force, like 90d or 12h (default: until it is revoked)")
	form := outputFlag(cmd)
	_ = cmd.MarkFlagRequired("tenant") // fails only for a flag that is not there
	cmd.RunE = g.withKeys(func(ctx context.Context, cmd *cobra.Command, keys *pyoco.Keys) error {
		spec.Expires = time.Duration(expires)
		key, err := keys.Create(ctx, spec)
		if err != nil {
			return err
		}
		return printNew(cmd, key, form.Value)
	})
	return cmd
}

func listCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List all keys, the newest first; not what they are",
		Example: cli.Example("pyoco-server-admin api-key list --output table"),
	}
	form := outputFlag(cmd)
	cmd.RunE = g.withKeys(func(ctx context.Context, cmd *cobra.Command, keys *pyoco.Keys) error {
		list, err := keys.List(ctx)
		if err != nil {
			return err
		}
		if form.Value == "table" {
			return printTable(cmd, list)
		}
		return printJSON(cmd, list)
	})
	return cmd
}

func revokeCommand(g *global) *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use:     "revoke",
		Short:   "Revoke a key: gateways refuse it at once",
		Example: cli.Example("pyoco-server-admin api-key revoke --key-id 0123456789abcdef01234567"),
	}
	keyIDFlag(cmd, &id)
	form := outputFlag(cmd)
	cmd.RunE = g.withKeys(func(ctx context.Context, cmd *cobra.Command, keys *pyoco.Keys) error {
		key, err := keys.Revoke(ctx, id)
		switch {
		case errors.Is(err, pyoco.ErrNotFound):
			return notFound(cmd, id, err)
		case err != nil:
			return err
		case form.Value == "table":
			return printTable(cmd, []*pyoco.APIKey{key})
		}
		return printJSON(cmd, struct {
			ID        string          `json:"key_id"`
			RevokedAt pyoco.Timestamp `json:"revoked_at"`
		}{key.ID, key.RevokedAt})
	})
	return cmd
}

func rotateCommand(g *global) *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use:     "rotate",
		Short:   "Give a key a new secret and show it, this once; the old one is refused at once",
		Example: cli.Example("pyoco-server-admin api-key rotate --key-id 0123456789abcdef01234567"),
	}
	keyIDFlag(cmd, &id)
	form := outputFlag(cmd)
	cmd.RunE = g.withKeys(func(ctx context.Context, cmd *cobra.Command, keys *pyoco.Keys) error {
		key, err := keys.Rotate(ctx, id)
		if errors.Is(err, pyoco.ErrNotFound) {
			return notFound(cmd, id, err)
		}
		if err != nil {
			return err
		}
		return printNew(cmd, key, form.Value)
	})
	return cmd
}

func keyIDFlag(cmd *cobra.Command, id *string) {
	cmd.Flags().StringVar(id, "key-id", "", "id of the key, as create and list show it; required")
	_ = cmd.MarkFlagRequired("key-id") // fails only for a flag that is not there
}

func outputFlag(cmd *cobra.Command) *cli.Choice {
	return cli.ChoiceFlag(cmd, "output", "json", "form of the output", "json", "table")
}

// notFound tells scripts that there is no such key.
func notFound(cmd *cobra.Command, id string, cause error) error {
	if err := printJSON(cmd, struct {
		Error string `json:"error"`
		ID    string `json:"key_id"`
	}{"not_found", id}); err != nil {
		return err
	}
	return cause
}

func printJSON(cmd *cobra.Command, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return output.JSON(cmd.OutOrStdout(), data)
}

// printNew shows a key the only time that it can be.
func printNew(cmd *cobra.Command, key *pyoco.IssuedKey, form string) error {
	if form == "table" {
		header := []string{"key_id", "tenant_id", "api_key"}
		return output.Table(cmd.OutOrStdout(), header, [][]string{{key.ID, key.TenantID, key.Text}})
	}
	return printJSON(cmd, struct {
		ID        string          `json:"key_id"`
		TenantID  string          `json:"tenant_id"`
		Text      string          `json:"api_key"`
		CreatedAt pyoco.Timestamp `json:"created_at"`
		Name      string          `json:"name,omitempty"`
		Scopes    []string        `json:"scopes,omitempty"`
		ExpiresAt pyoco.Timestamp `json:"expires_at,omitempty"`
		RotatedAt pyoco.Timestamp `json:"rotated_at,omitempty"`
	}{key.ID, key.TenantID, key.Text, key.CreatedAt, key.Name, key.Scopes, key.ExpiresAt, key.RotatedAt})
}

func printTable(cmd *cobra.Command, list []*pyoco.APIKey) error {
	rows := make([][]string, len(list))
	for i, key := range list {
		name, scopes := output.Clean(key.Name), strings.Join(key.Scopes, ",")
		for _, cell := range []*string{&name, &scopes} {
			if *cell == "" {
				*cell = "-"
			}
		}
		rows[i] = []string{key.ID, key.TenantID, name, scopes, when(key.CreatedAt), when(key.ExpiresAt), when(key.RevokedAt)}
	}
	return output.Table(cmd.OutOrStdout(), []string{"key_id", "tenant_id", "name", "scopes", "created_at", "expires_at", "revoked_at"}, rows)
}

// when is a time for people.
func when(at pyoco.Timestamp) string {
	if at == 0 {
		return "-"
	}
	return at.Time().UTC().Format(time.RFC3339)
}

// lifetime is a flag that takes a time, in days too.
type lifetime time.Duration

func (l *lifetime) String() string {
	if *l == 0 {
		return ""
	}
	return time.Duration(*l).String()
}

// Type is how help shows the value.
func (l *lifetime) Type() string { return "time" }

// Set takes a whole number of days, or what time.ParseDuration takes.
func (l *lifetime) Set(text string) error {
	const most = 100 * 365
	d, err := time.ParseDuration(text)
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n float64
		n, err = strconv.ParseFloat(days, 64)
		if math.IsNaN(n) || n > most {
			n = most + 1
		}
		d = time.Duration(max(n, -1) * 24 * float64(time.Hour))
	}
	if err != nil || d <= 0 || d > most*24*time.Hour {
		return fmt.Errorf("must be like 90d or 12h, above 0 and at most %dd", most)
	}
	*l = lifetime(d)
	return nil
}

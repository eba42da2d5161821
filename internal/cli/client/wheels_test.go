// This file owns the tests of the commands about wheels.

package client_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli/clitest"
	"github.com/pyoco/pyoco/internal/natstest"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

const shop = "shop-1.0-py3-none-any.whl"

func wheelFile(t *testing.T, name string, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, content, 0o600))
	return file
}

func TestAWheelIsUploadedShownAndDeletedByCommands(t *testing.T) {
	t.Parallel()
	url := ourGateway(t, "", natstest.Start(t))
	require.Equal(t, "[]\n", succeed(t, "--server", url, "wheels"))
	require.Equal(t, "[]\n", succeed(t, "--server", url, "wheel-history"))
	file := wheelFile(t, shop, pywheeltest.Wheel(shop))
	uploaded := succeed(t, "--server", url, "wheel-upload", "--wheel-file", file, "--tags", "hello, linux")
	var wheel pyoco.Wheel
	require.NoError(t, json.Unmarshal([]byte(uploaded), &wheel))
	require.Equal(t, []any{shop, []string{"hello", "linux"}}, []any{wheel.Name, wheel.Tags})
	require.Equal(t, "["+strings.TrimSpace(uploaded)+"]\n", succeed(t, "--server", url, "wheels"))

	again := run(t, "--server", url, "wheel-upload", "--wheel-file", file, "--no-replace")
	require.Equal(t, failed("ERR-PYOCO-HTTP", "request failed",
		"HTTP 409: wheel: shop is there at version 1.0 (shop-1.0-py3-none-any.whl): the version must be higher, got 1.0 (ERR-PYOCO-0022)",
		"raise the version of the package and build the wheel anew; see which there are: pyoco-client wheels"), again)
	require.Equal(t, `{"name": "shop-1.0-py3-none-any.whl", "deleted": true}`+"\n", succeed(t, "--server", url, "wheel-delete", "--name", shop))
	require.Equal(t, failed("ERR-PYOCO-HTTP", "request failed", "HTTP 404: name: there is no such wheel (ERR-PYOCO-0023)",
		"see which wheels there are: pyoco-client wheels"), run(t, "--server", url, "wheel-delete", "--name", shop))

	var events []pyoco.WheelEvent
	require.NoError(t, json.Unmarshal([]byte(succeed(t, "--server", url, "wheel-history", "--limit", "20")), &events))
	require.Len(t, events, 2)
	require.NoError(t, json.Unmarshal([]byte(succeed(t, "--server", url, "wheel-history", "--action", "upload", "--wheel-name", shop)), &events))
	require.Len(t, events, 1)
	require.True(t, strings.HasPrefix(events[0].Source.UserAgent, "Go-http-client"), events[0].Source.UserAgent)
}

func TestAWheelThatIsNotSoundIsNotSentUnlessItIsWanted(t *testing.T) {
	t.Parallel()
	url := ourGateway(t, "", natstest.Start(t))
	const info = "shop-1.0.dist-info/"
	bare := pywheeltest.Wheel(shop, pywheeltest.File{Path: info + "entry_points.txt"}, pywheeltest.File{Path: info + "METADATA", Text: "Name: shop\nVersion: 1.0\n"})
	file := wheelFile(t, shop, bare)
	const fix = "fix the package and build it anew, or send it as it is: pyoco-client wheel-upload --wheel-file dist/shop-1.0-py3-none-any.whl --preflight warn"
	const points = "entry_points.txt: there are no entry points (or allow that: --allow-no-entry-points)"
	const usage = "METADATA: must say how the package is used, by a description of at least 80 characters or " +
		"a Project-URL with the label Documentation (or allow that it does not: --allow-missing-usage-doc)"
	const warn = "[pyoco-client][preflight][warn] "
	const summary = warn + "METADATA: the Summary is empty\n"
	upload := func(file string, flags ...string) result {
		return run(t, append([]string{"--server", url, "wheel-upload", "--wheel-file", file}, flags...)...)
	}
	refused := func(reason, hints string) result {
		r := failed("ERR-PYOCO-0018", "bad command line", "wheel preflight failed: "+reason, fix)
		r.errs = hints + r.errs
		return r
	}
	require.Equal(t, refused(points+"; "+usage, summary), upload(file))
	require.Equal(t, refused(usage, summary+warn+points+"\n"), upload(file, "--allow-no-entry-points"))
	require.Equal(t, refused(points, summary+warn+usage+"\n"), upload(file, "--allow-missing-usage-doc"))
	require.Equal(t, "[]\n", succeed(t, "--server", url, "wheels"), "nothing was sent")

	sent := upload(file, "--allow-no-entry-points", "--allow-missing-usage-doc")
	require.Equal(t, result{0, sent.out, summary + warn + points + "\n" + warn + usage + "\n"}, sent)
	succeed(t, "--server", url, "wheel-delete", "--name", shop)
	warned := upload(file, "--preflight", "warn")
	require.Equal(t, result{0, warned.out, warn + points + "\n" + warn + usage + "\n" + summary}, warned)
	succeed(t, "--server", url, "wheel-delete", "--name", shop)
	require.Empty(t, upload(file, "--preflight", "off").errs)

	other := wheelFile(t, "shop-1.1-py3-none-any.whl", pywheeltest.Wheel(shop))
	require.Equal(t, refused("METADATA: is of the version 1.0, the file name says 1.1", ""), upload(other))
	r := upload(other, "--preflight", "warn")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.errs, warn+"METADATA: is of the version 1.0, the file name says 1.1\n")
	require.Contains(t, r.errs, "HTTP 422: wheel: is not the wheel that its name says: METADATA: is of the version 1.0")
	require.Contains(t, upload(wheelFile(t, "shop.whl", bare)).errs, "wheel preflight failed: wheel: its file name: a wheel is named PACKAGE-VERSION-")
	require.Contains(t, upload(wheelFile(t, shop, []byte("x"))).errs, "wheel preflight failed: archive: is no zip file, as a wheel is")
	require.Contains(t, upload(t.TempDir()).errs, "--wheel-file cannot be read")
	require.Contains(t, upload(filepath.Join(t.TempDir(), "none.whl")).errs, "--wheel-file cannot be read")
	require.Contains(t, run(t, "wheel-upload").errs, "ERR-PYOCO-0018")
	require.Contains(t, run(t, "wheel-delete").errs, "ERR-PYOCO-0018")
	require.Contains(t, run(t, "wheel-history", "--action", "x").errs, "must be one of upload, delete")
	require.Contains(t, upload(file, "--preflight", "loose").errs, "must be one of strict, warn, off")
}

func TestBothClientsUploadTheSameToEitherGateway(t *testing.T) {
	t.Parallel()
	bin := clitest.Python(t)
	file := wheelFile(t, shop, pywheeltest.Wheel(shop))
	older := wheelFile(t, "Shop-0.9-py3-none-any.whl", pywheeltest.Wheel("Shop-0.9-py3-none-any.whl"))
	for name, start := range map[string]func(*testing.T, string, *natstest.Server) string{"ours": ourGateway, "the Python one": pythonGateway} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := start(t, bin, natstest.Start(t))
			at := func(args ...string) []string { return append([]string{"--server", url}, args...) }
			theirs := pythonPrints(t, bin, at("wheel-upload", "--wheel-file", file, "--tags", "a,b")...)
			require.Equal(t, 0, theirs.code, theirs.errs)
			for _, line := range [][]string{ // what one has uploaded both show
				{"wheels"}, {"wheel-history"}, {"wheel-history", "--limit", "1", "--action", "delete"}, {"wheel-history", "--wheel-name", shop},
				{"wheel-history", "--limit", "0"}, {"wheel-history", "--wheel-name", "a/b"}, {"wheel-delete", "--name", "none-1-py3-none-any.whl"},
				{"wheel-upload", "--wheel-file", file}, {"wheel-upload", "--wheel-file", older}, {"wheel-upload", "--wheel-file", "none.whl"},
			} {
				requireSameSoon(t, bin, at(line...))
			}
			require.Equal(t, 0, pythonPrints(t, bin, at("wheel-delete", "--name", shop)...).code)
			ours := run(t, at("wheel-upload", "--wheel-file", file, "--tags", "a,b", "--no-replace")...)
			require.Equal(t, 0, ours.code, ours.errs)
			require.Equal(t, masked(t, theirs.out), masked(t, ours.out))
			requireSameSoon(t, bin, at("wheels"))
			deleted := run(t, at("wheel-delete", "--name", shop)...)
			require.Equal(t, `{"name": "shop-1.0-py3-none-any.whl", "deleted": true}`+"\n", deleted.out)
		})
	}
}

// requireSameSoon compares what both clients print, a few times: lists of the Python gateway miss keys now and then.
func requireSameSoon(t *testing.T, bin string, args []string) {
	t.Helper()
	for range 10 {
		if theirs := pythonPrints(t, bin, args...); theirs.code == 0 && theirs == run(t, args...) {
			return
		} else if theirs.code != 0 {
			requireSame(t, theirs, run(t, args...))
			return
		}
	}
	requireSame(t, pythonPrints(t, bin, args...), run(t, args...))
}

// masked is a wheel without what two uploads can't have in common.
func masked(t *testing.T, out string) map[string]any {
	t.Helper()
	var wheel map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &wheel), out)
	for _, name := range []string{"mtime", "modified", "nuid"} {
		delete(wheel, name)
	}
	return wheel
}

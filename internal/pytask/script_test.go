// This file owns the test of the Python sources against the oldest Python that they are for.

package pytask_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/cli/clitest"
)

func TestTheSourcesAreOfPython38(t *testing.T) {
	t.Parallel()
	const check = `
import ast, glob
files = glob.glob("python/*.py")
assert len(files) == 4, files
for file in files:
    ast.parse(open(file, encoding="utf-8").read(), file, feature_version=(3, 8))
`
	out, err := exec.CommandContext(t.Context(), clitest.Interpreter(t), "-c", check).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

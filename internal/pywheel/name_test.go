// This file owns the tests of what is refused beyond what packaging refuses, and of how it is said.

package pywheel_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pywheel"
)

func TestARefusedNameSaysWhatItHasToLookLike(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"shop-1.0.tar.gz":                                `name: a wheel is named PACKAGE-VERSION-PYTHON-ABI-PLATFORM.whl, like shop-1.0-py3-none-any.whl, got "shop-1.0.tar.gz"`,
		"shop-latest-py3-none-any.whl":                   `name: "latest" in "shop-latest-py3-none-any.whl" is no version (PEP 440)`,
		"sh__op-1.0-py3-none-any.whl":                    `name: "sh__op" is no name of a package: letters, digits, dots and single underscores (PEP 427)`,
		"shop-1.0-b1-py3-none-any.whl":                   `name: the build number "b1" must begin with a digit (PEP 427)`,
		"shop-1.0-3-none-any.whl":                        `name: "3" is no interpreter, like py3 or cp311`,
		"shop-1.0-py3..py2-none-any.whl":                 `name: the compatibility tag "py3..py2-none-any" has an empty part`,
		"../shop-1.0-py3-none-any.whl":                   `name: must consist of A-Z, a-z, 0-9 and . _ + ! -, got "../shop-1.0-py3-none-any.whl"`,
		"größe-1.0-py3-none-any.whl":                     `name: must consist of A-Z, a-z, 0-9 and . _ + ! -, got "gr\u00f6\u00dfe-1.0-py3-none-any.whl"`,
		"":                                               `name: must consist of A-Z, a-z, 0-9 and . _ + ! -, got ""`,
		strings.Repeat("a", 240) + "-1-py3-none-any.whl": `name: must be at most 255 bytes, got 259`,
		"a-1-" + strings.Repeat("py3.", 32) + "py3-none.abi3-" + strings.Repeat("x.", 32) + "x.whl": `name: the compatibility tag`,
	} {
		_, err := pywheel.ParseName(file)
		var mistake *pywheel.Error
		require.ErrorAs(t, err, &mistake, file)
		require.Contains(t, err.Error(), want)
	}
}

func TestNamesOfPackagesAreComparedInOneForm(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Shop": "shop", "my.shop": "my-shop", "My__-._Shop": "my-shop", "-a.": "-a-", "": "", "ÄÖ_x": "äö-x",
	} {
		require.Equal(t, want, pywheel.Normalize(name), name)
		require.Equal(t, want, pywheel.Normalize(want), name)
	}
}

func TestTheZeroVersionIsNone(t *testing.T) {
	t.Parallel()
	require.Empty(t, pywheel.Version{}.String())
	oldest, err := pywheel.ParseVersion("0.dev0")
	require.NoError(t, err)
	require.Negative(t, pywheel.Version{}.Compare(oldest))
}

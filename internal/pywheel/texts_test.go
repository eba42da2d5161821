// This file owns the tests of the texts inside of a wheel: METADATA and entry_points.txt.

package pywheel_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pywheel"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

func TestMetadataIsReadAsHeadersAndADescription(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]pywheel.Metadata{
		"Name: shop\nVersion: 1.0\n": {Name: "shop", Version: "1.0"},
		"NAME:shop\r\nversion:  1.0 \r\nName: other\r\n\r\nHow to\r\nuse it.\r\n": {Name: "shop", Version: "1.0", Description: "How to\nuse it."},
		"Summary: a\n  b\n\tc\nProject-URL: Docs, https://d, e\nProject-URL: Home\nName: s": {
			Name: "s", Summary: "a\nb\nc", URLs: []pywheel.URL{{Label: "Docs", URL: "https://d, e"}, {Label: "Home"}},
		},
		"Description: first\n        |second\nName: s\n": {Name: "s", Description: "first\nsecond"},
		"Description: header\nName: s\n\nbody":           {Name: "s", Description: "body"},
		"Description: header\nName: s\n\n  \n":           {Name: "s", Description: "header"},
		"Name: s\nno field\nVersion: 1":                  {Name: "s", Description: "no field\nVersion: 1"},
		" goes on without a beginning\nName: s":          {Description: "goes on without a beginning\nName: s"},
		"":                                               {},
		"\n":                                             {},
		"Name: \xff\n":                                   {Name: "\uFFFD"},
	} {
		require.Equal(t, want, pywheel.ParseMetadata(text), "%q", text)
	}
}

func TestEntryPointsAreReadWithTheirGroups(t *testing.T) {
	t.Parallel()
	points, err := pywheel.ParseEntryPoints("# a comment\n[pyoco.tasks]\nadd = shop:add\nns/Deep name=shop.tasks : Cls.run [x,y]\r\n; another\n\n[ console_scripts ]\nshop = shop\nadd = größe.ü:ä\n")
	require.NoError(t, err)
	require.Equal(t, []pywheel.EntryPoint{
		{Group: "pyoco.tasks", Name: "add", Module: "shop", Attr: "add"},
		{Group: "pyoco.tasks", Name: "ns/Deep name", Module: "shop.tasks", Attr: "Cls.run"},
		{Group: "console_scripts", Name: "shop", Module: "shop"},
		{Group: "console_scripts", Name: "add", Module: "größe.ü", Attr: "ä"},
	}, points)
	for text, want := range map[string]string{
		"add = shop:add":          `entry_points.txt: line 1: must stand below a [group], got "add = shop:add"`,
		"[g]\nadd":                `entry_points.txt: line 2: an entry point is name = module:object, got "add"`,
		"[g]\nadd = ":             `line 2: an entry point is`,
		"[g]\nadd = shop:":        `line 2: an entry point is`,
		"[g]\nadd = os; import x": `line 2: an entry point is`,
		"[g]\nadd = a..b":         `line 2: an entry point is`,
		"[g]\nadd = 1a":           `line 2: an entry point is`,
		"[g]\nadd = a [x":         `line 2: an entry point is`,
		"[g]\n = a":               `line 2: an entry point is`,
		"[g]\na = b\na = c":       `line 3: "a" is in the group "g" twice`,
		"[]":                      `line 1: a group is [name], got "[]"`,
		"[g":                      `line 1: a group is [name], got "[g"`,
		"[g]\na = b\xff":          `entry_points.txt: must be UTF-8`,
	} {
		_, err := pywheel.ParseEntryPoints(text)
		require.ErrorContains(t, err, want, "%q", text)
	}
}

func TestAnArchiveGivesItsTexts(t *testing.T) {
	t.Parallel()
	data := pywheeltest.Wheel(shop)
	archive, err := pywheel.Open(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	metadata, err := archive.Metadata()
	require.NoError(t, err)
	require.Equal(t, pywheel.Metadata{
		Name: "Shop", Version: "1.0", Summary: "Tasks of a shop", Description: "How to use it.",
		URLs: []pywheel.URL{{Label: "Documentation", URL: "https://example.com/docs"}},
	}, metadata)
	points, err := archive.EntryPoints()
	require.NoError(t, err)
	require.Equal(t, []pywheel.EntryPoint{{Group: "pyoco.tasks", Name: "add", Module: "shop", Attr: "add"}}, points)
	require.True(t, archive.Has("RECORD"))

	bare := pywheeltest.Zip(pywheeltest.File{Path: "shop-1.0.dist-info/METADATA", Text: "Name: shop\n"})
	archive, err = pywheel.Open(bytes.NewReader(bare), int64(len(bare)))
	require.NoError(t, err)
	points, err = archive.EntryPoints()
	require.NoError(t, err)
	require.Empty(t, points)
}

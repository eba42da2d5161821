// This file owns the tests of .env: what each kind of line means, which file is read, and any bytes at all.

package env

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALineOfDotenvMeansWhatItSays(t *testing.T) {
	t.Parallel()
	const noEquals, noName = "there is no = in it", "what stands before = is no name of a variable"
	const quotes = "its quotes are not closed, or something stands behind them"
	for line, want := range map[string]struct{ value, bad string }{
		`A=b`:                      {"b", ""},
		`export A=b`:               {"b", ""},
		"export\tA=b":              {"b", ""},
		`  A  =  b  `:              {"b", ""},
		"A=b\r":                    {"b", ""},
		`A=`:                       {"", ""},
		`A=   `:                    {"", ""},
		`A=""`:                     {"", ""},
		`A=b c`:                    {"b c", ""},
		`A=b=c`:                    {"b=c", ""},
		`A=$2b$10$abc`:             {"$2b$10$abc", ""},
		`A="$2b$10$abc"`:           {"$2b$10$abc", ""},
		`A=${HOME}`:                {"${HOME}", ""},
		`A='\n"x'`:                 {`\n"x`, ""},
		`A="\n'x"`:                 {`\n'x`, ""},
		`A=a\nb`:                   {`a\nb`, ""},
		`A=b # c`:                  {"b", ""},
		"A=b\t# c":                 {"b", ""},
		`A=b#c`:                    {"b#c", ""},
		`A=#c`:                     {"#c", ""},
		`A= # c`:                   {"", ""},
		`A="b # c"`:                {"b # c", ""},
		`A="b" # c`:                {"b", ""},
		`A="b" # "c"`:              {"b", ""},
		`A="b"c"`:                  {`b"c`, ""},
		`A='it''s'`:                {"it''s", ""},
		`A=it's`:                   {"it's", ""},
		`A=日本`:                     {"日本", ""},
		"A=b\nA=c":                 {"c", ""},
		"\ufeffA=b":                {"b", ""},
		"# A=c\n\n   # A=d\n\nA=b": {"b", ""},
		`exportA=b`:                {"", ""},
		`A`:                        {"", noEquals},
		`export A`:                 {"", noEquals},
		`export`:                   {"", noEquals},
		`=b`:                       {"", noName},
		`1A=b`:                     {"", noName},
		`A-B=b`:                    {"", noName},
		`A B=b`:                    {"", noName},
		`A: b=c`:                   {"", noName},
		`日=b`:                      {"", noName},
		`A="b`:                     {"", quotes},
		`A='b"`:                    {"", quotes},
		`A="b"c`:                   {"", quotes},
		`A="b"#c`:                  {"", quotes},
		`A="`:                      {"", quotes},
		"A=b\x00c":                 {"", "there is a NUL in it"},
	} {
		values, bad := parseDotenv(line)
		if want.bad != "" {
			require.Equal(t, []badLine{{1, want.bad}}, bad, line)
			require.Empty(t, values, line)
			continue
		}
		require.Empty(t, bad, line)
		require.Equal(t, want.value, values["A"], line)
	}
	values, bad := parseDotenv("A=1\nbroken\n B_2=2\n")
	require.Equal(t, map[string]string{"A": "1", "B_2": "2"}, values)
	require.Equal(t, []badLine{{2, noEquals}}, bad)
}

// put writes a file and gives its name.
func put(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestAFileThatCannotBeReadIsAWarningWhereItWasNamed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	large := put(t, "large", strings.Repeat("A=b\n", maxDotenvBytes/4)+"#")
	for name, want := range map[string]string{
		filepath.Join(folder, "nosuch"): "is not read: stat ",
		folder:                          "is not read: it is not a file",
		large:                           "is not read: it has more than 1048576 bytes",
	} {
		values, warnings := readDotenv(name)
		require.Empty(t, values)
		require.Len(t, warnings, 1)
		require.Contains(t, warnings[0], name+" "+want)
	}
	secret := put(t, "secret", "A=1\nPEPPER hunter2\n")
	values, warnings := readDotenv(secret)
	require.Equal(t, map[string]string{"A": "1"}, values)
	require.Equal(t, []string{secret + ": line 2 is skipped: there is no = in it"}, warnings)
}

func TestTheFileOfTheWorkingFolderNeedNotBeThere(t *testing.T) {
	t.Chdir(t.TempDir())
	values, warnings := readDotenv("")
	require.Empty(t, values)
	require.Empty(t, warnings)
	require.NoError(t, os.Mkdir(".env", 0o700))
	values, warnings = readDotenv("")
	require.Empty(t, values)
	require.Empty(t, warnings, "Python's virtual environments may have that name")
	require.NoError(t, os.Remove(".env"))
	require.NoError(t, os.WriteFile(".env", []byte("A=1"), 0o600))
	values, _ = readDotenv("")
	require.Equal(t, map[string]string{"A": "1"}, values)
	home, err := os.Getwd()
	require.NoError(t, err)
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	values, _ = readDotenv("~/.env")
	require.Equal(t, map[string]string{"A": "1"}, values)
}

func FuzzDotenv(f *testing.F) {
	for _, seed := range []string{
		"A=b", "export A='b' # c\nB=\"$x\"\r\n", "A=\"b\"c\"", "\ufeff\n=\n#\nA", "A=\x00", "A='\"' # '", "export  _=\xff\xfe", "A=\u00a0b\u3000",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, bad := parseDotenv(text)
		lines := strings.Count(text, "\n") + 1
		if len(values)+len(bad) > lines {
			t.Fatalf("%d lines gave %d values and %d bad lines", lines, len(values), len(bad))
		}
		for _, line := range bad {
			if line.number < 1 || line.number > lines || line.reason == "" {
				t.Fatalf("bad line %+v of %d", line, lines)
			}
		}
		for name, value := range values {
			if !isName(name) || !strings.Contains(text, value) || strings.ContainsAny(value, "\n\x00") {
				t.Fatalf("%q has the value %q, which does not stand in %q", name, value, text)
			}
			again, bad := parseDotenv(name + "='" + value + "'")
			if strings.ContainsAny(value, "'") { // quotes of the other kind have to do
				again, bad = parseDotenv(name + `="` + value + `"`)
			}
			if !strings.ContainsAny(value, "'\"") && (len(bad) > 0 || again[name] != value) {
				t.Fatalf("%q in quotes became %q", value, again[name])
			}
		}
	})
}

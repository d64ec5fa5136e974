package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings/config"
)

func TestKeysThatSignAreReadFromTheirFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"a.pem": "one", "b.pem": "two"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Parse([]byte(strings.Replace(least, "press@example.org", "press@News.example.org", 1)+`
[[dkim]]
selector = "2026a"
key_file = "a.pem"

[[dkim]]
selector = "2026B"
domain = "Example.org"
key_file = "`+filepath.Join(dir, "b.pem")+`"
`), filepath.Join(dir, "tidings.toml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []config.DKIM{
		{Selector: "2026a", Domain: "news.example.org", KeyFile: filepath.Join(dir, "a.pem"), Key: []byte("one")},
		{Selector: "2026b", Domain: "example.org", KeyFile: filepath.Join(dir, "b.pem"), Key: []byte("two")},
	}
	if diff := cmp.Diff(want, c.DKIM); diff != "" {
		t.Error(diff)
	}
}

func TestKeysThatSignTellOfEveryProblemWithItsLine(t *testing.T) {
	t.Parallel()
	lines := strings.Count(least, "\n")
	_, err := config.Parse([]byte(least+`[[dkim]]
key_file = "none.pem"
[[dkim]]
selector = "under_score"
[[dkim]]
selector = "2026a"
key_fil = "none.pem"
domain = "-"
[[dkim]]
selector = "2026a"
domain = "-"
key_file = 3
`), "tidings.toml", nil)
	if err == nil {
		t.Fatal("no problem")
	}
	for _, want := range []struct {
		line int
		text string
	}{
		{2, "dkim.1.key_file: cannot be read"},
		{1, "dkim.1.selector: is missing"},
		{4, `dkim.2.selector: "under_score" is none`},
		{3, "dkim.2.key_file: is missing: make a key with `tidings keys dkim new`"},
		{7, "dkim.3.key_fil: is unknown: did you mean key_file?"},
		{8, `dkim.3.domain: "-" is no domain`},
		{10, `dkim.4.selector: "2026a" stands here a second time`},
		{12, "dkim.4.key_file: must be text in quotes"},
	} {
		if text := fmt.Sprintf("tidings.toml:%d: %s", lines+want.line, want.text); !strings.Contains(err.Error(), text) {
			t.Errorf("want %s", text)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 10 || t.Failed() {
		t.Errorf("%d problems:\n%v", n, err)
	}
}

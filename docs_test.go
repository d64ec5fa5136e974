package tidings_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	inlineLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading    = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func TestEveryLinkInTheDocsLeadsSomewhere(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		text := read(t, page)
		for _, m := range inlineLink.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue // another site: not ours to keep
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(read(t, file)), anchor) {
				t.Errorf("%s links to %s, but %s has no such heading", page, m[1], file)
			}
		}
	}
}

// anchors are the fragments that forges make of a page's headings.
func anchors(text string) []string {
	var found []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		slug := notInSlug.ReplaceAllString(strings.ToLower(m[1]), "")
		found = append(found, strings.ReplaceAll(slug, " ", "-"))
	}
	return found
}

// pages are the Markdown files that people read: the root's and the docs'.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"docs", "contrib"} {
		err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
			if filepath.Ext(name) == ".md" {
				found = append(found, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 5 {
		t.Fatalf("found only %v: is this the root of the repository?", found)
	}
	return found
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEveryDependencyHasItsLine holds docs/dependencies.md against go.mod: each module that we import, at its version.
func TestEveryDependencyHasItsLine(t *testing.T) {
	t.Parallel()
	rows := read(t, "docs/dependencies.md")
	direct := 0
	for line := range strings.Lines(read(t, "go.mod")) {
		f := strings.Fields(line)
		if len(f) != 2 || !strings.Contains(f[0], ".") || !strings.HasPrefix(f[1], "v") {
			continue // not a requirement, or an indirect one: that has a comment behind it
		}
		direct++
		module := strings.TrimPrefix(f[0], "github.com/")
		version := f[1]
		if strings.HasPrefix(version, "v0.0.0-") {
			version = "" // never tagged
		}
		if !regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(module) + ` \| ` + regexp.QuoteMeta(version)).MatchString(rows) {
			t.Errorf("docs/dependencies.md has no line for %s %s", f[0], f[1])
		}
	}
	if direct < 10 {
		t.Errorf("go.mod has only %d direct requirements? This test reads it wrongly", direct)
	}
}

// TestTheDropInForPort25GivesBackAllThatTheUnitTakes: a right that the unit bounds away, or has within users of its own alone, opens no port.
func TestTheDropInForPort25GivesBackAllThatTheUnitTakes(t *testing.T) {
	t.Parallel()
	unit, dropIn := settings(t, "contrib/systemd/tidings.service"), settings(t, "contrib/systemd/port-25.conf")
	const right = "CAP_NET_BIND_SERVICE"
	taken := 0
	for key, open := range map[string]string{"AmbientCapabilities": right, "CapabilityBoundingSet": right, "PrivateUsers": "no"} {
		if value, set := unit[key]; !set || value == open {
			continue
		}
		if taken++; dropIn[key] != open {
			t.Errorf("the unit has %s=%s, and the drop-in %s=%s", key, unit[key], key, dropIn[key])
		}
		delete(dropIn, key)
	}
	if taken == 0 || len(dropIn) > 0 {
		t.Errorf("the unit takes %d; the drop-in sets too: %v", taken, dropIn)
	}
	if !strings.Contains(read(t, "docs/bounces.md"), "install -D -m 0644 contrib/systemd/port-25.conf ") {
		t.Error("docs/bounces.md does not say how to install the drop-in")
	}
}

// settings are those of a unit file.
func settings(t *testing.T, name string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for line := range strings.Lines(read(t, name)) {
		if key, value, is := strings.Cut(strings.TrimSpace(line), "="); is && !strings.HasPrefix(key, "#") {
			found[key] = value
		}
	}
	return found
}

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// inDocs are the commands that a page names: in blocks of code, and within backquotes.
func inDocs(page string) (found []string) {
	command := regexp.MustCompile(`^(?:.*[ "|(/])?tidings((?: --config [^ ]+)? [a-z]+(?: [^ ]+)*)$`)
	others := regexp.MustCompile(`^ (?:unix .*|litestream)$`) // of Postfix and systemd
	take := func(text string) {
		text = strings.ReplaceAll(text, "-u tidings", "") // a user
		for _, end := range []string{" #", " |", " >", " <", "; ", " && "} {
			text, _, _ = strings.Cut(text, end)
		}
		if m := command.FindStringSubmatch(strings.TrimSpace(text)); m != nil && !others.MatchString(m[1]) {
			found = append(found, m[1])
		}
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "    ") {
			for part := range strings.SplitSeq(line, "&& ") {
				take(strings.TrimSpace(part))
			}
		}
	}
	for _, m := range regexp.MustCompile("`(tidings [^`]+)`").FindAllStringSubmatch(page, -1) {
		take(strings.Join(strings.Fields(m[1]), " "))
	}
	return found
}

// TestEveryCommandInTheDocsIsOneWithTheFlagsThatItIsGiven looks at all that README and docs tell people to type.
func TestEveryCommandInTheDocsIsOneWithTheFlagsThatItIsGiven(t *testing.T) {
	t.Parallel()
	root := (&app{now: time.Now}).command()
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md", "contrib/*.md", "config.example.toml"} {
		some, err := filepath.Glob("../../" + pattern)
		if err != nil || len(some) == 0 {
			t.Fatal(pattern, err)
		}
		pages = append(pages, some...)
	}
	looked := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range inDocs(string(text)) {
			looked++
			cmd, rest, err := root.Find(strings.Fields(line))
			if err != nil || cmd == root || cmd.HasSubCommands() && slices.ContainsFunc(rest, isWord) {
				t.Errorf("%s: there is no command: tidings%s", filepath.Base(page), line)
				continue
			}
			checkFlags(t, page, line, cmd, rest)
		}
	}
	if looked < 100 {
		t.Errorf("only %d commands were found", looked)
	}
}

func isWord(w string) bool { return regexp.MustCompile(`^[a-z][a-z-]+$`).MatchString(w) }

func checkFlags(t *testing.T, page, line string, cmd *cobra.Command, rest []string) {
	t.Helper()
	for _, w := range rest {
		name, isFlag := strings.CutPrefix(w, "--")
		name, _, _ = strings.Cut(strings.TrimRight(name, `)]'",`), "=")
		if isFlag && name != "help" && cmd.Flag(name) == nil {
			t.Errorf("%s: %s has no flag --%s: tidings%s", filepath.Base(page), cmd.CommandPath(), name, line)
		}
	}
}

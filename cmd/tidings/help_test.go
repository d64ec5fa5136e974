package main

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands are all of them, with those below them.
func commands(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		all = append(all, commands(c)...)
	}
	return all
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	root := (&app{now: time.Now}).command()
	for _, cmd := range commands(root) {
		path := strings.Fields(cmd.CommandPath())[1:]
		help := must(t, time.Now, append(path, "--help")...)
		if !strings.Contains(help, "Usage:") || !strings.Contains(help, cmd.CommandPath()) {
			t.Errorf("%s --help says:\n%s", cmd.CommandPath(), help)
		}
		if what := strings.TrimSpace(cmd.Long + cmd.Short); !strings.HasPrefix(help, what[:min(len(what), 20)]) {
			t.Errorf("%s --help begins with %.60q", cmd.CommandPath(), help)
		}
		if !unicode.IsUpper(rune(cmd.Short[0])) || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: %q is not as the others are: a capital, and no full stop", cmd.CommandPath(), cmd.Short)
		}
		for _, line := range strings.Split(help, "\n") {
			if n := len([]rune(line)); n > 160 {
				t.Errorf("%s --help has a line of %d characters: %q", cmd.CommandPath(), n, line)
			}
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s --%s does not say what it is for", cmd.CommandPath(), f.Name)
			}
		})
	}
}

// TestEveryExampleIsACommandThatThereIs takes the examples of the help as they stand.
func TestEveryExampleIsACommandThatThereIs(t *testing.T) {
	t.Parallel()
	root := (&app{now: time.Now}).command()
	examples := 0
	for _, cmd := range commands(root) {
		for _, line := range strings.Split(cmd.Example, "\n") {
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			examples++
			found, _, err := root.Find(words[1:])
			if words[0] != "tidings" || err != nil || found != cmd {
				t.Errorf("an example of %s is of another command: %s", cmd.CommandPath(), line)
			}
			for _, w := range words {
				name, isFlag := strings.CutPrefix(w, "--")
				if name, _, _ = strings.Cut(name, "="); isFlag && cmd.Flag(name) == nil {
					t.Errorf("%s has no flag --%s: %s", cmd.CommandPath(), name, line)
				}
			}
		}
	}
	if examples == 0 {
		t.Error("no command has an example")
	}
}

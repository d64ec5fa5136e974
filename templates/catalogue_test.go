package templates

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryWordIsThereInEveryLanguageAndUsed(t *testing.T) {
	t.Parallel()
	files, err := layered(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := readCatalogues(files)
	if err != nil {
		t.Fatal(err)
	}
	uses, err := usesOf(files)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, u := range uses {
		used[u.key] = true
	}
	for _, tag := range c.languages {
		for key := range used {
			if !c.keys[tag][key] {
				t.Errorf("%s: %q is missing", tag, key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(c.keys[tag])) {
			if !used[key] {
				t.Errorf("%s: nothing asks for %q", tag, key)
			}
		}
	}
}

// The program's own keys are written twice: where they are asked for, and in codeKeys.
func TestTheProgramsKeysAreThoseOfItsCode(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	asks := regexp.MustCompile(`\.(?:text|plural|dateBy)\("([^"]+)"`)
	found := map[string]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asks.FindAllSubmatch(src, -1) {
			found[string(m[1])] = true
		}
	}
	want, got := slices.Sorted(maps.Keys(found)), slices.Sorted(slices.Values(codeKeys()))
	if !slices.Equal(got, want) {
		t.Errorf("codeKeys has\n%q\nthe code asks for\n%q", got, want)
	}
}

var branch = regexp.MustCompile(`\{\{-?\s*(?:define|if|else|with|range)\b[^}]*\}\}`)

// TestEveryBranchOfEveryTemplateIsExecuted writes a mark into every branch of every template, renders what the goldens
// are made of, and looks for marks that are nowhere.
func TestEveryBranchOfEveryTemplateIsExecuted(t *testing.T) {
	t.Parallel()
	files, err := layered(nil)
	if err != nil {
		t.Fatal(err)
	}
	marks := map[string]string{} // by mark: where it stands
	for _, name := range files.templates() {
		text := string(files[name])
		files[name] = []byte(branch.ReplaceAllStringFunc(text, func(action string) string {
			mark := fmt.Sprintf(" mark%dx ", len(marks))
			marks[strings.TrimSpace(mark)] = path.Base(name) + ": " + action
			return strings.Replace(action, " -}}", "}}", 1) + mark
		}))
	}
	s, err := newSet(files, Brand{Logo: []byte(drawing)})
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, lang := range s.Languages() {
		for _, r := range append(renderPages(t, s, lang), renderMails(t, s, lang)...) {
			all.Write(r.body)
		}
	}
	rendered := all.String()
	for mark, where := range marks {
		if !strings.Contains(rendered, mark) {
			t.Errorf("no test executes %s", where)
		}
	}
	if len(marks) < 50 {
		t.Errorf("only %d branches found", len(marks))
	}
}

package templates

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

// laidOver marks the name of an operator's catalogue that adds to one of ours.
const laidOver = " (laid over)"

// fallback is the language of who reads none of ours.
const fallback = "en"

func isCatalogue(name string) bool {
	return path.Dir(name) == "locales" && path.Ext(strings.TrimSuffix(name, laidOver)) == ".toml"
}

// catalogues is the words of all languages.
type catalogues struct {
	bundle    *i18n.Bundle
	languages []string
	keys      map[string]map[string]bool // by language
}

// speak gives one language's words.
func (c *catalogues) speak(tag string) *words {
	return &words{tag: tag, localizer: i18n.NewLocalizer(c.bundle, tag), all: c}
}

func readCatalogues(files sources) (*catalogues, error) {
	c := &catalogues{bundle: i18n.NewBundle(language.English), keys: map[string]map[string]bool{}}
	c.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, name := range files.names() { // a catalogue comes right before what is laid over it
		if !isCatalogue(name) {
			continue
		}
		file := strings.TrimSuffix(name, laidOver)
		tag := strings.TrimSuffix(path.Base(file), ".toml")
		if _, err := language.Parse(tag); err != nil {
			return nil, fmt.Errorf("%s: %q is no language tag (BCP 47)", file, tag)
		}
		messages, err := c.bundle.ParseMessageFileBytes(files[name], tag+".toml")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file+lineOf(err), err)
		}
		if c.keys[tag] == nil {
			c.keys[tag] = map[string]bool{}
		}
		for _, m := range messages.Messages {
			c.keys[tag][m.ID] = true
		}
	}
	c.languages = append([]string{fallback}, slices.DeleteFunc(slices.Sorted(maps.Keys(c.keys)), func(tag string) bool {
		return tag == fallback
	})...)
	return c, nil
}

// lineOf is ":line" of a TOML error, or nothing.
func lineOf(err error) string {
	var at *toml.DecodeError
	if !errors.As(err, &at) {
		return ""
	}
	row, _ := at.Position()
	return fmt.Sprintf(":%d", row)
}

// codeKeys are the keys that Go code asks for, beside those that the templates do.
func codeKeys() []string {
	return []string{
		"months", "date", "date-time", "year", "month-of-year", "list-separator", "list-in-language", "table",
		"feed-all", "feed-of", "feed-title",
		"filter-all", "filter-word", "filter-or", "filter-and", "filter-besides", "filter-in", "filter-since", "filter-before",
		"filter-without",
		"cadence-immediate", "cadence-daily", "cadence-weekly", "cadence-monthly",
		"digest-immediate", "digest-daily", "digest-weekly", "digest-monthly", "digest-other", "digest-changes",
		"section-new", "section-other", "section-changes", "no-title", "mail-subject", "mail-preheader",
		"mail-corrected", "mail-withdrawn",
		"about-all", "about-topic", "about-language", "about-office", "about-span", "about-page",
		"done-saved", "done-paused", "done-resumed", "done-link", "done-move", "done-again", "done-feed", "done-erase", "done-left",
		"wish-hour", "wish-usual-hour",
		"state-sent", "state-pending", "state-deferred", "state-failed", "state-uncertain", "state-held", "state-suppressed",
		"personal-mails-withdrawn",
		"topics-why", "archive-why", "offices-why", "feeds-what", "join-why",
		"join-sent", "join-sent-why", "join-button", "join-address", "join-again", "join-busy-network", "join-busy-site", "join-busy-work",
		"fault-address", "fault-address-form", "fault-address-same", "fault-topics", "fault-topics-many", "fault-words", "fault-words-many",
		"fault-cadence", "fault-hour", "fault-zone", "fault-language", "fault-filter",
		"how-often-immediate", "how-often-daily", "how-often-weekly", "how-often-monthly",
		"zones", "hour-usual", "wish-word", "wish-all", "wish-in",
		"letter-confirm", "letter-confirm-known", "letter-link", "letter-move", "letter-moved", "letter-erase",
		"letter-confirm-why", "letter-link-why", "letter-move-why", "letter-moved-why", "letter-erase-why",
		"letter-confirm-then", "letter-confirm-known-then", "letter-link-then", "letter-move-then", "letter-moved-then",
		"letter-erase-then", "letter-not-you", "letter-link-not-you", "letter-moved-not-you", "letter-until",
		"letter-choice", "letter-at-once", "letter-everything", "letter-words", "letter-and-words", "letter-in",
		"letter-choices", "letter-choices-known", "letter-choices-now", "letter-changed", "letter-changed-why", "letter-changed-then",
		"letter-changed-often", "letter-paused-why", "letter-paused-open-why", "letter-left", "letter-left-why", "letter-left-then",
		"wish-kept", "wish-sealed",
	}
}

// A use is a place in a template that asks for words.
type use struct{ key, at string }

// checkWords sees to it that every word that is asked for is there in every language, and that an operator's
// catalogue gives none that nobody asks for.
func checkWords(files sources, c *catalogues) error {
	uses, err := usesOf(files)
	if err != nil {
		return err
	}
	var faults []error
	used := map[string]bool{}
	for _, u := range uses {
		used[u.key] = true
		for _, tag := range c.languages {
			if !c.keys[tag][u.key] {
				faults = append(faults, fmt.Errorf("%s: the catalogue locales/%s.toml has no %q", u.at, tag, u.key))
			}
		}
	}
	for _, name := range files.names() {
		if !strings.HasSuffix(name, laidOver) {
			continue
		}
		file := strings.TrimSuffix(name, laidOver)
		for _, def := range definitions(string(files[name])) {
			ours := slices.ContainsFunc(definitions(string(files[file])), func(d use) bool { return d.key == def.key })
			if !ours && !used[def.key] {
				faults = append(faults, fmt.Errorf("%s:%s: no template asks for %q", file, def.at, def.key))
			}
		}
	}
	return errors.Join(faults...)
}

// usesOf finds what templates and code ask for.
func usesOf(files sources) ([]use, error) {
	var uses []use
	for _, key := range codeKeys() {
		uses = append(uses, use{key: key, at: "the program"})
	}
	for _, name := range files.templates() {
		tree := parse.New(name)
		tree.Mode = parse.SkipFuncCheck
		trees := map[string]*parse.Tree{}
		if _, err := tree.Parse(string(files[name]), "", "", trees); err != nil {
			return nil, err
		}
		for _, tree := range trees {
			walk(tree.Root, func(call *parse.CommandNode) {
				if key, ok := keyOf(call); ok {
					at, _ := tree.ErrorContext(call)
					uses = append(uses, use{key: key, at: at})
				}
			})
		}
	}
	slices.SortFunc(uses, func(a, b use) int { return strings.Compare(a.at+a.key, b.at+b.key) })
	return uses, nil
}

// keyOf is the key of a call `t "key" …` or `n "key" …`.
func keyOf(call *parse.CommandNode) (string, bool) {
	if len(call.Args) < 2 {
		return "", false
	}
	name, ok := call.Args[0].(*parse.IdentifierNode)
	key, literal := call.Args[1].(*parse.StringNode)
	if !ok || !literal || name.Ident != "t" && name.Ident != "n" {
		return "", false
	}
	return key.Text, true
}

// walk visits every call below a node of a template's tree.
func walk(node parse.Node, visit func(*parse.CommandNode)) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			walk(child, visit)
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.TemplateNode:
		walk(n.Pipe, visit)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, visit)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, call := range n.Cmds {
			walk(call, visit)
		}
	case *parse.CommandNode:
		visit(n)
		for _, arg := range n.Args {
			walk(arg, visit)
		}
	}
}

func walkBranch(n *parse.BranchNode, visit func(*parse.CommandNode)) {
	walk(n.Pipe, visit)
	walk(n.List, visit)
	walk(n.ElseList, visit)
}

// keyLine finds the keys of a catalogue: `key = …` before any table, and `[key]`.
var keyLine = regexp.MustCompile(`^(?:\[([^\]]+)\]|([\w-]+)\s*=)`)

// definitions are the keys of a catalogue, each at its line.
func definitions(text string) []use {
	var found []use
	table := false
	for i, l := range strings.Split(text, "\n") {
		m := keyLine.FindStringSubmatch(l)
		switch {
		case m == nil:
		case m[1] != "":
			table = true
			found = append(found, use{key: m[1], at: strconv.Itoa(i + 1)})
		case !table:
			found = append(found, use{key: m[2], at: strconv.Itoa(i + 1)})
		}
	}
	return found
}

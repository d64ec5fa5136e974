package config

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

// numbered is a kind of table whose keys can come from the environment, by the number of the table.
type numbered struct {
	table  string // "relay"
	n      int    // how many the file has
	keys   []key
	single string // the section of the one that has no number; empty: there is none
}

func numberedTables(c *Config) []numbered {
	return []numbered{
		{relayTable, len(c.Relays), new(Relay).keys(), "smtp"},
		{webhookTable, len(c.Bounce.Webhooks), new(Webhook).keys(), ""},
	}
}

// strayVariables reports variables that look like keys of such a table, and are none: a secret that goes nowhere is not found soon. What
// else begins like them is not ours: Kubernetes tells of a service tidings-relay by TIDINGS_RELAY_PORT and others.
func (p *problems) strayVariables(set map[string]string, c *Config) {
	tables := numberedTables(c)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		for _, t := range tables {
			if reason := t.stray(name); reason != "" {
				p.all = append(p.all, Problem{File: environment, Key: name, Reason: reason})
			}
		}
	}
}

// anyNumbered is a variable of a table of whatever name.
const anyNumbered = `^TIDINGS_([A-Z_]+)_(\d+)_([A-Z_]+)$`

// stray says why a variable is none of the table's keys; empty: it is one, or has nothing to do with them.
func (t *numbered) stray(variable string) (reason string) {
	rest, ours := strings.CutPrefix(variable, t.variable("", ""))
	digits, name, _ := strings.Cut(rest, "_")
	number, err := strconv.Atoi(digits)
	switch {
	case !ours:
		return t.elsewhere(variable)
	case rest == "" || rest[0] < '0' || rest[0] > '9':
		if !t.hasText(rest) {
			return ""
		}
		return fmt.Sprintf("lacks the number of its table [[%s]]: %s", t.table, t.names(rest))
	case err != nil || number < 1 || number > t.n || digits != strconv.Itoa(number):
		return fmt.Sprintf("is for table %s of [[%s]]: %s", digits, t.table, t.names(name))
	case slices.Contains(t.keyNames(), name):
		return ""
	}
	meant := cmp.Or(tidings.DidYouMean(name, t.keyNames()), ".")
	return fmt.Sprintf("is no key of a table [[%s]]%s Behind %s comes one of %s",
		t.table, meant, t.variable(digits, ""), strings.Join(t.keyNames(), ", "))
}

// elsewhere says what a variable was meant to be whose table is misspelt.
func (t *numbered) elsewhere(variable string) string {
	parts := regexp.MustCompile(anyNumbered).FindStringSubmatch(variable)
	if parts == nil || !t.hasText(parts[3]) {
		return ""
	}
	table := strings.TrimSuffix(strings.TrimPrefix(t.variable("", ""), "TIDINGS_"), "_")
	if !strings.HasSuffix(table, "_"+parts[1]) && tidings.Distance(table, parts[1]) > 1+len(table)/4 {
		return ""
	}
	return fmt.Sprintf("is nothing that is read: did you mean %s?", t.variable(parts[2], parts[3]))
}

// names says which variables there are for a key, or for all when it is none.
func (t *numbered) names(name string) string {
	if !slices.Contains(t.keyNames(), name) {
		name = "…"
	}
	said := fmt.Sprintf("the file has %d of them", t.n)
	switch first := t.variable("1", name); {
	case t.n == 0:
		said = "the file has none"
	case t.n == 1:
		said += ", so there is " + first
	case t.n > 1:
		said += fmt.Sprintf(", so there are %s to %s", first, t.variable(strconv.Itoa(t.n), name))
	}
	if t.single != "" {
		said += fmt.Sprintf("; [%s] has %s", t.single, key{name: t.single + "." + name}.variable())
	}
	return said
}

// variable is that of a key, with as much behind the table's name as is given.
func (t *numbered) variable(number, name string) string {
	all := key{name: t.table}.variable() + "_"
	if number != "" {
		all += number + "_"
	}
	return all + name
}

// keyNames are those of the keys, as variables have them.
func (t *numbered) keyNames() []string {
	names := make([]string, len(t.keys))
	for i, k := range t.keys {
		names[i] = strings.ToUpper(k.name)
	}
	return names
}

// hasText reports whether a key of the name takes text: those of Kubernetes' variables that are spelt like keys are ports.
func (t *numbered) hasText(name string) bool {
	return slices.ContainsFunc(t.keys, func(k key) bool { return k.text != nil && strings.ToUpper(k.name) == name })
}

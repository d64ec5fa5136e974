package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

const (
	// ofService is what Kubernetes sets in every container for a service tidings, or tidings-x.
	ofService = `_SERVICE_(HOST|PORT)(_.+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$`
	// portOfService is the value of the one of them that has the form of a key: TIDINGS_X_PORT.
	portOfService = `^(tcp|udp|sctp)://`
)

// misspeltVariables reports variables that are none of ours, and look like one of them.
func (p *problems) misspeltVariables(set map[string]string, c *Config) {
	known := knownVariables(c)
	service, port := regexp.MustCompile(ofService), regexp.MustCompile(portOfService)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		given, ours := strings.CutPrefix(name, key{}.variable())
		told := slices.ContainsFunc(p.all, func(q Problem) bool { return q.File == environment && q.Key == name })
		if !ours || told || service.MatchString(name) || port.MatchString(set[name]) {
			continue
		}
		if meant := meantVariable(given, known); meant != "" {
			p.all = append(p.all, Problem{
				File: environment, Key: name,
				Reason: fmt.Sprintf("is nothing that is read: did you mean %s?", key{name: meant}.variable()),
			})
		}
	}
}

// ofKubernetes reports whether the variable of a key is set for a service of that name, as TIDINGS_SMTP_PORT is for tidings-smtp.
func ofKubernetes(set map[string]string, name string) bool {
	service, port := strings.CutSuffix(name, "_PORT")
	_, has := set[service+"_SERVICE_HOST"]
	return port && has && regexp.MustCompile(portOfService).MatchString(set[name])
}

// knownVariables are those that are read, each with its table, without what all begin with: SMTP_HOST is in SMTP. CONFIG, which the command
// line reads, is in none, nor are those of tables with numbers.
func knownVariables(c *Config) map[string]string {
	bare := func(name string) string { return strings.TrimPrefix(key{name: name}.variable(), key{}.variable()) }
	known := map[string]string{"CONFIG": ""}
	for _, k := range tableKeys(c) {
		known[bare(k.name)] = ""
	}
	for _, k := range keys(c) {
		known[bare(k.name)] = bare(k.name[:strings.LastIndexByte(k.name, '.')])
	}
	return known
}

// meantVariable is the one that a variable was most likely meant to be; empty: it is one, or none of our business.
func meantVariable(given string, known map[string]string) (meant string) {
	if _, is := known[given]; is {
		return ""
	}
	least := 0
	for _, name := range slices.Sorted(maps.Keys(known)) {
		far := tidings.Distance(given, name)
		if !misspelt(given, name, known[name], far) && !inOtherTable(given, name, known) {
			continue
		}
		if strings.HasSuffix(name, "_"+given) {
			far = 1 // the name of its table begins further ahead
		}
		if meant == "" || far < least {
			meant, least = name, far
		}
	}
	return meant
}

// misspelt reports whether a variable, which is that far from one of ours, was meant to be it. Short words that differ in two letters are
// others.
func misspelt(given, name, table string, far int) bool {
	if table == "" {
		return far <= slips(name)
	}
	leaf := strings.TrimPrefix(name, table+"_")
	if end, same := strings.CutPrefix(given, table+"_"); same {
		return far <= slips(leaf) || partly(end, leaf)
	}
	if strings.HasSuffix(given, "_"+leaf) {
		return far <= slips(table)
	}
	return far <= 2
}

// partly reports whether a word goes on behind a key or breaks off in it, or is the last part of it: USERNAME, PASS, URL.
func partly(word, leaf string) bool {
	const least = 3
	if len(word) < least || len(leaf) < least || strings.Contains(word, "_") {
		return false
	}
	return strings.HasPrefix(leaf, word) || strings.HasPrefix(word, leaf) || strings.HasSuffix(leaf, "_"+word)
}

// slips are how many letters of a word may be wrong until it is another one.
func slips(word string) int {
	if len(word) < 6 {
		return 1
	}
	return 2
}

// inOtherTable reports whether a variable is the key of one of ours, in a table that is ours too, or near to be.
func inOtherTable(given, name string, known map[string]string) bool {
	at, same := strings.CutSuffix(given, strings.TrimPrefix(name, known[name]))
	if known[name] == "" || !same {
		return false
	}
	for _, table := range known {
		if table != "" && (tidings.Distance(at, table) <= slips(table) || strings.HasSuffix(table, "_"+at)) {
			return true
		}
	}
	return false
}

package ingest

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// tongues are the languages of a site: those that it is known to have, and the folders that hold one each.
type tongues struct {
	known    []string
	standard string            // of pages that say nothing
	folders  map[string]string // by path: "content/ko" is "ko"
}

// shortTag is what folders and file names are called that mean a language. Longer ones are words: "dev" is one too.
var shortTag = regexp.MustCompile(`^[a-zA-Z]{2}([-_]([A-Za-z]{2}|[A-Za-z]{4}))?$`)

// canonicalTag is a language as BCP 47 writes it: "zh-TW" for "zh_tw"; "" for what is none.
func canonicalTag(s string) string {
	tag, err := language.Parse(strings.ReplaceAll(strings.TrimSpace(s), "_", "-"))
	if err != nil || tag == language.Und {
		return ""
	}
	return tag.String()
}

func newTongues(opts FolderOptions) *tongues {
	t := &tongues{standard: opts.Language, folders: map[string]string{}}
	for _, l := range append([]string{opts.Language}, opts.Languages...) {
		t.add(l)
	}
	return t
}

func (t *tongues) add(l string) {
	if l = canonicalTag(l); l != "" && !slices.Contains(t.known, l) {
		t.known = append(t.known, l)
	}
}

// folder takes in the names of the folders that stand side by side. Where one of them is a language of the site, the
// others that are called like a language are languages too.
func (t *tongues) folder(parent string, names []string) {
	var tags []string
	sure := false
	for _, name := range names {
		if tag := canonicalTag(name); shortTag.MatchString(name) && tag != "" {
			tags = append(tags, name)
			sure = sure || slices.Contains(t.known, tag)
		}
	}
	if !sure {
		return
	}
	for _, name := range tags {
		t.folders[path.Join(parent, name)] = canonicalTag(name)
	}
}

// of is the language that a path says, "" if none, and the path without the words that say it: what the versions of one
// page in several languages share.
func (t *tongues) of(p string) (tag, neutral string) {
	at := ""
	for segment := range strings.SplitSeq(path.Dir(p), "/") {
		at = path.Join(at, segment)
		if l, ok := t.folders[at]; ok && tag == "" {
			tag = l
			continue
		}
		neutral = path.Join(neutral, segment)
	}
	stem := strings.TrimSuffix(path.Base(p), path.Ext(p))
	if i := strings.LastIndexByte(stem, '.'); i > 0 && shortTag.MatchString(stem[i+1:]) {
		if l := canonicalTag(stem[i+1:]); slices.Contains(t.known, l) {
			tag, stem = l, stem[:i]
		}
	}
	return tag, path.Join(neutral, stem)
}

// named notes a folder that the configuration names for a language.
func (t *tongues) named(folder, tag string) {
	if tag = canonicalTag(tag); tag != "" {
		t.folders[path.Clean(folder)] = tag
		t.add(tag)
	}
}

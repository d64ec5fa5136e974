package web

import (
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/tidings/tidings"
)

// elsewhere is every path that is none of ours: an old one that leads to a release, or one of ours in capitals.
func (s *site) elsewhere(_ http.ResponseWriter, r *http.Request) error {
	err := s.formerly(r)
	lower := strings.ToLower(r.URL.Path)
	if errors.Is(err, tidings.ErrNotFound) && lower != r.URL.Path && !hasToken(lower) { // letters of a token may not change
		return &movedError{to: s.at(lower, r.URL.RawQuery)}
	}
	return err
}

// orFormerly asks for an old address where there is nothing of ours: those of another tool may look like our own.
func (s *site) orFormerly(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		if errors.Is(err, tidings.ErrNotFound) {
			return s.formerly(r)
		}
		return err
	}
}

// formerly leads from an old address to the release that it was the address of.
func (s *site) formerly(r *http.Request) error {
	for _, old := range spellings(r.URL.Path) {
		slug, err := s.Stacks.Alias(r.Context(), old, r.URL.RawQuery)
		if errors.Is(err, tidings.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := s.released(r, slug); err != nil {
			return err
		}
		return &movedError{to: s.Site.ReleaseURL(slug)}
	}
	return tidings.ErrNotFound
}

// spellings are the ways in which a site may have written a path, the one given first: as a file, or as a folder with one
// in it.
func spellings(given string) []string {
	bare := strings.TrimSuffix(given, "/")
	if dir, file := path.Split(bare); strings.HasPrefix(file, "index.") {
		bare = strings.TrimSuffix(dir, "/")
	}
	bare = strings.TrimSuffix(strings.TrimSuffix(bare, ".html"), ".htm")
	all := []string{given}
	for _, one := range []string{bare, bare + ".html", bare + ".htm", bare + "/index.html"} {
		if one != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// What is taken of a path that leads nowhere, to be searched for.
const (
	maxPathWords = 8
	maxPathWord  = 40 // characters
)

// wordsOf are the words in the last part of a path that has any: those that somebody may have meant. A token's are not
// repeated.
func wordsOf(given string) string {
	if hasToken(given) {
		return ""
	}
	for rest := strings.Trim(given, "/"); rest != ""; rest = strings.Trim(path.Dir("/"+rest), "/") {
		file := path.Base(rest)
		if words := searchable(strings.TrimSuffix(file, path.Ext(file))); words != "" {
			return words
		}
	}
	return ""
}

// searchable leaves the words that a filter takes as words: neither numbers alone, nor its own.
func searchable(text string) string {
	var words []string
	for _, word := range strings.FieldsFunc(text, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c)
	}) {
		switch strings.ToLower(word) {
		case "and", "or", "not", "index", "page":
			continue
		}
		if strings.ContainsFunc(word, unicode.IsLetter) && len([]rune(word)) <= maxPathWord && len(words) < maxPathWords {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

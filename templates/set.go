package templates

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	texttemplate "text/template"

	"golang.org/x/text/language"
)

// Set is all pages and mails in all languages, ready to be rendered. It never changes: use it from many goroutines.
type Set struct {
	speakers []*speaker // the fallback, English, first
	matcher  language.Matcher
	css      []byte
	cssPath  string
}

// speaker is all the templates in one language.
type speaker struct {
	tag        string
	words      *words
	pages      map[string]*template.Template
	digestHTML *template.Template
	digestText *texttemplate.Template
}

// New reads the embedded templates with the operator's laid over them; overlay may be nil. A file that is unknown or
// broken is refused, by its name and line.
func New(overlay fs.FS) (*Set, error) {
	files, err := layered(overlay)
	if err != nil {
		return nil, err
	}
	return newSet(files)
}

func newSet(files sources) (*Set, error) {
	css := files[styleFile]
	sum := sha256.Sum256(css)
	s := &Set{css: css, cssPath: "/assets/style." + hex.EncodeToString(sum[:6]) + ".css"}
	catalogues, err := readCatalogues(files)
	if err != nil {
		return nil, err
	}
	if err := checkWords(files, catalogues); err != nil {
		return nil, err
	}
	parsed, err := parseAll(files)
	if err != nil {
		return nil, err
	}
	tags := make([]language.Tag, 0, len(catalogues.languages))
	for _, tag := range catalogues.languages {
		l, err := parsed.in(catalogues.speak(tag), s.cssPath)
		if err != nil {
			return nil, err
		}
		s.speakers = append(s.speakers, l)
		tags = append(tags, language.Make(tag))
	}
	s.matcher = language.NewMatcher(tags)
	if err := s.tryAll(); err != nil {
		return nil, err
	}
	return s, nil
}

// Languages are those that pages and mails can be had in; the first serves everyone that no other fits.
func (s *Set) Languages() []string {
	tags := make([]string, len(s.speakers))
	for i, l := range s.speakers {
		tags[i] = l.tag
	}
	return tags
}

// Match is the language of ours that serves a reader best. Each tag may be a BCP 47 tag or an Accept-Language header
// (RFC 9110 §12.5.4); earlier ones count more.
func (s *Set) Match(tags ...string) string { return s.speaks(tags...).tag }

func (s *Set) speaks(tags ...string) *speaker {
	_, i := language.MatchStrings(s.matcher, tags...)
	return s.speakers[i]
}

// CSS is the stylesheet of the pages, and the path below the site's base that it is served at. The path has a hash
// of the content in it, so that a browser may keep it for ever.
func (s *Set) CSS() (body []byte, path string) { return s.css, s.cssPath }

func (s *Set) page(w io.Writer, name, lang string, p any) error {
	var b bytes.Buffer
	if err := s.speaks(lang).pages[name].ExecuteTemplate(&b, "layout", p); err != nil {
		return fmt.Errorf("rendering the page %s: %w", name, err)
	}
	_, err := b.WriteTo(w)
	return err
}

package templates

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"slices"
	"time"

	"golang.org/x/text/language"

	"github.com/tidings/tidings"
)

// Set is all pages and mails in all languages, ready to be rendered. It never changes: use it from many goroutines.
type Set struct {
	speakers []*speaker // the fallback, English, first
	matcher  language.Matcher
	assets   assets
	marks    gapMarks
}

// speaker is all the templates in one language.
type speaker struct {
	tag   string
	words *words
	pages map[string]*template.Template
	mails map[string]mailTemplate
	frame mailTemplate // of a digest, with marks in place of its releases
}

// assets are what pages load, by path below the site's base.
type assets struct {
	all           map[string]Asset
	cssPath, icon string
	formsPath     string // the stylesheet of pages with forms
	personalPath  string // what a subscriber's own page and leaving have besides
	joinPath      string // the script of those that are guarded
	workPath      string // and the one of those that ask for work
	embed         []byte // the script for other sites' forms
	logo          *logo  // nil: there is none
}

// New is Branded for a publisher without colours and logo.
func New(overlay fs.FS) (*Set, error) { return Branded(overlay, Brand{}) }

// Branded reads the embedded templates with the operator's laid over them; overlay may be nil. A file that is unknown or
// broken is refused, by its name and line.
func Branded(overlay fs.FS, brand Brand) (*Set, error) {
	files, err := layered(overlay)
	if err != nil {
		return nil, err
	}
	s, err := newSet(files, brand)
	if err == nil && overlay != nil { // what is built in was tried by the tests, and every command begins here
		err = s.tryAll()
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func newAssets(files sources, brand Brand) (assets, error) {
	css, err := brand.tint(files[styleFile])
	if err != nil {
		return assets{}, err
	}
	icon := brand.icon()
	a := assets{cssPath: hashed("style", ".css", css), icon: hashed("icon", ".svg", icon)}
	a.all = map[string]Asset{
		a.cssPath: {MediaType: "text/css; charset=utf-8", Body: css}, a.icon: {MediaType: "image/svg+xml", Body: icon},
	}
	a.addForms(files)
	emblem, picture, err := brand.emblem()
	if err != nil {
		return assets{}, err
	}
	if emblem != nil {
		a.logo, a.all[emblem.Path] = emblem, picture
	}
	return a, nil
}

// addForms adds what pages with forms load.
func (a *assets) addForms(files sources) {
	style, join, work := files[formsStyle], files[joinScript], files[workScript]
	a.formsPath, a.joinPath, a.workPath = hashed("forms", ".css", style), hashed("join", ".js", join), hashed("work", ".js", work)
	a.all[a.formsPath] = Asset{MediaType: "text/css; charset=utf-8", Body: style}
	a.personalPath = hashed("personal", ".css", files[personalStyle])
	a.all[a.personalPath] = Asset{MediaType: "text/css; charset=utf-8", Body: files[personalStyle]}
	a.all[a.joinPath] = Asset{MediaType: "text/javascript; charset=utf-8", Body: join}
	a.all[a.workPath] = Asset{MediaType: "text/javascript; charset=utf-8", Body: work}
	a.embed = slices.Concat(work, files[embedScript])
}

func newSet(files sources, brand Brand) (*Set, error) {
	s := &Set{marks: gapMarks(rand.Text())}
	var err error
	if s.assets, err = newAssets(files, brand); err != nil {
		return nil, err
	}
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
		l, err := parsed.in(catalogues.speak(tag), &s.assets, s.marks)
		if err != nil {
			return nil, err
		}
		s.speakers = append(s.speakers, l)
		tags = append(tags, language.Make(tag))
	}
	s.matcher = language.NewMatcher(tags)
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

// Date is the day of an instant in the site's zone, as the language writes it.
func (s *Set) Date(site *tidings.Site, lang string, t time.Time) (string, error) {
	return s.speaks(lang).words.date(site, t)
}

// Assets are what pages load, by the path below the site's base that it is served at: the stylesheet, the icon and the logo.
// Each path has a hash of the content in it, so that a browser may keep it for ever.
func (s *Set) Assets() map[string]Asset { return s.assets.all }

// EmbedScript is the script that other sites' forms load. It speaks no language.
func (s *Set) EmbedScript() []byte { return s.assets.embed }

// Logo is the path of the logo among the Assets; empty: there is none.
func (s *Set) Logo() string {
	if s.assets.logo == nil {
		return ""
	}
	return s.assets.logo.Path
}

func (s *Set) page(w io.Writer, name, lang string, p any) error {
	var b bytes.Buffer
	if err := s.speaks(lang).pages[name].ExecuteTemplate(&b, "layout", p); err != nil {
		return fmt.Errorf("rendering the page %s: %w", name, err)
	}
	_, err := b.WriteTo(w)
	return err
}

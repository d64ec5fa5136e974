package templates

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	texttemplate "text/template"
)

//go:embed pages mails locales assets
var embedded embed.FS

// The files that have a part of their own to play.
const (
	layoutFile    = "pages/layout.html"
	partsFile     = "pages/parts.html"
	formsFile     = "pages/forms.html"
	styleFile     = "assets/style.css"
	formsStyle    = "assets/forms.css"
	personalStyle = "assets/personal.css"
	workScript    = "assets/work.js" // stands before both of the others
	joinScript    = "assets/join.js"
	embedScript   = "assets/embed.js"
)

// sources is the text of each file.
type sources map[string][]byte

// layered reads the embedded files and lays the operator's over them.
func layered(overlay fs.FS) (sources, error) {
	ours, err := readAll(embedded)
	if err != nil || overlay == nil {
		return ours, err
	}
	theirs, err := readAll(overlay)
	if err != nil {
		return nil, err
	}
	for name, text := range theirs {
		switch {
		case isCatalogue(name) && ours[name] != nil:
			ours[name+laidOver] = text
		case isCatalogue(name), ours[name] != nil:
			ours[name] = text
		default:
			return nil, fmt.Errorf("%s: there is no such template; there are %s", name, strings.Join(ours.names(), ", "))
		}
	}
	return ours, nil
}

func readAll(from fs.FS) (sources, error) {
	files := sources{}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		hidden := name != "." && strings.HasPrefix(path.Base(name), ".")
		switch {
		case err != nil:
			return err
		case d.IsDir() && hidden:
			return fs.SkipDir
		case d.IsDir(), hidden:
			return nil
		}
		files[name], err = fs.ReadFile(from, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading templates: %w", err)
	}
	return files, nil
}

func (f sources) names() []string { return slices.Sorted(maps.Keys(f)) }

// pages are the names of the pages, without folder and ending.
func (f sources) pages() []string {
	var names []string
	for _, name := range f.names() {
		if path.Dir(name) == "pages" && !slices.Contains(frameFiles(), name) {
			names = append(names, strings.TrimSuffix(path.Base(name), ".html"))
		}
	}
	return names
}

// frameFiles are what is in every page.
func frameFiles() []string { return []string{layoutFile, partsFile, formsFile} }

// templates are all files that are templates.
func (f sources) templates() []string {
	return slices.DeleteFunc(f.names(), func(name string) bool {
		return path.Dir(name) != "pages" && path.Dir(name) != "mails"
	})
}

// parsed is the templates before they have a language. It is never executed itself: html/template clones only what
// has not been.
type parsed struct {
	pages map[string]*template.Template
	mails map[string]mailTemplate
}

// mailTemplate is the two parts of a kind of mail.
type mailTemplate struct {
	html *template.Template
	text *texttemplate.Template
}

// mailNames are the kinds of mail that there are templates for.
func mailNames() []string { return []string{"digest", "letter"} }

func parseAll(files sources) (*parsed, error) {
	funcs := funcsOf(&words{}, &assets{})
	p := &parsed{pages: map[string]*template.Template{}, mails: map[string]mailTemplate{}}
	frame := template.New("").Funcs(template.FuncMap(funcs)).Option("missingkey=error")
	for _, name := range frameFiles() {
		if _, err := frame.New(name).Parse(string(files[name])); err != nil {
			return nil, err
		}
	}
	for _, page := range files.pages() {
		t, err := frame.Clone()
		if err != nil {
			return nil, err
		}
		name := "pages/" + page + ".html"
		if _, err := t.New(name).Parse(string(files[name])); err != nil {
			return nil, err
		}
		p.pages[page] = t
	}
	for _, mail := range mailNames() {
		name := "mails/" + mail
		html, err := template.New(name + ".html").Funcs(template.FuncMap(funcs)).Parse(string(files[name+".html"]))
		text, err2 := texttemplate.New(name + ".txt").Funcs(funcs).Parse(string(files[name+".txt"]))
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		p.mails[mail] = mailTemplate{html, text}
	}
	return p, nil
}

// in gives the templates a language.
func (p *parsed) in(w *words, a *assets, g gapMarks) (*speaker, error) {
	funcs := funcsOf(w, a)
	l := &speaker{tag: w.tag, words: w, pages: map[string]*template.Template{}, mails: map[string]mailTemplate{}}
	for name, page := range p.pages {
		t, err := page.Clone()
		if err != nil {
			return nil, err
		}
		l.pages[name] = t.Funcs(template.FuncMap(funcs))
	}
	for name, mail := range p.mails {
		html, err := mail.html.Clone()
		if err != nil {
			return nil, err
		}
		text, err := mail.text.Clone()
		if err != nil {
			return nil, err
		}
		l.mails[name] = mailTemplate{html.Funcs(template.FuncMap(funcs)), text.Funcs(funcs)}
	}
	var err error
	l.frame, err = l.mails["digest"].framed(g)
	return l, err
}

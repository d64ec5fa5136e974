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
	htmlFile      = "mails/digest.html"
	textFile      = "mails/digest.txt"
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
	html  *template.Template
	text  *texttemplate.Template
}

func parseAll(files sources) (*parsed, error) {
	funcs := funcsOf(&words{}, &assets{})
	p := &parsed{pages: map[string]*template.Template{}}
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
	var err, err2 error
	p.html, err = template.New(htmlFile).Funcs(template.FuncMap(funcs)).Parse(string(files[htmlFile]))
	p.text, err2 = texttemplate.New(textFile).Funcs(funcs).Parse(string(files[textFile]))
	return p, errors.Join(err, err2)
}

// in gives the templates a language.
func (p *parsed) in(w *words, a *assets) (*speaker, error) {
	funcs := funcsOf(w, a)
	l := &speaker{tag: w.tag, words: w, pages: map[string]*template.Template{}}
	for name, page := range p.pages {
		t, err := page.Clone()
		if err != nil {
			return nil, err
		}
		l.pages[name] = t.Funcs(template.FuncMap(funcs))
	}
	html, err := p.html.Clone()
	if err != nil {
		return nil, err
	}
	text, err := p.text.Clone()
	if err != nil {
		return nil, err
	}
	l.digestHTML, l.digestText = html.Funcs(template.FuncMap(funcs)), text.Funcs(funcs)
	return l, nil
}

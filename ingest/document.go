package ingest

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/tidings/tidings"
)

// Document reads one release: front matter between two lines --- (YAML) or +++ (TOML), and a body in Markdown. Without a
// title in the front matter, or without front matter, a first line "# …" is the title. The name is the file's, for
// errors and for Release.Source. Every fault of the front matter is told, in one error that holds them all.
//
// Pictures and files that it names by a path come along from folder, which must not lead out of itself (os.Root's FS does
// not); one that is not there is a fault. A nil folder has none.
func Document(r io.Reader, name string, folder fs.FS, opts Options) Item {
	item := Item{File: name, Line: 1}
	near := &beside{luggage: luggage{fsys: folder, base: opts.Base, of: &item.Release, room: mostKept}}
	if item.Err = near.read(r, name, opts); item.Err == nil {
		item.Files = near.kept
	}
	return item
}

// read fills the release.
func (b *beside) read(r io.Reader, name string, opts Options) error {
	release := b.of
	text, err := readAll(r, name)
	if err != nil {
		return err
	}
	matter, body, line, err := split(text)
	if err != nil {
		return located(err, name)
	}
	release.Language = opts.Language
	f := fields{release: release, opts: opts, beside: b}
	f.read(matter)
	body = readable(body)
	title, rest, skipped := heading(body)
	renderer := NewRenderer()
	switch {
	case release.Title == "" && title != "":
		f.title(value{line: line + skipped - 1, text: plain(renderer, title), kind: aScalar})
	case release.Title == "" && !f.failed("title"):
		f.fail(matter.line, "title",
			"is missing: write title: … in the front matter, or begin the body with # and the title")
	case plain(renderer, title) != release.Title:
		rest, skipped = body, 0 // a heading of the body's own
	}
	if strings.TrimSpace(rest) == "" {
		f.fail(line, "body", "is empty: write the text behind the front matter")
	}
	if len(f.troubles) > 0 {
		return located(f.err(), name)
	}
	b.body, b.line = rest, line+skipped
	release.Body, err = renderer.render(tidings.Body{Format: tidings.Markdown, Source: rest}, opts.Base, b.rewrite)
	if err != nil {
		return relocate(err, name, line+skipped)
	}
	if len(b.troubles) > 0 {
		f.troubles = b.troubles
		return located(f.err(), name)
	}
	if release.Body.Text == "" && !strings.Contains(release.Body.HTML, "<img") {
		return fault(name, line+skipped, "body: nothing is left of it once what may not be shown is taken out")
	}
	release.SlugByHand = release.Slug != ""
	if !release.SlugByHand {
		release.Slug = Slug(release.Title)
	}
	release.Source, release.SourceGuessed = source(&f, baseName(name), release)
	return nil
}

// source is what makes two documents the same release: the id that it names, else the file's name, which is but a guess.
// What comes without a name, from standard input, goes by its slug, else by its title.
func source(f *fields, base string, r *tidings.Release) (source string, guessed bool) {
	switch {
	case f.id != "":
		return "id:" + f.id, false
	case base != "":
		return "file:" + base, true
	case r.SlugByHand:
		return "slug:" + r.Slug, false
	}
	return "title:" + r.Title, false
}

// split parts front matter from body. line is the body's first line in the file.
func split(text string) (matter value, body string, line int, err error) {
	first, rest, _ := strings.Cut(text, "\n")
	fence := strings.TrimRight(first, " \t")
	read := readYAML
	switch fence {
	case "---":
	case "+++":
		read = readTOML
	default:
		return value{line: 1, kind: aTable}, text, 1, nil
	}
	var inside strings.Builder
	line = 2
	for rest != "" {
		var l string
		l, rest, _ = strings.Cut(rest, "\n")
		line++
		if strings.TrimRight(l, " \t") == fence {
			matter, err = read(inside.String(), 2)
			matter.line = 1
			return matter, rest, line, err
		}
		inside.WriteString(l + "\n")
	}
	reason := "the front matter has no end: put a line " + fence + " behind its last line"
	return matter, "", line, &trouble{line: 1, reason: reason}
}

// heading takes a first line "# …" off a body. skipped is how many lines went with it.
func heading(body string) (title, rest string, skipped int) {
	rest = body
	for {
		line, behind, more := strings.Cut(rest, "\n")
		skipped++
		if strings.TrimSpace(line) == "" && more {
			rest = behind
			continue
		}
		if title, ok := strings.CutPrefix(line, "# "); ok {
			return strings.TrimSpace(strings.TrimRight(strings.TrimSpace(title), "#")), behind, skipped
		}
		return "", body, 0
	}
}

// plain is a heading's words without their markup.
func plain(r *Renderer, markdown string) string {
	body, err := r.Render(tidings.Body{Format: tidings.Markdown, Source: "# " + markdown}, nil)
	if err != nil {
		return markdown
	}
	return strings.Join(strings.Fields(body.Text), " ")
}

// StandardInput is the name to read a document by that has no file. Its Release.Source falls back on its title, since
// what comes in that way one day has nothing to do with what comes in the next.
const StandardInput = "standard input"

// baseName is a file's name without folder and extension; "" for standard input, which has none.
func baseName(name string) string {
	base := path.Base(filepath.ToSlash(name))
	if name == StandardInput || name == "-" || base == "." || base == "/" {
		return ""
	}
	return strings.TrimSuffix(base, path.Ext(base))
}

// located makes of troubles, which know their line, errors that also know their file.
func located(err error, file string) error {
	var t *trouble
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, located(e, file))
		}
		if len(all) == 1 {
			return all[0]
		}
		return errors.Join(all...)
	}
	if errors.As(err, &t) {
		return fault(file, t.line, "%s", t.reason)
	}
	return err
}

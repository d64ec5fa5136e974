package ingest

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// beside takes what a document shows or links to from the folder that it is in. What is not there is a fault of the document.
type beside struct {
	luggage // fsys is nil for standard input

	troubles []*trouble
	body     string // the text as written
	line     int    // of its first line
}

// companion is the path of what a reference names beside the document; false for an address.
func companion(ref string) (p string, local bool) {
	u, err := url.Parse(strings.ReplaceAll(strings.TrimSpace(ref), " ", "%20"))
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" || strings.HasPrefix(u.Path, "/") {
		return "", false
	}
	return path.Clean(u.Path), true
}

// find is the path of a file as the folder has it: some systems take letters apart in names (NFD).
func (b *beside) find(p string) (string, error) {
	if b.fsys == nil {
		return "", fmt.Errorf("%s is a file, and standard input has no folder to take it from: name the document's file, or write a whole address", p)
	}
	for _, name := range []string{p, norm.NFD.String(p)} {
		if info, err := fs.Stat(b.fsys, name); err == nil && info.Mode().IsRegular() {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s is not beside the file: put it into the file's folder or one below, or write a whole address", p)
}

// file reads a file that a document links to.
func (b *beside) file(p string) (*tidings.File, error) {
	found, err := b.find(p)
	switch {
	case err != nil:
		return nil, err
	case isPage(p):
		return nil, fmt.Errorf("%s is a text: write the address of its release", p)
	case mediaType(p) == "":
		return nil, fmt.Errorf("%s is of a kind that releases do not bring along", p)
	}
	return b.keep(found)
}

// picture reads a picture that a document shows.
func (b *beside) picture(p string) (picture, error) {
	found, err := b.find(p)
	if err != nil {
		return picture{}, err
	}
	return b.look(found)
}

// rewrite makes the pictures and files beside the document those that are kept here.
func (b *beside) rewrite(tree *html.Node) {
	for n := range tree.Descendants() {
		var err error
		ref := attribute(n, "href")
		switch n.DataAtom {
		case atom.Img:
			ref = attribute(n, "src")
			err = b.show(n, ref)
		case atom.A:
			err = b.lead(n, ref)
		}
		if err != nil {
			b.troubles = append(b.troubles, &trouble{line: b.lineOf(ref), reason: err.Error()})
		}
	}
}

func (b *beside) show(n *html.Node, ref string) error {
	p, local := companion(ref)
	if !local {
		if u, err := url.Parse(ref); err == nil && u.Host == "" && u.Scheme == "" && strings.HasPrefix(u.Path, "/") && !b.isKept(ref) {
			return errors.New(short(ref) + " is no picture of this site: write its path from the file's own folder, without / before it")
		}
		return nil
	}
	got, err := b.picture(p)
	if err == nil {
		b.place(n, got)
	}
	return err
}

// isKept: an address of a file that the site serves already.
func (b *beside) isKept(ref string) bool {
	site := tidings.Site{Base: b.base}
	return b.base != nil && strings.HasPrefix(absolute(ref, b.base), strings.TrimSuffix(site.FileURL("x", "x"), "x/x"))
}

func (b *beside) lead(n *html.Node, ref string) error {
	p, local := companion(ref)
	if !local {
		return nil
	}
	kept, err := b.file(p)
	if err == nil {
		b.offer(n, kept)
	}
	return err
}

// lineOf is where the body has a reference, which Markdown may have escaped; its first line where nobody can tell.
func (b *beside) lineOf(ref string) int {
	plain, err := url.PathUnescape(ref)
	if err != nil {
		plain = ref
	}
	for i, line := range strings.Split(b.body, "\n") {
		for _, before := range []string{"(", "<", "\"", "'", ": ", "="} {
			if strings.Contains(line, before+ref) || strings.Contains(line, before+plain) {
				return b.line + i
			}
		}
	}
	return b.line
}

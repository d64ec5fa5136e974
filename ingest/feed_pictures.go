package ingest

import (
	"errors"
	"html"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/tidings/tidings"
)

// Limits of the pictures that an entry may bring.
const (
	mostShown       = 20
	mostShownOctets = 32 << 20 // together: many entries are in memory at a time
)

// PictureNotTaken is the kind of the notes on pictures of entries that stayed where they are.
const PictureNotTaken = "a picture stayed where it is and became a link"

// shown is the text of an entry and what it shows, on their way into the release.
type shown struct {
	*entry
	r      *tidings.Release
	base   *url.URL // of the entry's references; nil: there is none
	stored tidings.Release
	known  bool   // the stored release was made of the same text: nothing of it is asked for again
	cover  string // the address of the picture that was kept as the cover; empty: none was
}

// body completes the release with the entry's text, pictures and attachments.
func (e *entry) body(r *tidings.Release, markup string, base *url.URL) error {
	s := shown{entry: e, r: r, base: base}
	if e.feed.opts.Stored != nil {
		stored, err := e.feed.opts.Stored(r.Source)
		if err != nil && !errors.Is(err, tidings.ErrNotFound) {
			return err
		}
		s.stored = stored
		s.known = err == nil && (stored.Body.Source == markup || e.link != nil && stored.Body.Source == markup+e.readOn(stored.Title))
	}
	r.Attachments = e.attachments(base)
	s.takeCover()
	if err := s.text(markup); err != nil {
		return err
	}
	for _, a := range r.Attachments {
		if a.Hash != "" && !slices.Contains(r.Files, a.Hash) {
			r.Files = append(r.Files, a.Hash)
		}
	}
	return nil
}

// text renders the entry's text with its pictures; what shows kept ones already stays as it is.
func (s *shown) text(markup string) error {
	f := s.feed
	var err error
	if s.known && strings.Contains(s.stored.Body.HTML, "<img") {
		s.r.Body = s.stored.Body
		s.r.Files = slices.DeleteFunc(s.stored.Files, func(hash string) bool { return !strings.Contains(s.r.Body.HTML, hash) })
	} else if s.r.Body, err = f.renderer.render(tidings.Body{Format: tidings.HTML, Source: markup}, f.opts.Base, s.edit); err != nil {
		return err
	}
	if s.r.Title = s.title(s.r); s.r.Title == "" {
		return tidings.Invalidf("title", "is missing, and there is no text to take one from")
	}
	if s.r.Body.Text != "" || strings.Contains(s.r.Body.HTML, "<img") {
		return nil
	}
	if s.link == nil {
		return tidings.Invalidf("text", "is missing, and there is no link to where it is")
	}
	s.note("without text: a link to the whole stands in for it")
	source := markup + s.readOn(s.r.Title)
	s.r.Body, err = f.renderer.render(tidings.Body{Format: tidings.HTML, Source: source}, f.opts.Base, s.resolve)
	return err
}

// fetches says whether pictures are asked for.
func (s *shown) fetches() bool {
	o := &s.feed.opts
	return o.Picture != nil && o.Base != nil && s.stored.Status != tidings.Withdrawn
}

// edit gives the entry's references their hosts, and its pictures addresses here.
func (s *shown) edit(tree *xhtml.Node) {
	for n := range tree.Descendants() {
		if lazy := attribute(n, "data-src"); n.DataAtom == atom.Img && lazy != "" && !s.leads(attribute(n, "src")) {
			setAttribute(n, "src", lazy)
		}
	}
	s.resolve(tree)
	var all []*xhtml.Node
	for n := range tree.Descendants() {
		if n.DataAtom == atom.Img {
			all = append(all, n)
		}
	}
	for _, n := range all {
		s.show(n)
	}
}

// leads: a picture that a script puts in place later has none, or one of a pixel (data:), where its own will be.
func (s *shown) leads(ref string) bool { return ref != "" && !strings.HasPrefix(ref, "data:") }

// resolve gives the entry's references their hosts. Those that nobody can tell a host of are taken out.
func (s *shown) resolve(tree *xhtml.Node) {
	for n := range tree.Descendants() {
		tidyAttributes(n, s.base)
		n.Attr = slices.DeleteFunc(n.Attr, func(a xhtml.Attribute) bool {
			u, err := url.Parse(a.Val)
			return (a.Key == "href" || a.Key == "src" || a.Key == "cite") && (err != nil || !u.IsAbs())
		})
	}
}

// show leads an image to the picture that is kept of it. One that cannot be kept becomes a link when the markup is cleaned.
func (s *shown) show(n *xhtml.Node) {
	ref := attribute(n, "src")
	u, err := url.Parse(ref)
	switch {
	case err != nil || !isWeb(u) || s.feed.opts.Base != nil && u.Host == s.feed.opts.Base.Host:
		return
	case attribute(n, "width") == "1" || attribute(n, "height") == "1", s.cover != "" && ref == s.cover:
		n.Type, n.Data, n.DataAtom, n.Attr = xhtml.TextNode, "", 0, nil // it counts readers, or stands above the text
		return
	case !s.fetches():
		s.note(PictureNotTaken+": %s", short(ref))
		return
	case s.known:
		return // it could not be had, and that was told
	}
	got, err := s.picture(ref)
	if err != nil {
		s.note(PictureNotTaken+": %s: %s", short(ref), reasonOf(err))
		return
	}
	site := tidings.Site{Base: s.feed.opts.Base}
	setAttribute(n, "src", site.FileURL(got.Hash, got.Name))
	setAttribute(n, "width", strconv.Itoa(got.width))
	setAttribute(n, "height", strconv.Itoa(got.height))
	if attribute(n, "alt") == "" {
		setAttribute(n, "alt", attribute(n, "title"))
	}
	if !slices.Contains(s.r.Files, got.Hash) {
		s.r.Files = append(s.r.Files, got.Hash)
	}
}

// picture asks for a picture and keeps it with the entry.
func (s *shown) picture(ref string) (picture, error) {
	if s.asked == mostShown {
		return picture{}, errors.New("an entry may bring " + strconv.Itoa(mostShown))
	}
	s.asked++
	data, err := s.feed.opts.Picture(ref)
	if err != nil {
		return picture{}, err
	}
	size := 0
	for i := range s.kept {
		size += len(s.kept[i].Data)
	}
	if size+len(data) > mostShownOctets {
		return picture{}, errors.New("the pictures of an entry may have " + strconv.Itoa(mostShownOctets>>20) + " MB together")
	}
	format, width, height, err := measure(data)
	if err != nil {
		return picture{}, err
	}
	file := tidings.File{Hash: tidings.HashOf(data), Name: s.nameAt(ref), MediaType: "image/" + format, Data: data}
	if !slices.ContainsFunc(s.kept, func(k tidings.File) bool { return k.Hash == file.Hash }) {
		s.kept = append(s.kept, file)
	}
	return picture{File: &file, width: width, height: height}, nil
}

// reasonOf is an error without the name of what it is about, which is told beside it.
func reasonOf(err error) string {
	if invalid := (*tidings.InvalidError)(nil); errors.As(err, &invalid) {
		return invalid.Reason
	}
	return err.Error()
}

// nameAt is what a file at an address is called.
func (e *entry) nameAt(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "file"
	}
	name := e.words(html.EscapeString(path.Base(u.Path)))
	if name == "" || name == "/" || name == "." || utf8.RuneCountInString(name) > longestName {
		return u.Host
	}
	return name
}

// longestName is in characters.
const longestName = 150

package ingest

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/tidings/tidings"
)

// moreMark parts a page's summary from the rest.
var moreMark = regexp.MustCompile(`(?i)<!--\s*(more|truncate|excerpt|readmore)\s*-->|\{/\*\s*truncate\s*\*/\}`)

// moreIn is where the mark stands, nil for nowhere. Most texts hold no comment at all.
func moreIn(text string) []int {
	if !strings.Contains(text, "<!--") && !strings.Contains(text, "{/*") {
		return nil
	}
	return moreMark.FindStringIndex(text)
}

// longestLead is in octets: what is longer is a text, not a summary.
const longestLead = 1000

// readBody completes the release with its text and what it shows.
func (pg *page) readBody() {
	r := pg.fields.release
	f := pg.folder
	format := tidings.Markdown
	if ext := strings.ToLower(path.Ext(pg.path)); ext == ".html" || ext == ".htm" {
		format = tidings.HTML
	}
	body := readable(pg.matter.body)
	title, rest, skipped := heading(body)
	if title = pg.plainTitle(title); title != "" && (r.Title == "" || strings.EqualFold(title, r.Title)) {
		body = rest
	} else {
		skipped = 0
	}
	pg.titleFrom(title)
	if at := moreIn(body); at != nil && r.Summary == "" {
		r.Summary = pg.summary(body[:at[0]])
	}
	body = f.degraded(pg, body)
	if strings.TrimSpace(body) == "" {
		body = pg.instead()
	}
	if len(pg.troubles) > 0 {
		return
	}
	rendered, err := f.renderer.render(tidings.Body{Format: format, Source: body}, pg.base(), pg.rewrite)
	if err != nil {
		pg.fail(pg.matter.line+skipped, "body", "%s", strings.TrimPrefix(err.Error(), "body: "))
		return
	}
	r.Body = rendered
	if r.Body.Text == "" && !strings.Contains(r.Body.HTML, "<img") {
		pg.fail(pg.matter.line+skipped, "body", "nothing is left of it once what may not be shown is taken out")
		return
	}
	pg.cover()
	pg.tellUnsaid()
}

// plainTitle is a heading's words.
func (pg *page) plainTitle(heading string) string {
	if heading == "" {
		return ""
	}
	return plain(pg.folder.renderer, pg.folder.degraded(pg, heading))
}

// titleFrom gives a release without a title that of its first heading, else one made of the file's name.
func (pg *page) titleFrom(heading string) {
	r := pg.fields.release
	if r.Title != "" || pg.failed("title") {
		return
	}
	if heading == "" {
		heading = strings.NewReplacer("-", " ", "_", " ").Replace(pg.name)
		if heading != "" {
			heading = strings.ToUpper(heading[:1]) + heading[1:]
		}
		pg.note("the title was made of the file's name")
	}
	title, err := cleanTitle(heading)
	if err != nil {
		pg.fail(pg.matter.value.line, "title", "%v: write title: … in the front matter", err)
	}
	r.Title = title
	if r.Slug == "release" {
		r.Slug = Slug(title)
	}
}

// summary is plain text of a page's beginning, if it is short enough to be one.
func (pg *page) summary(markdown string) string {
	body, err := pg.folder.renderer.Render(tidings.Body{Format: tidings.Markdown, Source: pg.folder.degraded(pg, markdown)}, nil)
	if err != nil || len(body.Text) > longestLead {
		return ""
	}
	return oneLine(body.Text)
}

// instead is the text of a page that has none of its own: its summary, and what it points at.
func (pg *page) instead() string {
	text := pg.fields.release.Summary
	if to := pg.word("sourceurl", "externalurl", "externallink", "link", "source", "canonicalurl", "eventurl", "registrationurl"); strings.HasPrefix(to, "http") {
		text += "\n\n<" + strings.ReplaceAll(to, " ", "%20") + ">"
	}
	if strings.TrimSpace(text) == "" {
		pg.fail(pg.matter.line, "body", "is empty, and there is no summary: write the text behind the front matter")
		return ""
	}
	pg.note("the text is empty: its summary was taken instead")
	return text
}

// base is what the page's references without a host are relative to: where it stood on the old site.
func (pg *page) base() *url.URL {
	if pg.opts.Base == nil || pg.address == "" {
		return pg.opts.Base
	}
	return pg.opts.Base.ResolveReference(&url.URL{Path: pg.address})
}

// rewrite makes the pictures and files of the folder those that are kept here, and leads links between pages on.
func (pg *page) rewrite(tree *html.Node) {
	var all []*html.Node
	for n := range tree.Descendants() {
		if n.DataAtom == atom.A || n.DataAtom == atom.Img {
			all = append(all, n)
		}
	}
	for _, n := range all {
		if n.DataAtom == atom.Img {
			pg.show(n)
		} else {
			pg.lead(n)
		}
	}
}

// show gives an image its kept picture. One that cannot be kept loses its source, and stays as its description.
func (pg *page) show(n *html.Node) {
	ref := attribute(n, "src")
	if ref == "" {
		ref = attribute(n, "data-src")
	}
	if _, own := pg.own(ref); !own {
		if !strings.HasPrefix(ref, "http") && !strings.HasPrefix(ref, "//") {
			setAttribute(n, "src", "")
		}
		pg.note(PictureNotTaken+": %s", short(ref))
		return
	}
	got, err := pg.picture(ref)
	if err != nil {
		setAttribute(n, "src", "")
		pg.note("a picture was left out and its description stands there instead: %v", err)
		return
	}
	pg.place(n, got)
}

// lead turns a link to a page's file to that page, and one to another file of the folder to the copy that is kept. A link to
// what does not come along would lead nowhere: it becomes its words.
func (pg *page) lead(n *html.Node) {
	ref := attribute(n, "href")
	p, own := pg.own(ref)
	if !own {
		return
	}
	if isPage(p) {
		if address := pg.folder.linkTo(pg.path, p+fragmentOf(ref)); address != "" {
			setAttribute(n, "href", address)
		} else if pg.isLocal(ref) {
			pg.unlink(n, short(ref)+" is no release")
		}
		return
	}
	found := pg.find(ref)
	switch {
	case mediaType(p) == "" && found != "":
		pg.unlink(n, found+" is of a kind that does not come along")
	case mediaType(p) == "":
	case found == "" && pg.isLocal(ref):
		pg.unlink(n, short(ref)+" was not found")
	case found != "":
		kept, err := pg.keep(found)
		if err != nil {
			pg.unlink(n, err.Error())
			return
		}
		pg.offer(n, kept)
	}
}

// unlink leaves a link's words alone.
func (pg *page) unlink(n *html.Node, why string) {
	n.Attr = nil
	pg.note("a link became its words: %s", why)
}

func (pg *page) isLocal(ref string) bool { return !strings.Contains(ref, "://") }

func fragmentOf(ref string) string {
	if _, fragment, ok := strings.Cut(ref, "#"); ok {
		return "#" + fragment
	}
	return ""
}

func setAttribute(n *html.Node, key, v string) {
	for i := range n.Attr {
		if n.Attr[i].Key == key && n.Attr[i].Namespace == "" {
			n.Attr[i].Val = v
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: v})
}

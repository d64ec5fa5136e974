package ingest

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

var (
	wholeNumber = regexp.MustCompile(`^[0-9]{1,4}$`)
	languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	moment      = regexp.MustCompile(`^[0-9TZ:.+ -]{4,40}$`)
	alignment   = regexp.MustCompile(`^(left|center|right)$`)
	direction   = regexp.MustCompile(`^(ltr|rtl|auto)$`)
)

// newPolicy allows the text of a release and nothing that acts, styles, frames or asks. It names what may stay;
// everything else goes, with its content where that is no text (script, style).
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "div", "span", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre",
		"ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption", "details", "summary",
		"table", "caption", "colgroup", "thead", "tbody", "tfoot", "tr", "th", "td",
		"em", "strong", "b", "i", "u", "s", "del", "ins", "mark", "small", "sub", "sup", "code", "kbd", "samp", "var",
		"abbr", "cite", "dfn", "q", "time", "ruby", "rt", "rp", "bdi", "bdo", "wbr")
	p.SkipElementsContent("button", "select", "textarea", "svg", "math", "template", "canvas", "audio", "video")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.AllowURLSchemes("https", "http", "mailto")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("cite").OnElements("blockquote", "q", "del", "ins")
	p.AllowAttrs("src").OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("title").OnElements("a", "img", "abbr", "dfn")
	p.AllowAttrs("width", "height").Matching(wholeNumber).OnElements("img")
	p.AllowAttrs("start").Matching(wholeNumber).OnElements("ol")
	p.AllowAttrs("value").Matching(wholeNumber).OnElements("li")
	p.AllowAttrs("colspan", "rowspan").Matching(wholeNumber).OnElements("th", "td")
	p.AllowAttrs("align").Matching(alignment).OnElements("th", "td")
	p.AllowAttrs("datetime").Matching(moment).OnElements("time", "del", "ins")
	p.AllowAttrs("lang").Matching(languageTag).Globally()
	p.AllowAttrs("dir").Matching(direction).Globally()
	return p
}

// tidy makes of any markup what the policy can judge and a page can hold: references with a host, headings below the
// page's own, letters composed (NFC), no image without a source.
func tidy(tree *html.Node, base *url.URL) {
	var pictures []*html.Node
	var outline outline
	for n := range tree.Descendants() {
		switch n.Type {
		case html.TextNode:
			n.Data = norm.NFC.String(readable(n.Data)) // a reference such as &#8; is read by now
		case html.ElementNode:
			if level := headingLevel(n); level > 0 {
				n.DataAtom = headings()[outline.level(level)-1]
				n.Data = n.DataAtom.String()
			}
			tidyNote(n)
			tidyAttributes(n, base)
			if n.DataAtom == atom.Img {
				pictures = append(pictures, n)
			}
		}
	}
	for _, n := range pictures {
		tidyPicture(n, base)
	}
}

// tidyPicture leaves a picture of the site's own host. One that is elsewhere becomes a link, since pages make no request to
// another host; one without a source, or in a link already, becomes its description.
func tidyPicture(n *html.Node, base *url.URL) {
	src := attribute(n, "src")
	u, err := url.Parse(src)
	if err == nil && u.Host != "" && base != nil && u.Host == base.Host {
		setAttribute(n, "alt", attribute(n, "alt"))
		return
	}
	words := strings.TrimSpace(attribute(n, "alt"))
	linked := err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && !isWithin(n, atom.A)
	if linked && words == "" {
		words = path.Base(u.Path)
		if words == "." || words == "/" {
			words = u.Host
		}
	}
	if !linked {
		n.Type, n.Data, n.DataAtom, n.Attr = html.TextNode, words, 0, nil
		return
	}
	n.Data, n.DataAtom, n.Attr = "a", atom.A, []html.Attribute{{Key: "href", Val: src}}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: words})
}

func isWithin(n *html.Node, element atom.Atom) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == element {
			return true
		}
	}
	return false
}

func tidyAttributes(n *html.Node, base *url.URL) {
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "href", "src", "cite":
			a.Val = absolute(readable(a.Val), base)
		case "alt", "title":
			a.Val = norm.NFC.String(readable(a.Val))
		}
	}
}

// absolute resolves a reference that has no scheme of its own. What cannot be resolved comes back as it was: the
// policy takes it out. So it does a fragment, since nothing in a body keeps an id that one could lead to.
func absolute(ref string, base *url.URL) string {
	ref = strings.TrimSpace(ref)
	u, err := url.Parse(ref)
	if err != nil || base == nil || u.IsAbs() || ref == "" || strings.HasPrefix(ref, "#") {
		return ref
	}
	return base.ResolveReference(u).String()
}

// headings by level less one.
func headings() [6]atom.Atom {
	return [...]atom.Atom{atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6}
}

// headingLevel is 1 to 6, or 0 for what is no heading.
func headingLevel(n *html.Node) int {
	for i, h := range headings() {
		if n.DataAtom == h {
			return i + 1
		}
	}
	return 0
}

// outline is the levels, as written, of the headings that the next one stands below.
type outline []int

// level is that of the next heading: below the page's own, and none is left out on the way down. Levels that came from here
// stay as they are.
func (o *outline) level(written int) int {
	above := slices.IndexFunc(*o, func(l int) bool { return l >= written })
	if above >= 0 {
		*o = (*o)[:above]
	}
	*o = append(*o, written)
	return min(len(*o)+1, 6)
}

// footnoteMark is what a link to a footnote says. One in brackets, or a star, runs into no figure.
var footnoteMark = regexp.MustCompile(`^[0-9]{1,3}$`)

// tidyNote puts the mark of a footnote in brackets, since a figure before it would end in it: 2.1 and its footnote 1. The
// mark is known by its link within the page, which a body cannot keep; so the arrow that leads back from the note goes.
func tidyNote(n *html.Node) {
	switch {
	case n.DataAtom == atom.Sup:
		words := strings.TrimSpace(content(n))
		if footnoteMark.MatchString(words) && (leadsToNote(n.Parent) || n.FirstChild != nil && leadsToNote(n.FirstChild)) {
			drain(n)
			n.AppendChild(&html.Node{Type: html.TextNode, Data: "[" + words + "]"})
		}
	case n.DataAtom == atom.A && strings.Contains(attribute(n, "class"), "footnote-backref"):
		drain(n)
		if before := n.PrevSibling; before != nil && before.Type == html.TextNode {
			before.Data = strings.TrimRight(before.Data, "\u00a0 ")
		}
	}
}

// drain takes out what the node holds.
func drain(n *html.Node) {
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
}

// leadsToNote: a link within the page, or one that lost its address already.
func leadsToNote(n *html.Node) bool {
	href := attribute(n, "href")
	return n.DataAtom == atom.A && (href == "" || strings.HasPrefix(href, "#"))
}

// attribute is the value of the node's attribute, or "".
func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

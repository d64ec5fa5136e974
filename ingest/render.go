package ingest

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	renderer "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/tidings/tidings"
)

// Renderer makes a body's HTML and text of its source. It is safe for concurrent use.
type Renderer struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
}

// NewRenderer makes a Renderer for GitHub's Markdown (tables, strikethrough, bare links), footnotes, definitions, and HTML.
func NewRenderer() *Renderer {
	md := goldmark.New(
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.Strikethrough,
			extension.Linkify,
			extension.DefinitionList,
			// The numbers are words here: nothing in a body keeps an id that a link back could lead to.
			extension.NewFootnote(extension.WithFootnoteBacklinkHTML("")),
		),
		// One step ahead of the parsers they wrap, which have 500.
		goldmark.WithParserOptions(parser.WithHeadingAttribute(), parser.WithInlineParsers(
			util.Prioritized(eastAsian{parser.NewEmphasisParser()}, 499),
			util.Prioritized(eastAsian{extension.NewStrikethroughParser()}, 499),
		)),
		// Markup in Markdown passes here; the policy decides what of it stays.
		goldmark.WithRendererOptions(renderer.WithUnsafe()),
	)
	return &Renderer{markdown: md, policy: newPolicy()}
}

// Render completes a body that has a Format and a Source. References without a host are resolved against the base;
// with a nil base they lose their link and keep their words. Rendering the HTML it made changes nothing.
func (r *Renderer) Render(body tidings.Body, base *url.URL) (tidings.Body, error) {
	return r.render(body, base, nil)
}

// render is Render with a look at the markup before it is cleaned: edit may change what its references lead to.
func (r *Renderer) render(body tidings.Body, base *url.URL, edit func(*html.Node)) (tidings.Body, error) {
	markup := body.Source
	switch body.Format {
	case tidings.HTML:
	case tidings.Markdown:
		if err := tooLong(body.Source); err != nil {
			return body, err
		}
		var b bytes.Buffer
		if err := r.markdown.Convert([]byte(body.Source), &b); err != nil {
			return body, tidings.Invalidf("body", "cannot be read as Markdown: %v", err)
		}
		markup = b.String()
	default:
		return body, tidings.Invalidf("body", "the format %q is unknown: write markdown or html", body.Format)
	}
	if edit != nil {
		tree, err := parse(markup)
		if err != nil {
			return body, err
		}
		edit(tree)
		markup = render(tree)
	}
	tree, markup, err := r.clean(markup, base)
	if err != nil {
		return body, err
	}
	body.HTML, body.Text = markup, textOf(tree)
	return body, nil
}

// rounds is how often markup may change under cleaning before it counts as hopeless. What an editor writes settles in
// one or two; only markup built to confuse parsers takes more than three.
const rounds = 8

// clean sanitises the markup until another round changes nothing: then no parser can find in it what the policy
// has not seen.
func (r *Renderer) clean(markup string, base *url.URL) (*html.Node, string, error) {
	for range rounds {
		tree, err := parse(markup)
		if err != nil {
			return nil, "", err
		}
		tidy(tree, base)
		tree, err = parse(r.policy.Sanitize(render(tree)))
		if err != nil {
			return nil, "", err
		}
		next := strings.TrimSpace(render(tree))
		if next == markup {
			return tree, next, nil
		}
		markup = next
	}
	return nil, "", tidings.Invalidf("body", "its HTML is too tangled to be read: check which elements are not closed")
}

// parse reads markup as the content of a page's body, as a browser would. What is left open is closed.
func parse(markup string) (*html.Node, error) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(markup), body)
	if err != nil {
		return nil, tidings.Invalidf("body", "its HTML cannot be read: %v", err)
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	if spread(body) > 2*len(markup)+64<<10 {
		return nil, tidings.Invalidf("body", "its HTML would grow to many times its length: check which elements are not closed")
	}
	return body, nil
}

// spread is about how many octets the tree comes to when it is written. An element such as <b> that is left open is repeated, with
// its attributes, in every paragraph behind it.
func spread(tree *html.Node) (octets int) {
	for n := range tree.Descendants() {
		octets += len(n.Data)
		if n.Type == html.ElementNode {
			octets += len(n.Data) + len("<></>")
		}
		for _, a := range n.Attr {
			octets += len(a.Key) + len(a.Val)
		}
	}
	return octets
}

// render writes the content of the tree's root. Writing to memory cannot fail; a node that HTML cannot express (a
// child of a void element) ends the output there, and the policy sees the rest of it never.
func render(tree *html.Node) string {
	var b strings.Builder
	for n := range tree.ChildNodes() {
		if html.Render(&b, n) != nil {
			break
		}
	}
	return b.String()
}

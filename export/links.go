package export

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// links are the addresses that a document names, as they stand there. Of feeds none are asked: pages link to all that they do.
func links(a *answer) []string {
	kind, _, _ := strings.Cut(a.mediaType(), ";")
	switch {
	case a.isPage():
		return pageLinks(a.body.Bytes())
	case kind == "application/xml" || kind == "text/xml":
		return mapLinks(a.body.Bytes())
	case kind == "text/plain":
		return robotLinks(a.body.String())
	}
	return nil
}

// pageLinks reads href, src, the candidates of srcset, and pictures for where a page is shared.
func pageLinks(page []byte) []string {
	var found []string
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return found
		case html.StartTagToken, html.SelfClosingTagToken:
			found = append(found, tagLinks(tokens.Token())...)
		}
	}
}

func tagLinks(tag html.Token) []string {
	var found []string
	attr := map[string]string{}
	for _, a := range tag.Attr {
		attr[a.Key] = a.Val
	}
	switch tag.Data {
	case "meta":
		if name := attr["property"] + attr["name"]; strings.HasSuffix(name, ":image") {
			found = append(found, attr["content"])
		}
	case "form":
		found = append(found, attr["action"])
	default:
		found = append(found, attr["href"], attr["src"])
		for one := range strings.SplitSeq(attr["srcset"], ",") {
			address, _, _ := strings.Cut(strings.TrimSpace(one), " ")
			found = append(found, address)
		}
	}
	return slices.DeleteFunc(found, func(s string) bool { return s == "" || strings.HasPrefix(s, "#") })
}

// mapLinks reads the addresses of a sitemap.
func mapLinks(doc []byte) []string {
	var found []string
	dec := xml.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := dec.Token()
		if err != nil {
			return found
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "loc" {
			var address string
			if err := dec.DecodeElement(&address, &start); err != nil {
				return found
			}
			found = append(found, strings.TrimSpace(address))
		}
	}
}

// robotLinks reads the sitemaps that robots.txt names.
func robotLinks(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if name, address, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "sitemap") {
			found = append(found, strings.TrimSpace(address))
		}
	}
	return found
}

package ingest

import (
	"mime"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

func (f *fields) attachments(v value) {
	if !f.is(v, aList, "attachments") {
		return
	}
	for _, e := range v.list {
		var a tidings.Attachment
		for _, key := range f.keys(e, "attachments", "name", "url", "type", "size") {
			v := e.table[key]
			text := f.line(v, "attachments."+key)
			switch key {
			case "name":
				a.Name = text
			case "url":
				f.attach(&a, v, text)
			case "type":
				if _, _, err := mime.ParseMediaType(text); err != nil || !strings.Contains(text, "/") {
					f.fail(v.line, "attachments.type", "must be a media type such as application/pdf")
				}
				a.MediaType = text
			case "size":
				size, err := strconv.ParseInt(text, 10, 64)
				if err != nil || size < 0 {
					f.fail(v.line, "attachments.size", "must be a number of octets")
				}
				a.Size = size
			}
		}
		if _, given := e.table["url"]; !given && e.kind == aTable {
			f.fail(e.line, "attachments.url", "is missing")
		}
		if u, err := url.Parse(a.URL); a.Name == "" && a.URL != "" && err == nil {
			a.Name = path.Base(u.Path)
		}
		f.release.Attachments = append(f.release.Attachments, a)
	}
}

func (f *fields) url(v value, text string) string {
	u, err := url.Parse(absolute(text, f.opts.Base))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		f.fail(v.line, "attachments.url", "must be an address that begins with https:// or http://")
		return ""
	}
	return u.String()
}

// attach makes the attachment lead to an address, or be the file beside the document that a path names.
func (f *fields) attach(a *tidings.Attachment, v value, ref string) {
	p, local := companion(ref)
	if !local {
		a.URL = f.url(v, ref)
		return
	}
	kept, err := f.beside.file(p)
	if err != nil {
		f.fail(v.line, "attachments.url", "%v", err)
		return
	}
	f.beside.hold(kept)
	a.Hash, a.Size, a.MediaType = kept.Hash, int64(len(kept.Data)), kept.MediaType
	if a.Name == "" {
		a.Name = kept.Name
	}
}

// cover is a picture beside the document: its path, or a table with its path and alt.
func (f *fields) cover(v value) {
	ref, alt := pictureOf(v)
	p, local := companion(ref)
	if !local {
		f.fail(v.line, "cover", "must be the path of a picture beside the file, or a table with src and alt")
		return
	}
	got, err := f.beside.picture(p)
	if err != nil {
		f.fail(v.line, "cover", "%v", err)
		return
	}
	f.beside.front(got, alt)
}

// isPassedOver: keys of the tools that sites are written for, which say nothing of a release that it cannot do without. None
// is about when it goes public.
func isPassedOver(key string) bool {
	return slices.Contains([]string{
		"tag", "tags", "category", "categories", "keywords", "taxonomies", "layout", "type", "weight", "order", "template", "extra", "params",
		"outputs", "markup", "toc", "math", "image", "images", "thumbnail", "featuredimage", "comments", "sitemap", "menu", "menus", "cascade",
		"permalink", "url", "redirectfrom", "eleventynavigation", "lastmod", "lastmodifiedat",
	}, strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(key)))
}

package feed

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"github.com/tidings/tidings"
)

// rssDocument is RSS 2.0 with four modules: content:encoded for the whole text, Dublin Core for names and languages, Atom for
// links and the date of the last edit, and Media RSS, where there is one, for the picture that stands for a release.
type rssDocument struct {
	feeds.RssFeedXml
	Atom    string      `xml:"xmlns:atom,attr"`
	DC      string      `xml:"xmlns:dc,attr"`
	Media   string      `xml:"xmlns:media,attr,omitempty"`
	Channel *rssChannel `xml:"channel"`
}

// FeedXml hands the whole document to the encoder; the one promoted from gorilla would hand over its own part alone.
func (d *rssDocument) FeedXml() any { return d } //nolint:revive // the name is gorilla's

type rssChannel struct {
	Title plainText `xml:"title"`
	feeds.RssFeed
	Description plainText `xml:"description"`
	Links       []rssLink `xml:"atom:link"`
	Items       []rssItem `xml:"item"`
}

// rssLink is Atom's link in RSS. The RSS Advisory Board recommends rel=self in every feed.
type rssLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type rssItem struct {
	Title plainText `xml:"title"`
	feeds.RssItem
	Description string            `xml:"description,omitempty"`
	Content     *feeds.RssContent `xml:"content:encoded"`      // after the description: some readers show whichever comes last
	Creator     plainText         `xml:"dc:creator,omitempty"` // RSS's own author must be an e-mail address
	Language    string            `xml:"dc:language"`
	Categories  []rssCategory     `xml:"category"`
	Updated     string            `xml:"atom:updated"`
	Media       *rssMedia         `xml:"media:content"`
}

// rssMedia is a picture by Media RSS 1.5.1.
type rssMedia struct {
	URL         string `xml:"url,attr"`
	Type        string `xml:"type,attr,omitempty"`
	Medium      string `xml:"medium,attr"`
	Size        int64  `xml:"fileSize,attr,omitempty"`
	Width       int    `xml:"width,attr,omitempty"`
	Height      int    `xml:"height,attr,omitempty"`
	Description string `xml:"media:description,omitempty"`
}

type rssCategory struct {
	Domain string `xml:"domain,attr"` // tells topics apart: the topic's page
	Label  string `xml:",chardata"`   // readers show it as it stands
}

func newRSS(o *outline) *rssDocument {
	ch := &rssChannel{
		Title:       plainText(o.title),
		Description: plainText(o.title), // required; the title is all there is to say
		RssFeed:     feeds.RssFeed{Link: o.home, Language: o.language, Generator: generator},
		Links: []rssLink{
			{Rel: "self", Type: mediaType(tidings.RSS), Href: o.self(tidings.RSS)},
			{Rel: "alternate", Type: "text/html", Href: o.home},
		},
	}
	for _, f := range tidings.FeedFormats() {
		if f != tidings.RSS {
			ch.Links = append(ch.Links, rssLink{Rel: "alternate", Type: mediaType(f), Href: o.self(f)})
		}
	}
	if len(o.entries) > 0 { // it is optional: an empty feed goes without
		ch.LastBuildDate = o.updated.Format(time.RFC1123Z)
	}
	media := ""
	for i := range o.entries {
		item := newRSSItem(o, &o.entries[i])
		if item.Media != nil {
			media = nsMedia
		}
		ch.Items = append(ch.Items, item)
	}
	return &rssDocument{
		Media:      media,
		RssFeedXml: feeds.RssFeedXml{Version: "2.0", ContentNamespace: "http://purl.org/rss/1.0/modules/content/"},
		Atom:       nsAtom,
		DC:         nsDC,
		Channel:    ch,
	}
}

func newRSSItem(o *outline, e *entry) rssItem {
	item := rssItem{
		Title: plainText(e.title),
		RssItem: feeds.RssItem{
			Link:    e.url,
			Guid:    &feeds.RssGuid{Id: e.id, IsPermaLink: "false"},
			PubDate: e.published.Format(time.RFC1123Z),
		},
		Description: asHTML(e.summary),
		Creator:     plainText(strings.Join(e.authors, ", ")), // one for all: of several, readers show the first or the last
		Language:    e.language,
		Updated:     e.updated.Format(time.RFC3339),
	}
	if content := e.content(); content != "" {
		item.Content = &feeds.RssContent{Content: content}
	}
	for _, t := range e.topics {
		page := o.site.SelectionURL(tidings.Selection{Topic: t.slug})
		item.Categories = append(item.Categories, rssCategory{Domain: page, Label: t.label})
	}
	item.Enclosure = newRSSEnclosure(e)
	if cover := e.cover(); cover != nil {
		item.Media = &rssMedia{
			URL: cover.url, Type: cover.mediaType, Medium: "image", Size: cover.size, Width: cover.width, Height: cover.height,
			Description: cover.alt,
		}
	}
	return item
}

// newRSSEnclosure is the first file that is more than the picture on top, else that picture: many readers take one enclosure
// and drop all when there are more.
func newRSSEnclosure(e *entry) *feeds.RssEnclosure {
	if len(e.attachments) == 0 {
		return nil
	}
	i := max(0, slices.IndexFunc(e.attachments, func(a attachment) bool { return !a.cover }))
	a := &e.attachments[i]
	return &feeds.RssEnclosure{
		Url:    a.url,
		Length: strconv.FormatInt(a.size, 10), // required: 0 where it is unknown
		Type:   cmp.Or(a.mediaType, unknownType),
	}
}

// unknownType stands where a format insists on a media type and nobody knows it (RFC 2046 §4.5.1).
const unknownType = "application/octet-stream"

package feed

import (
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/gorilla/feeds"

	"github.com/tidings/tidings"
)

// jsonDocument is a feed by JSON Feed 1.1.
type jsonDocument struct {
	feeds.JSONFeed
	Items []jsonItem `json:"items"` // required, also when there is none
}

type jsonItem struct {
	feeds.JSONItem
	ContentHTML string           `json:"content_html"` // required, as long as there is no content_text
	Language    string           `json:"language"`
	Attachments []jsonAttachment `json:"attachments,omitempty"`
}

type jsonAttachment struct {
	URL       string `json:"url"`
	MediaType string `json:"mime_type"`
	Title     string `json:"title,omitempty"`
	Size      int64  `json:"size_in_bytes,omitempty"`
}

// ToJSON writes the whole document; the promoted one would write gorilla's part alone. Markup stays legible and short:
// nobody puts a feed into a script element.
func (d *jsonDocument) ToJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func newJSON(o *outline) *jsonDocument {
	doc := &jsonDocument{
		JSONFeed: feeds.JSONFeed{
			Version:     "https://jsonfeed.org/version/1.1",
			Title:       o.title,
			Language:    o.language,
			HomePageUrl: o.home,
			FeedUrl:     o.self(tidings.JSON),
			Authors:     []*feeds.JSONAuthor{{Name: o.author, Url: o.site.URL()}},
		},
		Items: make([]jsonItem, 0, len(o.entries)),
	}
	for i := range o.entries {
		doc.Items = append(doc.Items, newJSONItem(&o.entries[i]))
	}
	return doc
}

func newJSONItem(e *entry) jsonItem {
	item := jsonItem{
		JSONItem: feeds.JSONItem{
			Id:            e.id,
			Url:           e.url,
			Title:         e.title,
			Summary:       e.summary,
			PublishedDate: &e.published,
			ModifiedDate:  &e.updated,
		},
		ContentHTML: e.content(),
		Language:    e.language,
	}
	for _, name := range e.authors {
		item.Authors = append(item.Authors, &feeds.JSONAuthor{Name: name})
	}
	for _, t := range e.topics {
		item.Tags = append(item.Tags, t.label)
	}
	if cover := e.cover(); cover != nil {
		item.Image = cover.url
	}
	for _, a := range e.attachments {
		if a.cover {
			continue
		}
		item.Attachments = append(item.Attachments, jsonAttachment{
			URL: a.url, MediaType: cmp.Or(a.mediaType, unknownType), Title: a.name, Size: a.size,
		})
	}
	return item
}

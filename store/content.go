package store

import (
	"encoding/json"
	"slices"

	"github.com/tidings/tidings"
)

// content is what one revision says, as its columns hold it. Two equal contents are the same text: that is how
// a second import of the same input is known.
type content struct {
	slug, language, title, summary string
	format, source, html, text     string
	topics                         string // JSON
	byHand                         bool
	office                         string
	authors, contact, attachments  string // JSON
	translation                    string
	aliases, files                 string // JSON
}

func contentOf(r *tidings.Release) (content, error) {
	c := content{
		slug: r.Slug, language: r.Language, title: r.Title, summary: r.Summary,
		format: string(r.Body.Format), source: r.Body.Source, html: r.Body.HTML, text: r.Body.Text,
		byHand: r.TopicsByHand, office: r.Office, translation: r.Translation,
	}
	for _, part := range []struct {
		to   *string
		from any
	}{
		{&c.topics, slices.Concat([]string{}, r.Topics)}, // nil and empty are the same: []
		{&c.authors, slices.Concat([]string{}, r.Authors)},
		{&c.contact, r.Contact},
		{&c.attachments, slices.Concat([]tidings.Attachment{}, r.Attachments)},
		{&c.aliases, slices.Concat([]string{}, r.Aliases)},
		{&c.files, slices.Concat([]string{}, r.Files)},
	} {
		text, err := json.Marshal(part.from)
		if err != nil {
			return content{}, err
		}
		*part.to = string(text)
	}
	return c, nil
}

// fill puts the content into a release.
func (c *content) fill(r *tidings.Release) error {
	r.Slug, r.Language, r.Title, r.Summary = c.slug, c.language, c.title, c.summary
	r.Body = tidings.Body{Format: tidings.Format(c.format), Source: c.source, HTML: c.html, Text: c.text}
	r.TopicsByHand, r.Office, r.Translation = c.byHand, c.office, c.translation
	r.Topics, r.Authors, r.Contact, r.Attachments, r.Aliases, r.Files = nil, nil, tidings.Contact{}, nil, nil, nil
	for _, part := range []struct {
		from string
		to   any
	}{
		{c.topics, &r.Topics},
		{c.authors, &r.Authors},
		{c.contact, &r.Contact},
		{c.attachments, &r.Attachments},
		{c.aliases, &r.Aliases},
		{c.files, &r.Files},
	} {
		if part.from == "[]" {
			continue // nil, not an empty slice: as it came in
		}
		if err := json.Unmarshal([]byte(part.from), part.to); err != nil {
			return err
		}
	}
	return nil
}

// contentColumns are the columns of revisions in the order of scanTargets.
const contentColumns = `v.slug, v.language, v.title, v.summary, v.format, v.source, v.html, v.text,
	v.topics, v.by_hand, v.office, v.authors, v.contact, v.attachments, v.translation, v.aliases, v.files`

func (c *content) scanTargets() []any {
	return []any{
		&c.slug, &c.language, &c.title, &c.summary, &c.format, &c.source, &c.html, &c.text,
		&c.topics, &c.byHand, &c.office, &c.authors, &c.contact, &c.attachments,
		&c.translation, &c.aliases, &c.files,
	}
}

func (c *content) values() []any {
	return []any{
		c.slug, c.language, c.title, c.summary, c.format, c.source, c.html, c.text,
		c.topics, c.byHand, c.office, c.authors, c.contact, c.attachments,
		c.translation, c.aliases, c.files,
	}
}

package web

import (
	"cmp"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// The types of schema.org that our pages speak of, as JSON-LD. Fields that are empty are left out.

const schemaOrg = "https://schema.org"

type newsArticle struct {
	Context          string        `json:"@context"`
	Type             string        `json:"@type"`
	ID               string        `json:"@id"`
	URL              string        `json:"url"`
	MainEntityOfPage string        `json:"mainEntityOfPage"`
	Headline         string        `json:"headline"`
	Description      string        `json:"description,omitempty"`
	InLanguage       string        `json:"inLanguage"`
	DatePublished    string        `json:"datePublished"`
	DateModified     string        `json:"dateModified"`
	Image            *imageObject  `json:"image,omitempty"`
	Author           organization  `json:"author"`
	Publisher        organization  `json:"publisher"`
	Correction       *correction   `json:"correction,omitempty"`
	IsPartOf         website       `json:"isPartOf"`
	Encodings        []mediaObject `json:"associatedMedia,omitempty"`
}

type organization struct {
	Type   string        `json:"@type"`
	Name   string        `json:"name"`
	URL    string        `json:"url"`
	Logo   *imageObject  `json:"logo,omitempty"`
	Parent *organization `json:"parentOrganization,omitempty"`
}

type imageObject struct {
	Type   string `json:"@type"`
	URL    string `json:"url"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

type correction struct {
	Type string `json:"@type"`
	Text string `json:"text"`
	Date string `json:"datePublished"`
}

type website struct {
	Type string `json:"@type"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

type mediaObject struct {
	Type     string `json:"@type"`
	Name     string `json:"name"`
	URL      string `json:"contentUrl"`
	Encoding string `json:"encodingFormat,omitempty"`
}

type graph struct {
	Context string `json:"@context"`
	Graph   []any  `json:"@graph"`
}

type collectionPage struct {
	Type       string       `json:"@type"`
	ID         string       `json:"@id"`
	URL        string       `json:"url"`
	InLanguage string       `json:"inLanguage"`
	IsPartOf   website      `json:"isPartOf"`
	Publisher  organization `json:"publisher"`
}

type breadcrumbs struct {
	Type  string     `json:"@type"`
	Items []listItem `json:"itemListElement"`
}

type listItem struct {
	Type     string `json:"@type"`
	Position int    `json:"position"`
	Name     string `json:"name"`
	Item     string `json:"item"`
}

// crumb is a step of the way from the front page to a list.
type crumb struct{ name, url string }

// dataOfRelease is what search engines are told of a release.
func (s *site) dataOfRelease(r *tidings.Release, card templates.Card) newsArticle {
	url := s.Site.ReleaseURL(r.Slug)
	publisher := s.publisher(r.Language)
	a := newsArticle{
		Context: schemaOrg, Type: "NewsArticle", ID: r.URI, URL: url, MainEntityOfPage: url,
		Headline: r.Title, Description: r.Lead(leadLength), InLanguage: r.Language,
		DatePublished: s.stamp(r.Published), DateModified: s.stamp(r.Updated), Author: publisher, Publisher: publisher,
		IsPartOf: s.website(r.Language),
	}
	if r.Office != "" {
		a.Author = organization{
			Type: "Organization", Name: r.Office, URL: s.Site.SelectionURL(tidings.Selection{Office: r.Office}), Parent: &publisher,
		}
	}
	if card.Image != "" {
		a.Image = &imageObject{Type: "ImageObject", URL: card.Image, Width: card.Width, Height: card.Height}
	}
	if r.Note != "" && r.Updated.After(r.Published) {
		a.Correction = &correction{Type: "CorrectionComment", Text: r.Note, Date: a.DateModified}
	}
	for _, one := range r.Attachments {
		if !one.Cover {
			a.Encodings = append(a.Encodings, mediaObject{
				Type: "MediaObject", Name: one.Name, URL: s.Site.AttachmentURL(one), Encoding: one.MediaType,
			})
		}
	}
	return a
}

// dataOfList is what search engines are told of a list: what it belongs to, and the way to it.
func (s *site) dataOfList(p *templates.ListPage, trail []crumb) graph {
	g := graph{Context: schemaOrg, Graph: []any{collectionPage{
		Type: "CollectionPage", ID: p.Canonical, URL: p.Canonical, InLanguage: p.Language,
		IsPartOf: s.website(p.Language), Publisher: s.publisher(p.Language),
	}}}
	if len(trail) > 0 {
		way := breadcrumbs{Type: "BreadcrumbList"}
		for i, c := range append([]crumb{{s.Site.Name(p.Language), s.Site.URL()}}, trail...) {
			way.Items = append(way.Items, listItem{Type: "ListItem", Position: i + 1, Name: c.name, Item: c.url})
		}
		g.Graph = append(g.Graph, way)
	}
	return g
}

func (s *site) publisher(language string) organization {
	o := organization{Type: "Organization", Name: s.Site.Name(language), URL: s.Site.URL()}
	if s.Site.Logo != "" {
		o.Logo = &imageObject{Type: "ImageObject", URL: s.at("/"+strings.TrimPrefix(s.Site.Logo, "/"), "")}
	}
	return o
}

func (s *site) website(language string) website {
	return website{Type: "WebSite", Name: s.Site.Name(language), URL: s.Site.URL()}
}

// stamp is an instant in the site's zone.
func (s *site) stamp(t time.Time) string {
	return t.In(cmp.Or(s.Site.Zone, time.UTC)).Format(time.RFC3339)
}

// cardOf is how a release is shown where it is shared: by its cover, else by the picture that is drawn of it.
func (s *site) cardOf(r *tidings.Release) templates.Card {
	c := templates.Card{Article: true}
	for _, a := range r.Attachments {
		if a.Cover && a.Hash != "" && a.Width > 0 && a.Height > 0 && a.MediaType != "image/svg+xml" {
			c.Image, c.Alt, c.Width, c.Height = s.Site.AttachmentURL(a), cmp.Or(a.Alt, r.Title), a.Width, a.Height
			return c
		}
	}
	if s.Card != nil {
		c.Image, c.Alt = s.Site.CardURL(r), r.Title+" – "+s.Site.Name(r.Language) // what stands in the picture
		c.Width, c.Height = cardWidth, cardHeight
	}
	return c
}

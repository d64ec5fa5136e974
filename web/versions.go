package web

import (
	"strings"

	"github.com/tidings/tidings/templates"
)

// fold leaves one version of each release on a page of a list: the one in the page's language, where there is one, else the
// newest. The others are links beside it. Versions that are far apart in the list stay.
func (s *site) fold(p *templates.ListPage, language string) {
	at := map[string]int{} // by Translation: where the one that stays stands
	p.Versions = map[int64][]templates.AlternateLink{}
	kept := p.Releases[:0]
	for _, r := range p.Releases {
		i, seen := at[r.Translation]
		if r.Translation == "" || !seen {
			at[r.Translation] = len(kept)
			kept = append(kept, r)
			continue
		}
		other := r
		if suits(r.Language, language) && !suits(kept[i].Language, language) {
			kept[i], other = r, kept[i]
			p.Versions[r.ID] = p.Versions[other.ID]
			delete(p.Versions, other.ID)
		}
		p.Versions[kept[i].ID] = append(p.Versions[kept[i].ID], templates.AlternateLink{
			Language: other.Language, Title: shorten(other.Title, maxListedTitle), URL: s.Site.ReleaseURL(other.Slug),
		})
	}
	p.Releases = kept
}

// suits reports whether a text in the one language is for readers of the other: regions do not count.
func suits(text, reader string) bool {
	base, _, _ := strings.Cut(text, "-")
	of, _, _ := strings.Cut(reader, "-")
	return strings.EqualFold(base, of)
}

package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

// releaseBlock is the template, within those of a digest, that shows one release. It is given the MailRelease and nothing else, so that
// what it makes can be kept and put into every digest that has this release.
const releaseBlock = "release"

// DigestFrame is a digest without its releases.
type DigestFrame struct {
	Subject    string
	HTML, Text []Cutting
}

// Cutting is a piece of a frame, and the place of the release that comes after it among all of the mail's; -1: none, it is the last piece.
type Cutting struct {
	Text    string
	Release int
}

// DigestFrame renders both parts of a digest, with gaps where DigestRelease is to come. A template without the block "release" leaves
// no gaps: it shows the releases by itself.
func (s *Set) DigestFrame(m *DigestMail) (DigestFrame, error) {
	lang, v, err := s.digestView(m)
	if err != nil {
		return DigestFrame{}, err
	}
	parts, err := lang.mail("digest", lang.frame, v.Subject, v)
	if err != nil {
		return DigestFrame{}, err
	}
	frame := DigestFrame{Subject: v.Subject}
	if frame.HTML, err = s.marks.cut(parts.HTML, v.releases); err == nil {
		frame.Text, err = s.marks.cut(parts.Text, v.releases)
	}
	return frame, err
}

// DigestRelease renders a release as both parts of a digest show it. A part is empty when its template has no block for it.
func (s *Set) DigestRelease(site *tidings.Site, language string, r MailRelease) (MailParts, error) {
	if err := checkURLs("digest", r.URL, r.Successor); err != nil {
		return MailParts{}, err
	}
	r.Site = site
	digest := s.speaks(language).mails["digest"]
	var html, text bytes.Buffer
	var err error
	if digest.html.Lookup(releaseBlock) != nil {
		err = digest.html.ExecuteTemplate(&html, releaseBlock, r)
	}
	if err == nil && digest.text.Lookup(releaseBlock) != nil {
		err = digest.text.ExecuteTemplate(&text, releaseBlock, r)
	}
	if err != nil {
		return MailParts{}, fmt.Errorf("rendering a release of a digest: %w", err)
	}
	return MailParts{HTML: html.String(), Text: text.String()}, nil
}

// with puts what DigestRelease made of the releases into a frame.
func (f *DigestFrame) with(releases []MailParts) MailParts {
	join := func(cuttings []Cutting, part func(MailParts) string) string {
		var b strings.Builder
		for _, c := range cuttings {
			if b.WriteString(c.Text); c.Release >= 0 {
				b.WriteString(part(releases[c.Release]))
			}
		}
		return b.String()
	}
	return MailParts{
		Subject: f.Subject,
		HTML:    join(f.HTML, func(p MailParts) string { return p.HTML }),
		Text:    join(f.Text, func(p MailParts) string { return p.Text }),
	}
}

// gapMarks stand in a frame where a release comes. They cannot be guessed, so that no text can hold one.
type gapMarks string

// framed gives the templates of a mail with marks in place of the releases.
func (m mailTemplate) framed(g gapMarks) (mailTemplate, error) {
	gap := map[string]any{"gap": g.gap}
	html, err := m.html.Clone()
	if err != nil {
		return mailTemplate{}, err
	}
	text, err := m.text.Clone()
	if err != nil {
		return mailTemplate{}, err
	}
	if _, err := html.New(releaseBlock).Funcs(gap).Parse("{{gap .}}"); err != nil {
		return mailTemplate{}, err
	}
	if _, err := text.New(releaseBlock).Funcs(gap).Parse("{{gap .}}"); err != nil {
		return mailTemplate{}, err
	}
	return mailTemplate{html, text}, nil
}

// gapEnd ends a mark. html/template leaves it alone only where the HTML of a release may stand.
const gapEnd = "<>"

// gap is the mark of a release. A theme of before may have a block of that name for something else.
func (g gapMarks) gap(given any) (template.HTML, error) {
	r, ok := given.(MailRelease)
	if !ok {
		return "", fmt.Errorf("mails/digest: the block %q is given a %T: that name is for what shows one MailRelease; call it otherwise",
			releaseBlock, given)
	}
	return template.HTML(string(g) + strconv.Itoa(r.place) + gapEnd), nil //nolint:gosec // it has no text of others in it
}

// cut cuts a frame at its marks.
func (g gapMarks) cut(text string, releases []*MailRelease) ([]Cutting, error) {
	cuttings := make([]Cutting, 0, len(releases)+1)
	for {
		before, rest, found := strings.Cut(text, string(g))
		if !found {
			return append(cuttings, Cutting{text, -1}), nil
		}
		place, after, _ := strings.Cut(rest, gapEnd)
		n, err := strconv.Atoi(place)
		if err != nil || n < 0 || n >= len(releases) {
			return nil, fmt.Errorf("mails/digest: the block %q stands where no element of HTML may", releaseBlock)
		}
		cuttings, text = append(cuttings, Cutting{before, n}), after
	}
}

// tryDigest sees to it that a digest is the same whole and put together.
func (s *Set) tryDigest(m *DigestMail) error {
	whole, err := s.Digest(m)
	if err != nil {
		return err
	}
	frame, err := s.DigestFrame(m)
	if err != nil {
		return err
	}
	var releases []MailParts
	for _, sec := range m.Sections {
		for _, r := range sec.Releases {
			parts, err := s.DigestRelease(m.Site, m.Language, r)
			if err != nil {
				return err
			}
			releases = append(releases, parts)
		}
	}
	if together := frame.with(releases); together != whole {
		return fmt.Errorf("mails/digest: the block %q says something else alone than within the digest", releaseBlock)
	}
	return nil
}

// placed are copies of the sections whose releases know their mail and their place in it.
func placed(m *DigestMail) (sections []Section, all []*MailRelease) {
	sections = slices.Clone(m.Sections)
	for i := range sections {
		releases := slices.Clone(sections[i].Releases)
		for j := range releases {
			releases[j].Site, releases[j].place = m.Site, len(all)
			all = append(all, &releases[j])
		}
		sections[i].Releases = releases
	}
	return sections, all
}

package ingest

import (
	"mime"
	"net/url"
	"slices"
	"strings"

	ext "github.com/mmcdole/gofeed/extensions"

	"github.com/tidings/tidings"
)

// takeCover makes the entry's picture the one above the text. One that cannot be had stays an attachment that is elsewhere: by
// that it is known not to be asked for again.
func (s *shown) takeCover() {
	ref, alt := s.picturedBy()
	if ref == "" {
		return
	}
	at := slices.IndexFunc(s.r.Attachments, func(a tidings.Attachment) bool { return a.URL == ref })
	put := func(a tidings.Attachment) {
		if at >= 0 {
			s.r.Attachments[at] = a
		} else {
			s.r.Attachments = append(s.r.Attachments, a)
		}
	}
	name := s.nameAt(ref)
	for _, a := range s.stored.Attachments {
		switch {
		case s.known && a.Cover && a.Hash != "" && a.Name == name:
			s.cover = ref
			put(a)
			return
		case s.known && a.URL == ref:
			if at < 0 {
				put(a)
			}
			return
		}
	}
	if !s.fetches() {
		return
	}
	got, err := s.picture(ref)
	if err != nil {
		s.note(PictureNotTaken+": %s: %s", short(ref), reasonOf(err))
		if at < 0 {
			put(tidings.Attachment{Name: name, URL: ref, MediaType: imageType(ref), Alt: alt})
		}
		return
	}
	s.cover = ref
	put(tidings.Attachment{
		Name: got.Name, MediaType: got.MediaType, Size: int64(len(got.Data)), Hash: got.Hash, Alt: alt,
		Width: got.width, Height: got.height, Cover: true,
	})
}

// picturedBy is the address of the picture that the entry names for itself, and its description: of its enclosures the first
// that is one, else of Media RSS, else what JSON Feed calls its image; "" when it names none.
func (s *shown) picturedBy() (ref, alt string) {
	for i := range s.r.Attachments {
		if a := &s.r.Attachments[i]; isPicture(a.MediaType, a.URL) {
			return a.URL, a.Alt
		}
	}
	media := s.Extensions["media"]
	contents := media["content"]
	for _, group := range media["group"] {
		contents = slices.Concat(contents, group.Children["content"])
	}
	for _, c := range contents {
		u := firstURL(s.base, nil, c.Attrs["url"])
		if u == s.base || !isWeb(u) || c.Attrs["medium"] != "image" && !isPicture(c.Attrs["type"], u.Path) ||
			strings.HasSuffix(u.Host, "gravatar.com") { // whoever wrote it
			continue
		}
		return u.String(), s.words(firstValue(c.Children["description"], c.Children["title"]))
	}
	if s.feed.feed.FeedType == "json" && s.Image != nil {
		if u := firstURL(s.base, nil, s.Image.URL); u != s.base && isWeb(u) {
			return u.String(), ""
		}
	}
	return "", ""
}

func firstValue(all ...[]ext.Extension) string {
	for _, some := range all {
		if len(some) > 0 && strings.TrimSpace(some[0].Value) != "" {
			return some[0].Value
		}
	}
	return ""
}

// isPicture goes by the type that is said, else by the name.
func isPicture(mediaType, address string) bool {
	if kind, _, err := mime.ParseMediaType(mediaType); err == nil {
		return strings.HasPrefix(kind, "image/")
	}
	return imageType(address) != ""
}

// imageType is what an address of a picture ends on; "" for what is none by its name.
func imageType(address string) string {
	if u, err := url.Parse(address); err == nil {
		if kind := mediaType(u.Path); strings.HasPrefix(kind, "image/") {
			return kind
		}
	}
	return ""
}

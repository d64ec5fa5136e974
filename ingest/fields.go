package ingest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// fields fills a release from front matter and gathers what is wrong with it.
type fields struct {
	release  *tidings.Release
	opts     Options
	beside   *beside // of a document; nil: of a folder's page, which has its own ways
	id       string
	slug     string // as given
	held     bool   // draft: true
	troubles []*trouble
	faulty   []string // the keys that the troubles are about
}

// matterKeys are the keys of front matter, by what people write; a second name of a key stands for the first.
func matterKeys() map[string]string {
	return map[string]string{
		"title": "title", "published": "published", "date": "published", "updated": "updated", "slug": "slug",
		"language": "language", "lang": "language", "topics": "topics", "summary": "summary", "description": "summary",
		"office": "office", "authors": "authors", "author": "authors", "contact": "contact", "attachments": "attachments",
		"status": "status", "draft": "draft", "note": "note", "id": "id", "source": "id", "translation": "translation",
		"aliases": "aliases", "cover": "cover",
	}
}

// read takes every key of the front matter.
func (f *fields) read(matter value) {
	names := matterKeys()
	given := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(matter.table)) {
		v := matter.table[key]
		name, ok := names[key]
		switch {
		case !ok && isPassedOver(key):
		case !ok:
			f.fail(v.line, key, "is no key of a release%s", tidings.DidYouMean(key, slices.Sorted(maps.Keys(names))))
		case given[name] != "":
			f.fail(v.line, key, "says the same as %s: delete one of them", given[name])
		default:
			given[name] = key
			f.take(name, v)
		}
	}
	r := f.release
	if !r.Updated.IsZero() && r.Updated.Before(r.Published) {
		f.fail(matter.table["updated"].line, "updated", "is before published")
	}
	if status, given := matter.table["status"]; f.held && given && r.Status != tidings.Draft && !f.failed("status") {
		f.fail(status.line, "status", "is %s, but draft says true: delete one of them", r.Status)
	}
	if f.held {
		r.Status = tidings.Draft
	}
	if r.Status == tidings.Scheduled && r.Published.IsZero() && !f.failed("published") {
		f.fail(matter.table["status"].line, "status", "is scheduled, but there is no published to say when")
	}
}

func (f *fields) take(name string, v value) {
	r := f.release
	switch name {
	case "title":
		f.title(v)
	case "published":
		r.Published = f.time(v, name)
	case "updated":
		r.Updated = f.time(v, name)
	case "slug":
		f.slug = f.line(v, name)
		if r.Slug = f.slug; r.Slug != "" && Slug(r.Slug) != r.Slug {
			f.fail(v.line, name, "must be lower-case words with hyphens between: write %s", Slug(r.Slug))
		}
	case "language":
		if r.Language = f.line(v, name); !languageTag.MatchString(r.Language) {
			f.fail(v.line, name, "must be a language tag, such as en, ko or pt-BR")
		}
	case "topics":
		r.Topics, r.TopicsByHand = f.lines(v, name), true
	case "summary":
		r.Summary = composed(f.line(v, name))
	case "office":
		r.Office = f.line(v, name)
	case "authors":
		r.Authors = f.lines(v, name)
	case "contact":
		f.contact(v)
	case "attachments":
		f.attachments(v)
	case "status":
		f.status(v)
	case "draft":
		f.draft(v)
	case "note":
		r.Note = f.line(v, name)
	case "id":
		f.id = f.line(v, name)
	case "translation":
		r.Translation = f.line(v, name)
	case "aliases":
		r.Aliases = f.lines(v, name)
	case "cover":
		f.cover(v)
	}
}

func (f *fields) title(v value) {
	if f.is(v, aScalar, "title") {
		title, err := cleanTitle(v.text)
		if err != nil {
			f.fail(v.line, "title", "%v", err)
		}
		f.release.Title = title
	}
}

func (f *fields) status(v value) {
	switch s := tidings.Status(f.line(v, "status")); s {
	case tidings.Draft, tidings.Scheduled, tidings.Published:
		f.release.Status = s
	case tidings.Withdrawn:
		f.fail(v.line, "status", "cannot be withdrawn here: run tidings withdraw, which keeps the reason")
	default:
		f.fail(v.line, "status", "must be draft, scheduled or published")
	}
}

func (f *fields) draft(v value) {
	draft, err := strconv.ParseBool(f.line(v, "draft"))
	if err != nil {
		f.fail(v.line, "draft", "must be true or false")
	}
	f.held = draft
}

func (f *fields) contact(v value) {
	for _, key := range f.keys(v, "contact", "name", "email", "phone") {
		e := v.table[key]
		text := f.line(e, "contact."+key)
		switch key {
		case "name":
			f.release.Contact.Name = text
		case "phone":
			f.release.Contact.Phone = text
		case "email":
			if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
				f.fail(e.line, "contact.email", "must be an address such as press@example.org, without a name")
			}
			f.release.Contact.Email = text
		}
	}
}

// time reads an instant; what names no zone is of the options' zone, what names no time is its midnight.
func (f *fields) time(v value, key string) time.Time {
	text := f.line(v, key)
	layouts := []string{
		time.RFC3339, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04",
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, text, f.opts.zone()); err == nil {
			return t
		}
	}
	f.fail(v.line, key, "%q is no time that there is: write 2025-03-17, 2025-03-17 09:00 or 2025-03-17T09:00:00+09:00", text)
	return time.Time{}
}

// line is a scalar as one line of text.
func (f *fields) line(v value, key string) string {
	if !f.is(v, aScalar, key) {
		return ""
	}
	s := strings.Join(strings.Fields(v.text), " ")
	if strings.ContainsFunc(s, isNoText) {
		f.fail(v.line, key, "holds a control character: delete it")
	}
	return s
}

// lines is a list of scalars, or one scalar as a list of one; an empty one is none.
func (f *fields) lines(v value, key string) []string {
	if v.kind == aScalar {
		v = value{line: v.line, kind: aList, list: []value{v}}
	}
	var out []string
	if f.is(v, aList, key) {
		for _, e := range v.list {
			if s := f.line(e, key); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// keys are those of a table that are among the allowed; the key "" is the whole file.
func (f *fields) keys(v value, key string, allowed ...string) []string {
	if !f.is(v, aTable, key) {
		return nil
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(v.table)) {
		if slices.Contains(allowed, k) {
			out = append(out, k)
			continue
		}
		f.fail(v.table[k].line, strings.TrimPrefix(key+"."+k, "."), "is no key of %s%s",
			cmp.Or(key, "this file"), tidings.DidYouMean(k, allowed))
	}
	return out
}

func (f *fields) is(v value, kind valueKind, key string) bool {
	if v.kind != kind {
		f.fail(v.line, key, "must be %s, not %s", kind, v.kind)
	}
	return v.kind == kind
}

func (f *fields) fail(line int, key, format string, args ...any) {
	f.faulty = append(f.faulty, key)
	f.troubles = append(f.troubles, &trouble{line: line, reason: key + ": " + fmt.Sprintf(format, args...)})
}

func (f *fields) failed(key string) bool { return slices.Contains(f.faulty, key) }

// err is all troubles, in the order of their lines.
func (f *fields) err() error {
	slices.SortStableFunc(f.troubles, func(a, b *trouble) int { return a.line - b.line })
	all := make([]error, len(f.troubles))
	for i, t := range f.troubles {
		all[i] = t
	}
	return errors.Join(all...)
}

// IsTopicSlug says whether a topic may be so named in URLs and filters: lower-case letters and digits, hyphens between.
func IsTopicSlug(s string) bool { return topicSlug.MatchString(s) }

var topicSlug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

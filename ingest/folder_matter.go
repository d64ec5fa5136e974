package ingest

import (
	"html"
	"maps"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/tidings/tidings"
)

// readMatter fills the release from the front matter, as leniently as the tools do: what cannot be used is noted and left
// out. It settles whether the page is a release at all.
func (pg *page) readMatter() {
	if pg.skip = pg.elsewhere(); pg.skip != "" {
		return
	}
	r := pg.fields.release
	pg.status()
	if !pg.dates() {
		return
	}
	pg.language()
	pg.title()
	r.Summary = pg.prose("description", "summary", "excerpt", "deck", "subtitle", "lead", "intro", "teaser", "abstract", "dek", "tagline")
	r.Office = pg.word("office", "department", "organisation", "organization", "agency", "ministry", "division", "bureau")
	r.Authors = pg.authors()
	pg.contact()
	pg.topics()
	pg.names()
}

// elsewhere is why a page is none of its own; "" for one that is.
func (pg *page) elsewhere() string {
	if to, found := pg.first("redirectto", "redirect", "redirecturl"); found && strings.TrimSpace(pg.matter.body) == "" {
		return "leads elsewhere: " + oneLine(firstText(to))
	}
	if v, found := pg.first("headless"); found && truth(v) == "yes" {
		return "a part of other pages (headless)"
	}
	build, _ := pg.first("build")
	if render := flatKeys(build)["render"].text; render == "never" || render == "false" {
		return "a part of other pages (never rendered)"
	}
	return ""
}

// status: draft: true, published: false and the folder of drafts hold a release back.
func (pg *page) status() {
	draft, _ := pg.first("draft", "isdraft")
	published, _ := pg.first("published", "publish")
	hidden := truth(draft) == "yes" || truth(published) == "no" || strings.Contains("/"+pg.path, "/_drafts/")
	if truth(draft) == "" && !draft.empty() {
		pg.note("neither true nor false, and taken as a draft: draft %q", oneLine(draft.text))
		hidden = true
	}
	switch status := strings.ToLower(pg.word("status", "poststatus")); status {
	case "", "published", "publish", "public", "live", "active", "scheduled", "final":
	case "draft", "private", "pending", "hidden", "unpublished", "inprogress", "review":
		hidden = true
	default:
		pg.note("a status is none of a release and was left out: %q", status)
	}
	if hidden {
		pg.fields.release.Status = tidings.Draft
	}
}

// truth reads the yes and no of YAML 1.1, quoted or not; "" for what is neither.
func truth(v value) string {
	switch strings.ToLower(strings.TrimSpace(v.text)) {
	case "true", "yes", "on", "y", "1":
		return "yes"
	case "false", "no", "off", "n", "0":
		return "no"
	}
	return ""
}

// dates finds when the release is of, and says whether it is one: a page that no day belongs to is none, unless a draft.
func (pg *page) dates() bool {
	r := pg.fields.release
	keys := []string{"date", "published", "publishdate", "pubdate", "publishedat", "publishedon", "datepublished", "publicationdate", "releasedate", "postdate", "created", "createdat", "createdon", "datecreated", "posted"}
	for _, key := range keys {
		v, found := pg.first(key)
		if !found || truth(v) != "" || v.kind != aScalar || isKeyword(v.text) {
			continue
		}
		t, err := readDate(v.text, pg.opts.zone())
		if err != nil {
			pg.fail(v.line, key, "%v", err)
			return true
		}
		if r.Published.IsZero() || key == "publishdate" && t.After(r.Published) {
			r.Published = t // Hugo: a publishDate holds back what its date would show
		}
	}
	if r.Published.IsZero() {
		date := pg.ownDate
		if date == "" {
			date = pathDate(pg.word("path", "permalink", "url"))
		}
		if t, err := readDate(date, pg.opts.zone()); err == nil {
			r.Published = t
		}
	}
	if r.Published.IsZero() && r.Status != tidings.Draft {
		pg.skip = "without a date: a page, not a release"
		return false
	}
	if v, found := pg.first("expirydate", "expires", "unpublishdate", "expiry"); found {
		pg.note("an end is not heeded, since a release stays until it is withdrawn: %s", oneLine(v.text))
	}
	pg.updated()
	return true
}

// isKeyword: what Eleventy computes a date from, and templates that a tool would have filled.
func isKeyword(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "last modified") || text == "created" || strings.Contains(text, "git created") || strings.Contains(text, "{{")
}

func (pg *page) updated() {
	r := pg.fields.release
	v, found := pg.first("lastmod", "updated", "lastmodifiedat", "lastmodified", "modified", "modifiedat", "updatedat", "lastupdated", "datemodified", "updatedate", "lastupdate")
	if !found || truth(v) != "" || v.kind != aScalar || isKeyword(v.text) {
		return
	}
	t, err := readDate(v.text, pg.opts.zone())
	switch {
	case err != nil:
		pg.note("the date of the last change was left out: %v", err)
	case t.Before(r.Published):
		// Noon of the same day is no earlier than its midnight was meant to be.
	default:
		r.Updated = t
	}
}

// language: by key, else by folder or name, else the site's own.
func (pg *page) language() {
	r := pg.fields.release
	if said := pg.word("lang", "language", "locale"); said != "" {
		if tag := canonicalTag(said); tag != "" {
			r.Language = tag
		} else {
			pg.note("a language is no language tag and was left out: %q", said)
		}
	}
	if r.Language == "" {
		r.Language = pg.folder.tongues.standard
	}
	r.Translation = "site:" + pg.neutral
	if key := pg.word("translationkey", "translationid", "langref", "ref", "translationof"); key != "" {
		r.Translation = "site:key:" + key
	}
}

func (pg *page) title() {
	v, found := pg.first("title", "headline")
	if !found || v.kind != aScalar {
		return // the body may begin with one
	}
	title, err := cleanTitle(unescaped(v.text))
	if err != nil {
		pg.fail(v.line, "title", "%v", err)
	}
	pg.fields.release.Title = title
}

// unescaped reads the references that stand in front matter which came out of HTML: "Data &#43; Innovation".
func unescaped(s string) string {
	if strings.Contains(s, "&") && strings.Contains(s, ";") {
		return html.UnescapeString(s)
	}
	return s
}

// prose is plain text of the first key that has any: summaries hold Markdown and tags here and there.
func (pg *page) prose(keys ...string) string {
	v, found := pg.first(keys...)
	if !found || v.kind != aScalar {
		return ""
	}
	text := pg.folder.degraded(pg, v.text)
	body, err := pg.folder.renderer.Render(tidings.Body{Format: tidings.Markdown, Source: strings.TrimSpace(text)}, nil)
	if err != nil {
		return oneLine(v.text)
	}
	return oneLine(body.Text)
}

func (pg *page) contact() {
	v, found := pg.first("contact", "presscontact", "mediacontact")
	if !found {
		return
	}
	c := &pg.fields.release.Contact
	if v.kind == aScalar {
		c.Name = oneLine(v.text)
		return
	}
	keys := flatKeys(v)
	c.Name, c.Phone = oneLine(keys["name"].text), oneLine(keys["phone"].text)
	if a, err := mail.ParseAddress(keys["email"].text); err == nil {
		c.Email = a.Address
	}
}

// names gives the release its slug, its source and the old paths that lead to it.
func (pg *page) names() {
	r := pg.fields.release
	r.Source = "site:" + pg.path
	name := pg.name
	if slug := pg.word("slug"); slug != "" {
		name = slug[strings.LastIndexByte(strings.Trim(slug, "/"), '/')+1:]
	}
	if _, err := strconv.Atoi(name); err == nil || slugify(name) == "" || name == "index" {
		name = r.Title
	}
	if r.Slug = Slug(name); r.Language != pg.folder.tongues.standard && pg.folder.survey.shared[pg.neutral] > 1 {
		r.Slug += "-" + strings.ToLower(r.Language)
	}
	pg.address = pg.folder.addressOf(pg)
	r.Aliases = pg.oldPaths()
}

// tellUnknown names the keys that nothing here asks for, each once in a whole folder.
func (pg *page) tellUnknown() {
	var unknown []string
	for _, key := range slices.Sorted(maps.Keys(pg.matter.table)) {
		flat := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(key))
		if !pg.asked[flat] && !pg.folder.told[flat] && !isOfTheTool(flat) && len(pg.folder.told) < mostTold {
			pg.folder.told[flat] = true
			unknown = append(unknown, short(oneLine(key)))
		}
	}
	if len(unknown) > 0 {
		pg.note("left out of the front matter, here and in every other file: %s", strings.Join(unknown, ", "))
	}
}

const mostTold = 500

// isOfTheTool: keys that steer a tool and say nothing to a reader.
func isOfTheTool(key string) bool {
	switch key {
	case "layout", "type", "weight", "order", "template", "extra", "params", "build", "outputs", "markup", "toc", "draft", "math",
		"cover", "images", "image", "thumbnail", "featuredimage", "id", "comments", "sitemap", "menu", "menus", "cascade", "taxonomies":
		return true
	}
	return false
}

// firstText is a scalar's text or that of a list's first value.
func firstText(v value) string {
	if v.kind == aList && len(v.list) > 0 {
		return firstText(v.list[0])
	}
	return v.text
}

// texts are a scalar or the scalars of a list.
func texts(v value) []string {
	if v.kind == aScalar {
		v.list = []value{v}
	}
	var out []string
	for _, e := range v.list {
		if s := oneLine(e.text); e.kind == aScalar && s != "" {
			out = append(out, s)
		}
	}
	return out
}

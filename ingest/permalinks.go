package ingest

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// categories are those of Jekyll: the folders above _posts, then those of the front matter.
func (pg *page) categories() []string {
	above, _, _ := strings.Cut("/"+pg.path, "/_posts/")
	above = strings.Trim(strings.TrimPrefix(strings.TrimPrefix(above, "/"), pg.folder.tool.root), "/")
	var out []string
	for _, one := range strings.Split(above, "/") {
		if one != "" && strings.Contains(pg.path, "_posts/") {
			out = append(out, one)
		}
	}
	v, found := pg.first("categories", "category")
	words := texts(v)
	if found && v.kind == aScalar && !strings.Contains(v.text, ",") {
		words = strings.Fields(v.text)
	}
	for _, w := range words {
		if w = slugify(w); !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// filled puts what the page is into the words of a pattern: ":year/:month/:title/".
func (pg *page) filled(pattern string) string {
	day := pg.localDay()
	if said, err := readDate(pg.ownDate, time.UTC); err == nil && pg.word("date") == "" {
		day = said
	}
	section, name := pg.folder.place(pg)
	top, _, _ := strings.Cut(section, "/")
	title := name
	if pg.folder.tool.dialect == hugo {
		title = slugify(pg.fields.release.Title)
	}
	number := func(format string, n int) string { return fmt.Sprintf(format, n) }
	// Longer words go before those that begin like them.
	address := strings.NewReplacer(
		":categories", strings.Join(pg.categories(), "/"), ":output_ext", ".html", ":path", path.Join(section, name),
		":year", number("%04d", day.Year()), ":short_year", number("%02d", day.Year()%100), ":i_month", number("%d", int(day.Month())),
		":monthname", strings.ToLower(day.Month().String()), ":month", number("%02d", int(day.Month())),
		":i_day", number("%d", day.Day()), ":yearday", number("%d", day.YearDay()), ":y_day", number("%03d", day.YearDay()),
		":day", number("%02d", day.Day()), ":hour", number("%02d", day.Hour()), ":minute", number("%02d", day.Minute()), ":second", number("%02d", day.Second()),
		":sections[1:]", strings.TrimPrefix(strings.TrimPrefix(section, top), "/"),
		":sections", section, ":section", top, ":slugorfilename", name, ":slugorcontentbasename", name,
		":slug", name, ":title", title, ":filename", name, ":contentbasename", name, ":name", name, ":collection", strings.TrimPrefix(top, "_"),
	).Replace(pattern)
	return path.Join("/", address) + slashOf(pattern)
}

// localDay is the release's date as the tool reads it: in the zone that the date names, of Jekyll in that of its site.
func (pg *page) localDay() time.Time {
	day := pg.fields.release.Published
	if t := &pg.folder.tool; t.dialect == jekyll && day.Location() != pg.opts.zone() {
		return day.In(t.zone)
	}
	return day
}

// jekyllStyle is the pattern behind the names that Jekyll has for some.
func jekyllStyle(style string) string {
	switch style {
	case "", "date":
		return "/:categories/:year/:month/:day/:title.html"
	case "pretty":
		return "/:categories/:year/:month/:day/:title/"
	case "ordinal":
		return "/:categories/:year/:y_day/:title.html"
	case "none":
		return "/:categories/:title.html"
	}
	return style
}

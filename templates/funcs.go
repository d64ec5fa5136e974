package templates

import (
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/tidings/tidings"
)

// funcsOf is what templates may call besides the built-in functions.
func funcsOf(w *words, a *assets) map[string]any {
	return map[string]any{
		// Words.
		"t": w.text, "n": w.plural, "lang": func() string { return w.tag },
		"date": w.date, "dateTime": w.dateTime, "cadence": w.cadence, "digest": w.digest,
		"section": w.section, "title": w.title, "list": w.list, "topic": w.topic, "languageName": languageName,
		"chosen": w.chosen, "until": w.until,
		"about": w.about, "tongue": tongue, "inHangul": inHangul,
		"year": w.year, "month": w.month, "monthName": w.monthName, "number": w.number,
		"topicName": func(t *tidings.Topic) string { return line(t.Name(w.tag)) },
		"siteName":  func(site *tidings.Site) string { return line(site.Name(w.tag)) },
		"postal":    func(site *tidings.Site) string { return line(site.PostalAddress(w.tag)) },
		"footer":    func(site *tidings.Site) string { return line(site.FooterLine(w.tag)) },
		"at":        w.at, "done": w.done, "dayIn": w.dayIn, "momentIn": w.momentIn, "pastTitle": w.pastTitle, "deliveryState": w.deliveryState,
		// Text.
		"line": line, "fold": fold, "cut": cut, "indent": indent, "underline": underline,
		"wrap":    func(s string) string { return wrap(s, textWidth) },
		"lead":    lead,
		"size":    size,
		"settled": settled,
		"stamp":   func(site *tidings.Site, t time.Time) string { return t.In(zone(site)).Format(time.RFC3339) },
		"day":     func(site *tidings.Site, t time.Time) string { return t.In(zone(site)).Format(time.DateOnly) },
		// Places.
		"asset": func(site *tidings.Site, path string) string {
			return strings.TrimSuffix(site.Base.EscapedPath(), "/") + path
		},
		"css":         func() string { return a.cssPath },
		"formsCSS":    func() string { return a.formsPath },
		"personalCSS": func() string { return a.personalPath },
		"joinJS":      func() string { return a.joinPath },
		"workJS":      func() string { return a.workPath },
		"icon":        func() string { return a.icon },
		"logo":        func() *logo { return a.logo },
		"all":         func() tidings.Selection { return tidings.Selection{} },
		"topicSelection": func(slug string) tidings.Selection {
			return tidings.Selection{Topic: slug}
		},
		"languageSelection": func(tag string) tidings.Selection { return tidings.Selection{Language: tag} },
		"officeSelection":   func(name string) tidings.Selection { return tidings.Selection{Office: name} },
		"home":              w.home,
		"searchURL":         func(site *tidings.Site) string { return SearchURL(site, w.home(site).Language, "") },
		"subscribeURL": func(site *tidings.Site, sel tidings.Selection) string {
			return site.SubscribeURL(sel, w.home(site).Language)
		},
		"languages":  w.languageLinks,
		"topicLinks": w.topicLinks,
		"slugs":      slugs,
		"local":      local,
		"formats":    tidings.FeedFormats,
		"feeds":      feedsOf,
		"tel":        tel,
		"typed":      typed,
		// Joining.
		"noticeText": w.notice, "faultText": w.faultText, "howOften": w.howOften, "zoneOptions": w.zoneOptions,
		"hourOptions": w.hourOptions, "hourName": hourName, "zoneName": w.zoneName, "wishOf": w.wishOf, "gistOf": w.gistOf,
		"strangersWish": w.strangersWish, "hasTyped": hasTyped, "lines": lines,
		// Releases.
		"prose": w.prose, "cover": cover, "enclosed": enclosed, "others": others, "openGraphLocale": openGraphLocale,
	}
}

// languageName is a language's name in itself: "한국어".
func languageName(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return line(tag)
	}
	if name := display.Self.Name(t); name != "" {
		return name
	}
	return line(tag)
}

// tongue is a lang attribute's value. What is no language tag becomes empty, which says that the language is unknown.
func tongue(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return ""
	}
	return t.String()
}

// lead is what introduces a release in a list of them.
func lead(r *tidings.Release) string { return line(r.Lead(leadLength)) }

// leadLength is how many characters of a text introduce a release that has no summary.
const leadLength = 280

// size is a file's size for people, in decimal units.
func size(octets int64) string {
	n, unit := float64(octets), "B"
	for _, next := range []string{"kB", "MB", "GB"} {
		if n < 1000 {
			break
		}
		n, unit = n/1000, next
	}
	if unit == "B" || n >= 10 {
		return fmt.Sprintf("%.0f %s", n, unit)
	}
	return fmt.Sprintf("%.1f %s", n, unit)
}

// tel is the tel: URL of a phone number (RFC 3966), or empty where there is no global number in it.
func tel(phone string) template.URL {
	if !strings.HasPrefix(phone, "+") {
		return ""
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, phone)
	return template.URL("tel:+" + url.PathEscape(digits)) //nolint:gosec // digits alone
}

// typed is a type attribute. html/template would write the + of a media type as a reference, which is the same to a
// parser but not to the many programs that look for feeds without one.
func typed(mediaType string) template.HTMLAttr {
	return template.HTMLAttr(`type="` + html.EscapeString(line(mediaType)) + `"`) //nolint:gosec // escaped
}

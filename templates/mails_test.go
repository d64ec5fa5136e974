package templates

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/tidings/tidings"
)

// listed are the URLs of a digest's releases in its order, and of the rest.
func listed(m *DigestMail) []string {
	var urls []string
	_, all := placed(m)
	for _, r := range all {
		urls = append(urls, r.URL)
		if r.Successor != "" {
			urls = append(urls, r.Successor)
		}
	}
	if m.More > 0 {
		urls = append(urls, m.MoreURL)
	}
	if m.ManageURL != "" {
		urls = append(urls, m.ManageURL)
	}
	return append(urls, m.LeaveURL)
}

// aloneURL is a line that a text part may have longer than others.
var aloneURL = regexp.MustCompile(`^ *https?://\S+$`)

func linesOf(text string) []string { return strings.Split(text, "\n") }

// checkParts sees to all that a mail must be whatever is put into it.
func checkParts(t *testing.T, m *DigestMail, p MailParts) {
	t.Helper()
	checkLinks(t, listed(m), p)
	all := nodes(t, []byte(p.HTML))
	if got, want := len(named(all, "h3")), m.count()-m.More; got != want {
		t.Errorf("%d headings for %d releases", got, want)
	}
	for _, h := range named(all, "h3") {
		if link := h.FirstChild; link == nil || !slices.ContainsFunc(slices.Collect(h.ChildNodes()), isLink) {
			t.Errorf("a heading without a link: %q", text(h))
		}
	}
}

// checkLinks sees to all that a mail with these links must be, digest or letter.
func checkLinks(t *testing.T, want []string, p MailParts) {
	t.Helper()
	var inText []string
	for _, l := range linesOf(p.Text) {
		isURL := slices.Contains(want, l)
		if isURL {
			inText = append(inText, l)
		}
		if !isURL && columns(l) > textWidth && !aloneURL.MatchString(l) {
			t.Errorf("a line of %d columns: %q", columns(l), l)
		}
	}
	if !slices.Equal(inText, want) {
		t.Errorf("the text part lists %q, not %q", inText, want)
	}
	if n := strings.Count(p.Text, "\n-- \n"); n != 1 {
		t.Errorf("%d footers", n)
	}
	all := nodes(t, []byte(p.HTML))
	sound(t, all)
	var inHTML []string
	for _, n := range named(all, "a") {
		inHTML = append(inHTML, attr(n, "href"))
	}
	if !slices.Equal(inHTML, want) {
		t.Errorf("the HTML part lists %q, not %q", inHTML, want)
	}
	checkMarkup(t, p.HTML, all)
	checkOneLiners(t, p, all)
}

func isLink(n *html.Node) bool { return n.Data == "a" && attr(n, "href") != "" }

// checkMarkup: email.md's rules for HTML in mails.
func checkMarkup(t *testing.T, source string, all []*html.Node) {
	t.Helper()
	for _, n := range all {
		switch n.Data {
		case "script", "form", "link", "img", "iframe", "input", "svg", "video":
			t.Errorf("there is a <%s>", n.Data)
		case "table":
			if attr(n, "role") != "presentation" {
				t.Error("a table without role=presentation")
			}
		}
	}
	if styles := named(all, "style"); len(styles) != 1 || len(text(styles[0])) > 16_000 {
		t.Error("not one small <style>")
	}
	for _, l := range linesOf(source) {
		if len(l) >= 900 && strings.Contains(l, " ") { // a word without end stays whole
			t.Errorf("a line of %d octets: %.80q…", len(l), l)
		}
	}
	if strings.ContainsFunc(source, forbidden) {
		t.Error("a control character in the HTML part")
	}
}

func forbidden(r rune) bool {
	return r != '\n' && unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

func checkOneLiners(t *testing.T, p MailParts, all []*html.Node) {
	t.Helper()
	if n := utf8.RuneCountInString(p.Subject); n == 0 || n > 200 || !utf8.ValidString(p.Subject) {
		t.Errorf("a subject of %d characters: %q", n, p.Subject)
	}
	if strings.ContainsRune(p.Subject, '\n') || strings.ContainsFunc(p.Subject, forbidden) {
		t.Errorf("the subject has control characters: %q", p.Subject)
	}
	preheader := text(named(all, "div")[0])
	if n := columns(preheader); n < 30 || n > 150 {
		t.Errorf("a preheader of %d columns: %q", n, preheader)
	}
	if strings.ContainsFunc(p.Text, forbidden) || !utf8.ValidString(p.Text) {
		t.Error("a control character in the text part")
	}
}

func TestBothPartsListTheSameReleasesInTheSameOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, lang := range s.Languages() {
		for _, m := range []*DigestMail{weekly(t, lang), single(t, lang), changes(t, lang, false), changes(t, lang, true)} {
			p, err := s.Digest(m)
			if err != nil {
				t.Fatal(err)
			}
			checkParts(t, m, p)
		}
	}
}

func TestWhatIsPersonalStandsOnLinesOfItsOwn(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, lang := range s.Languages() {
		m := weekly(t, lang)
		p, err := s.Digest(m)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range append(linesOf(p.HTML), linesOf(p.Text)...) {
			switch {
			case strings.Contains(l, m.LeaveURL):
				if l != m.LeaveURL && l != `<a href="`+m.LeaveURL+`"` {
					t.Errorf("more than the unsubscribe link in %q", l)
				}
			case strings.Contains(l, m.ManageURL):
				if l != m.ManageURL && l != `<a href="`+m.ManageURL+`"` {
					t.Errorf("more than the link to the own page in %q", l)
				}
			case strings.Contains(l, m.Address):
				if l != m.Address {
					t.Errorf("more than the address in %q", l)
				}
			}
		}
		for part, body := range map[string]string{"text": p.Text, "HTML": p.HTML} {
			if strings.Count(body, m.LeaveURL) != 1 || strings.Count(body, m.ManageURL) != 1 || strings.Count(body, m.Address) != 1 {
				t.Errorf("%s: the unsubscribe link, that to the own page or the address is not there once", part)
			}
		}
	}
}

func TestSubjectSaysWhatIsInTheMail(t *testing.T) {
	t.Parallel()
	s := open(t)
	one := []Section{{Releases: []MailRelease{{Title: "Energy Commission meets", URL: "https://a.example/1"}}}}
	two := []Section{one[0], {Topic: "Trade", Releases: []MailRelease{{Title: "Talks", URL: "https://a.example/2"}}}}
	long := []Section{{Releases: []MailRelease{{Title: strings.Repeat("아주 긴 제목 ", 60), URL: "https://a.example/1"}}}}
	corrected := []Section{{Changes: true, Releases: []MailRelease{
		{Kind: tidings.CorrectedEntry, Title: "Exports in May", URL: "https://a.example/3"},
	}}}
	withdrawn := []Section{{Changes: true, Releases: []MailRelease{
		{Kind: tidings.WithdrawnEntry, Title: "Exports in May", URL: "https://a.example/3"}, corrected[0].Releases[0],
	}}}
	for _, c := range []struct {
		lang, want string
		sections   []Section
		more       int
	}{
		{"en", "Corrected: Exports in May", corrected, 0},
		{"ko", "[정정] Exports in May", corrected, 0},
		{"en", "Withdrawn: Exports in May, and 1 more release", withdrawn, 0},
		{"ko", "[철회] Exports in May 외 1건", withdrawn, 0},
		{"en", "Energy Commission meets, and 1 more release", append(corrected, one...), 0}, // what is new comes first
		{"en", "Energy Commission meets", one, 0},
		{"en", "Energy Commission meets, and 1 more release", two, 0},
		{"en", "Energy Commission meets, and 8 more releases", two, 7},
		{"ko", "Energy Commission meets", one, 0},
		{"ko-KR", "Energy Commission meets 외 8건", two, 7},
		{"pt-BR", "Energy Commission meets, and 1 more release", two, 0},
		{"ko", strings.TrimSpace(strings.Repeat("아주 긴 제목 ", 9)) + "… 외 2건", long, 2},
	} {
		m := &DigestMail{
			Site: ministry(t), Language: c.lang, Sections: c.sections, More: c.more,
			MoreURL: "https://a.example/", LeaveURL: "https://a.example/u/1",
		}
		p, err := s.Digest(m)
		if err != nil {
			t.Fatal(err)
		}
		if p.Subject != c.want {
			t.Errorf("%s: %q, not %q", c.lang, p.Subject, c.want)
		}
	}
}

func TestDigestThatNobodyMaySendIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, spoil := range map[string]func(*DigestMail){
		"no release":           func(m *DigestMail) { m.Sections = []Section{{Topic: "Energy"}} },
		"no unsubscribe link":  func(m *DigestMail) { m.LeaveURL = "" },
		"no page of the rest":  func(m *DigestMail) { m.MoreURL = "" },
		"a URL of two lines":   func(m *DigestMail) { m.Sections[0].Releases[0].URL += "\r\nBcc: x" },
		"a leave URL in words": func(m *DigestMail) { m.LeaveURL = "https://news.example.org/u/ x" },
		"a page in two words":  func(m *DigestMail) { m.ManageURL = "https://news.example.org/me/ x" },
	} {
		m := weekly(t, "en")
		spoil(m)
		var invalid *tidings.InvalidError
		if _, err := s.Digest(m); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// hostile texts try to break out of where they are put.
func hostile() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`,
		"Title\r\nBcc: victim@example.org", "</title></style>--> ' \" `",
		"\u202egnp.exe", "a\u0000b\u0007c\x1b[31m", "\xff\xfe broken", "-- ", "-- \nsigned", "{{.Site}}", "javascript:alert(1)",
		strings.Repeat("가", 500), strings.Repeat("x", 3000), strings.Repeat("&", 700), "https://evil.example/",
		"https://evil.example/" + strings.Repeat("x", 160) + " " + strings.Repeat("소재부품", 60),
		"", " ", "👩‍👩‍👧‍👦 e\u0301",
	}
}

func TestHostileTextsStayWhereTheyArePut(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, evil := range hostile() {
		m := weekly(t, "en")
		m.Cadence, m.Site.Names, m.Site.Postal, m.Address = evil, map[string]string{"en": evil}, map[string]string{"en": evil}, ""
		for i := range m.Sections {
			sec := &m.Sections[i]
			sec.Topic = evil
			for j := range sec.Releases {
				r := &sec.Releases[j]
				r.Title, r.Lead, r.AlsoIn, r.Language = evil, evil, []string{evil, evil}, evil
			}
		}
		p, err := s.Digest(m)
		if err != nil {
			t.Fatal(err)
		}
		checkParts(t, m, p)
		checkHostileLetters(t, s, evil)
		checkHostilePages(t, s, evil)
	}
}

func FuzzDigest(f *testing.F) {
	for _, evil := range hostile() {
		f.Add(evil, evil, evil, "en")
	}
	s := open(f)
	f.Fuzz(func(t *testing.T, title, lead, topic, lang string) {
		m := weekly(t, lang)
		m.Sections[0].Topic, m.Cadence, m.Address = topic, topic, ""
		r := &m.Sections[0].Releases[0]
		r.Title, r.Lead, r.Language, r.AlsoIn = title, lead, lang, []string{topic}
		p, err := s.Digest(m)
		if err != nil {
			t.Fatal(err)
		}
		checkParts(t, m, p)
	})
}

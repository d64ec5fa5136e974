package templates

import (
	"errors"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// letters is one of each kind, by the name of its golden.
func letters(t testing.TB, lang string) map[string]*LetterMail {
	t.Helper()
	site, topics := ministry(t), subjects()
	letter := func(kind tidings.LetterKind, url string, choices ...LetterChoice) *LetterMail {
		m := &LetterMail{Site: site, Language: lang, Kind: kind, Choices: choices, URL: url}
		if url != "" {
			m.Until = march(t, 19, 8)
		}
		return m
	}
	token := strings.Repeat("A", tidings.TokenLength)
	confirm := letter(tidings.ConfirmLetter, site.ConfirmURL(token),
		LetterChoice{Cadence: tidings.Immediate, More: true},
		LetterChoice{
			Cadence: tidings.Daily, Topics: []string{topics[1].Name(lang), topics[3].Name(lang)},
			Languages: []string{"en", "ko"}, More: true,
		},
		LetterChoice{Cadence: tidings.Weekly, Topics: []string{topics[0].Name(lang)}, Languages: []string{"ko"}},
		LetterChoice{Cadence: tidings.Monthly})
	known := letter(tidings.ConfirmLetter, site.ConfirmURL(token), LetterChoice{Cadence: tidings.Daily, Languages: []string{"en"}})
	known.Known = true
	changed := letter(tidings.ChangedLetter, site.ManageURL(token), confirm.Choices[1], confirm.Choices[2])
	changed.Standing = tidings.Active
	paused, open := *changed, *changed
	paused.Standing, paused.PausedUntil, open.Standing = tidings.Paused, march(t, 30, 0), tidings.Paused
	left := letter(tidings.ChangedLetter, site.ManageURL(token))
	left.Standing = tidings.Left
	return map[string]*LetterMail{
		"confirm": confirm, "known": known, "changed": changed, "paused": &paused, "paused-open": &open, "left": left,
		"link": letter(tidings.LinkLetter, site.ManageURL(token)), "move": letter(tidings.MoveLetter, site.ConfirmURL(token)),
		"moved": letter(tidings.MovedLetter, ""), "erase": letter(tidings.EraseLetter, site.ConfirmURL(token)),
	}
}

// checkLetter sees to all that a letter must be whatever is put into it.
func checkLetter(t *testing.T, m *LetterMail, p MailParts) {
	t.Helper()
	var links []string
	if m.URL != "" {
		links = []string{m.URL}
	}
	checkLinks(t, links, p)
	all := nodes(t, []byte(p.HTML))
	if got := text(named(all, "h1")[0]); got != p.Subject {
		t.Errorf("the heading is %q, the subject %q", got, p.Subject)
	}
	if got := len(named(all, "li")); got != len(m.Choices) {
		t.Errorf("%d choices are listed, not %d", got, len(m.Choices))
	}
	for _, name := range []string{"p", "li"} {
		for _, n := range named(all, name) {
			words, ours := text(n), len(named(slices.Collect(n.Descendants()), "a")) > 0
			shown := m.URL != "" && strings.HasSuffix(flat(words), m.URL) // for those whose button does not work
			if !ours && !shown && !strings.Contains(flat(p.Text), flat(words)) {
				t.Errorf("the text part does not say %q", words)
			}
		}
	}
}

// flat is a text without its white space: the parts break their lines elsewhere.
func flat(s string) string { return strings.Join(strings.Fields(s), "") }

func TestBothPartsOfALetterSayTheSame(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, lang := range s.Languages() {
		for _, m := range letters(t, lang) {
			p, err := s.Letter(m)
			if err != nil {
				t.Fatal(err)
			}
			checkLetter(t, m, p)
		}
	}
}

func TestLetterSaysUntilWhenItsLinkWorksInTheSitesZone(t *testing.T) {
	t.Parallel()
	s := open(t)
	m := letters(t, "en")["link"]
	for zone, want := range map[*time.Location]string{
		seoul(t): "19 March 2025, 08:00 (KST)", time.UTC: "18 March 2025, 23:00 (UTC)",
		time.FixedZone("", 5*60*60+30*60): "19 March 2025, 04:30 (UTC+05:30)",
	} {
		m.Site.Zone = zone
		p, err := s.Letter(m)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(p.Text, want) || !strings.Contains(html.UnescapeString(p.HTML), want) {
			t.Errorf("no %q in\n%s", want, p.Text)
		}
	}
}

func TestLetterThatNobodyMaySendIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, spoil := range map[string]func(*LetterMail){
		"no link":           func(m *LetterMail) { m.URL = "" },
		"no end":            func(m *LetterMail) { m.Until = time.Time{} },
		"a URL of two":      func(m *LetterMail) { m.URL += "\r\nBcc: x" },
		"no choice":         func(m *LetterMail) { m.Choices = nil },
		"a digest":          func(m *LetterMail) { m.Kind = tidings.CopyLetter },
		"no kind":           func(m *LetterMail) { m.Kind = "" },
		"a link to nowhere": func(m *LetterMail) { m.Kind = tidings.MovedLetter },
	} {
		m := letters(t, "en")["confirm"]
		spoil(m)
		var invalid *tidings.InvalidError
		if _, err := s.Letter(m); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// checkHostileLetters puts a hostile text wherever a letter takes one.
func checkHostileLetters(t *testing.T, s *Set, evil string) {
	t.Helper()
	for _, m := range letters(t, "en") {
		m.Site.Names, m.Site.Postal = map[string]string{"en": evil}, map[string]string{"en": evil}
		for i := range m.Choices {
			m.Choices[i] = LetterChoice{Cadence: evil, Topics: []string{evil, evil}, Languages: []string{evil}, More: i%2 == 0}
		}
		p, err := s.Letter(m)
		if err != nil {
			t.Fatal(err)
		}
		var links []string
		if m.URL != "" {
			links = append(links, m.URL)
		}
		checkLinks(t, links, p)
	}
}

func FuzzLetter(f *testing.F) {
	for _, evil := range hostile() {
		f.Add(evil, evil, "en", "en")
	}
	s := open(f)
	f.Fuzz(func(t *testing.T, site, topic, tongue, lang string) {
		m := letters(t, lang)["confirm"]
		m.Site.Names = map[string]string{"en": site}
		m.Choices[1].Topics, m.Choices[1].Languages, m.Choices[2].Cadence = []string{topic}, []string{tongue}, topic
		p, err := s.Letter(m)
		if err != nil {
			t.Fatal(err)
		}
		checkLinks(t, []string{m.URL}, p)
	})
}

func TestLetterNamesNobodysAddress(t *testing.T) {
	t.Parallel()
	s := open(t)
	address := regexp.MustCompile(`\S@\S`)
	for name, m := range letters(t, "en") {
		p, err := s.Letter(m)
		if err != nil {
			t.Fatal(err)
		}
		if found := address.FindString(p.Text + strings.ReplaceAll(p.HTML, "@media", "")); found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
}

package templates

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

var update = flag.Bool("update", false, "write the goldens anew")

// A rendering is one page or one part of a mail, and the golden file that it must equal.
type rendering struct {
	file string
	body []byte
}

var hashes = regexp.MustCompile(`(/assets/[a-z]+)\.[0-9a-f]{12}\.`)

func golden(t *testing.T, r rendering) {
	t.Helper()
	name := filepath.Join("testdata", r.file)
	r.body = hashes.ReplaceAll(r.body, []byte("$1.HASH.")) // a change of style is none of a page
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, r.body, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(r.body, want) {
		t.Errorf("%s differs from its golden; go test -update writes it anew. Got:\n%s", name, r.body)
	}
}

func open(t testing.TB) *Set {
	t.Helper()
	s, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// renderPages renders every page in every state, in a language.
func renderPages(t testing.TB, s *Set, lang string) []rendering {
	t.Helper()
	page := func(here Place) Page { return pageOf(t, s, lang, here) }
	unlisted := page("")
	unlisted.Canonical = ""
	all, topics := releases(t), subjects()
	months := []MonthLink{
		{Year: 2025, Month: time.March, URL: "https://news.example.org/archive/2025/03", Count: 4},
		{Year: 2025, Month: time.January, URL: "https://news.example.org/archive/2025/01", Count: 1},
	}
	ended := topics[5]
	mails := []MailboxEntry{
		{
			URL: "/mailbox/2", To: "jiwoo@example.net", Date: march(t, 17, 8),
			Subject: "Korea’s ICT exports rebound in February, and 2 more releases",
		},
		{
			URL: "/mailbox/1", To: "press.desk@example.net", Date: march(t, 11, 9),
			Subject: "제12차 한-EU 자유무역협정(FTA) 무역위원회 개최",
		},
	}
	var out []rendering
	add := func(name string, render func(io.Writer) error) {
		t.Helper()
		var b bytes.Buffer
		if err := render(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, rendering{file: "pages/" + name + "." + lang + ".html", body: b.Bytes()})
	}
	list := func(name string, p *ListPage) {
		p.Page, p.Topics = page(p.Here), topics
		first := p.Site.SelectionURL(p.Selection)
		if p.Year != 0 {
			first = p.Site.ArchiveURL(p.Year, p.Month)
		}
		p.Canonical, p.Shows = p.Site.PageURL(first, max(1, p.Number)), p.Selection.Language
		add(name, func(w io.Writer) error { return s.List(w, p) })
	}
	other := []AlternateLink{{Language: "ko", Title: "다른 언어", URL: "https://news.example.org/releases/ko"}}
	for i := range all {
		all[i].ID = int64(i + 1)
	}
	list("front", &ListPage{
		Page: Page{Here: AtReleases}, Releases: all, Number: 1, Last: 53, Total: 1041, Older: "https://news.example.org/page/2",
		Versions: map[int64][]AlternateLink{1: other, 2: other},
	})
	list("second", &ListPage{Releases: all[3:], Number: 2, Last: 3, Total: 41, Newer: "https://news.example.org/"})
	list("office", &ListPage{Selection: tidings.Selection{Office: all[3].Office}, Number: 1, Releases: all[3:4], Total: 1})
	list("year", &ListPage{Page: Page{Here: AtArchive}, Year: 2025, Number: 1, Months: months, Releases: all, Total: 5})
	list("month", &ListPage{Page: Page{Here: AtArchive}, Year: 2025, Month: time.March, Number: 1, Months: months, Releases: all, Total: 5})
	list("topic", &ListPage{
		Page: Page{Here: AtTopics}, Selection: tidings.Selection{Topic: "trade"}, Releases: all[2:], Total: 23,
		Number: 2, Last: 1234, Newer: "https://news.example.org/topics/trade", Older: "https://news.example.org/topics/trade/page/3",
	})
	list("language", &ListPage{Selection: tidings.Selection{Language: "ko"}, Releases: all[3:4], Total: 1})
	list("empty", &ListPage{Selection: tidings.Selection{Topic: "asean"}})
	for i, name := range map[int]string{0: "release", 3: "release-korean", 4: "release-bare"} {
		p := &ReleasePage{Page: page(""), Release: all[i], Topics: topics}
		p.Canonical, p.Shows = p.Site.ReleaseURL(all[i].Slug), all[i].Language
		if i == 4 { // its source says that it has changed, but not in what
			p.Release.Topics, p.Release.Updated = nil, p.Release.Published.Add(time.Hour)
		}
		if i == 0 {
			share(&p.Page, &p.Release)
		}
		add(name, func(w io.Writer) error { return s.Release(w, p) })
	}
	counts := make([]TopicCount, 0, len(topics))
	for i := range topics {
		counts = append(counts, TopicCount{Topic: topics[i], Count: 7 * i % 5})
	}
	add("topics", func(w io.Writer) error { return s.Topics(w, &TopicsPage{Page: page(AtTopics), Topics: counts}) })
	add("topics-none", func(w io.Writer) error { return s.Topics(w, &TopicsPage{Page: page(AtTopics)}) })
	add("archive", func(w io.Writer) error {
		return s.Archive(w, &ArchivePage{Page: page(AtArchive), Years: []YearLink{
			{Year: 2025, URL: "https://news.example.org/archive/2025", Count: 5, Months: months},
		}})
	})
	add("archive-empty", func(w io.Writer) error { return s.Archive(w, &ArchivePage{Page: page(AtArchive)}) })
	add("offices", func(w io.Writer) error {
		return s.Offices(w, &OfficesPage{Page: page(AtOffices), Offices: []tidings.OfficeCount{
			{Name: all[0].Office, Count: 12}, {Name: all[3].Office, Count: 1},
		}})
	})
	add("offices-none", func(w io.Writer) error { return s.Offices(w, &OfficesPage{Page: page(AtOffices)}) })
	searches(s, page(AtSearch), all, add)
	add("feeds", func(w io.Writer) error { return s.Feeds(w, &FeedsPage{Page: page(AtFeeds), Topics: topics}) })
	personal(t, s, unlisted, add)
	standing := unlisted
	standing.Alternates = other
	withdrawn := all[0]
	withdrawn.Successor = all[1].Slug
	withdrawn.Reason = "The figures were preliminary. The final ones will be released on 20 March."
	add("gone-release", func(w io.Writer) error {
		return s.Gone(w, &GonePage{Page: standing, Release: &withdrawn, Successor: &all[1]})
	})
	add("gone-silently", func(w io.Writer) error { return s.Gone(w, &GonePage{Page: unlisted, Release: &all[1]}) })
	add("gone-topic", func(w io.Writer) error { return s.Gone(w, &GonePage{Page: unlisted, Topic: &ended}) })
	for _, p := range []*ErrorPage{{Status: 404, Query: "ict exports", Topics: topics}, {Status: 405}, {Status: 413}, {Status: 500, ID: "7f3a91c2"}} {
		p.Page = unlisted
		add("error-"+strconv.Itoa(p.Status), func(w io.Writer) error { return s.Error(w, p) })
	}
	add("error-closed", func(w io.Writer) error { return s.Error(w, &ErrorPage{Page: unlisted, Status: 404, Closed: true}) })
	add("mailbox", func(w io.Writer) error { return s.Mailbox(w, &MailboxPage{Page: unlisted, Mails: mails}) })
	add("mailbox-empty", func(w io.Writer) error { return s.Mailbox(w, &MailboxPage{Page: unlisted}) })
	joining(t, s, unlisted, add)
	titled := unlisted
	titled.Title, titled.Description = "A title of the operator’s", "What the page is about."
	titles(s, titled, add)
	text, err := s.Digest(weekly(t, lang))
	if err != nil {
		t.Fatal(err)
	}
	add("mail", func(w io.Writer) error {
		return s.Mail(w, &MailPage{
			Page: unlisted, Mail: mails[0], HTMLURL: "/mailbox/2/html", RawURL: "/mailbox/2.eml",
			Text:    text.Text,
			Headers: []MailHeader{{"From", "Ministry <news@news.example.org>"}, {"Subject", mails[0].Subject}},
			Source:  "From: Ministry <news@news.example.org>\r\nSubject: x\r\n\r\n<script>alert(1)</script>\r\n",
		})
	})
	return out
}

// share gives a release's page what it is shared with, and a version in the other language.
func share(p *Page, r *tidings.Release) {
	p.Description, p.Fallback = r.Summary, p.Site.ReleaseURL(r.Slug)
	p.Alternates = []AlternateLink{
		{Language: "en", Title: r.Title, URL: p.Site.ReleaseURL(r.Slug)},
		{Language: "ko", Title: "2월 정보통신산업(ICT) 수출입 동향", URL: p.Site.ReleaseURL("2월-정보통신산업-수출입-동향")},
	}
	p.Card = Card{Article: true, Image: p.Site.CardURL(r), Alt: r.Title, Width: 1200, Height: 630}
	p.Data = map[string]any{"@context": "https://schema.org", "@type": "NewsArticle", "headline": r.Title + " </script><!--"}
}

// searches renders the page of search in each of its states.
func searches(s *Set, p Page, all []tidings.Release, add func(string, func(io.Writer) error)) {
	title := []tidings.Fragment{{Text: "Korea’s ICT "}, {Text: "exports", Hit: true}, {Text: " rebound in February"}}
	text := []tidings.Fragment{{Text: "… "}, {Text: "exports", Hit: true}, {Text: " achieved a <rebound> …"}}
	for name, search := range map[string]SearchPage{
		"ask":     {},
		"problem": {Query: "energy (", Problem: "character 8: this \"(\" is never closed; write \")\" where the group ends"},
		"none":    {Query: "xyzzy", Selection: tidings.Selection{Query: "xyzzy"}},
		"unknown": {Query: "topic:nope", Unknown: []string{"nope"}, Topics: subjects()},
		"found": {
			Query: "exports OR topic:trade", Selection: tidings.Selection{Query: "topic:trade OR exports"},
			Total: 1, Number: 1, Last: 1, Topics: subjects(), Hits: []Hit{{Release: all[0], Title: title, Text: text}},
		},
		"more": {
			Query: "exports", Total: 1000, More: true, Number: 2, Topics: subjects(), Hits: []Hit{{Release: all[1], Title: title}},
			Newer: "https://news.example.org/search?q=exports", Older: "https://news.example.org/search/page/3?q=exports",
		},
	} {
		search.Page = p
		add("search-"+name, func(w io.Writer) error { return s.Search(w, &search) })
	}
}

// titles renders the pages that make their own title with one that is given.
func titles(s *Set, p Page, add func(string, func(io.Writer) error)) {
	add("titled-list", func(w io.Writer) error { return s.List(w, &ListPage{Page: p}) })
	add("titled-topics", func(w io.Writer) error { return s.Topics(w, &TopicsPage{Page: p}) })
	add("titled-archive", func(w io.Writer) error { return s.Archive(w, &ArchivePage{Page: p}) })
	add("titled-offices", func(w io.Writer) error { return s.Offices(w, &OfficesPage{Page: p}) })
	add("titled-search", func(w io.Writer) error { return s.Search(w, &SearchPage{Page: p}) })
	add("titled-feeds", func(w io.Writer) error { return s.Feeds(w, &FeedsPage{Page: p}) })
	add("titled-leave", func(w io.Writer) error { return s.Leave(w, &LeavePage{Page: p, State: LeaveTest}) })
	add("titled-personal", func(w io.Writer) error { return s.Personal(w, &PersonalPage{Page: p, Test: true}) })
	add("titled-gone", func(w io.Writer) error { return s.Gone(w, &GonePage{Page: p, Topic: &subjects()[0]}) })
	add("titled-error", func(w io.Writer) error { return s.Error(w, &ErrorPage{Page: p, Status: 404}) })
	add("titled-mailbox", func(w io.Writer) error { return s.Mailbox(w, &MailboxPage{Page: p}) })
}

// renderMails renders every mail, in a language.
func renderMails(t testing.TB, s *Set, lang string) []rendering {
	t.Helper()
	var out []rendering
	add := func(name string, parts MailParts, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		base := "mails/" + name + "." + lang
		out = append(out, rendering{base + ".html", []byte(parts.HTML)},
			rendering{base + ".txt", []byte("Subject: " + parts.Subject + "\n\n" + parts.Text)})
	}
	for name, m := range letters(t, lang) {
		parts, err := s.Letter(m)
		add("letter-"+name, parts, err)
	}
	for name, m := range map[string]*DigestMail{
		"weekly": weekly(t, lang), "single": single(t, lang), "changes": changes(t, lang, false), "correction": changes(t, lang, true),
	} {
		parts, err := s.Digest(m)
		add(name, parts, err)
	}
	return out
}

func TestEveryPageAndMailIsAsItsGolden(t *testing.T) {
	t.Parallel()
	s := open(t)
	known := map[string]bool{}
	for _, lang := range s.Languages() {
		for _, r := range append(renderPages(t, s, lang), renderMails(t, s, lang)...) {
			known[filepath.Join("testdata", r.file)] = true
			t.Run(r.file, func(t *testing.T) {
				t.Parallel()
				golden(t, r)
			})
		}
	}
	for _, pattern := range []string{"testdata/pages/*", "testdata/mails/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !known[file] {
				t.Errorf("%s: nothing is rendered to this golden any more", file)
			}
		}
	}
}

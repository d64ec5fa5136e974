package templates

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/tidings/tidings"
)

var update = flag.Bool("update", false, "write the goldens anew")

// A rendering is one page or one part of a mail, and the golden file that it must equal.
type rendering struct {
	file string
	body []byte
}

func golden(t *testing.T, r rendering) {
	t.Helper()
	name := filepath.Join("testdata", r.file)
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
		add(name, func(w io.Writer) error { return s.List(w, p) })
	}
	list("front", &ListPage{Page: Page{Here: AtReleases}, Releases: all, Total: 41, Older: "https://news.example.org/?page=2"})
	list("topic", &ListPage{
		Page: Page{Here: AtTopics}, Selection: tidings.Selection{Topic: "trade"}, Releases: all[2:], Total: 23,
		Newer: "https://news.example.org/topics/trade", Older: "https://news.example.org/topics/trade?page=3",
	})
	list("language", &ListPage{Selection: tidings.Selection{Language: "ko"}, Releases: all[3:4], Total: 1})
	list("empty", &ListPage{Selection: tidings.Selection{Topic: "asean"}})
	for i, name := range map[int]string{0: "release", 3: "release-korean", 4: "release-bare"} {
		p := &ReleasePage{Page: page(AtReleases), Release: all[i], Topics: topics}
		add(name, func(w io.Writer) error { return s.Release(w, p) })
	}
	counts := make([]TopicCount, 0, len(topics))
	for i := range topics {
		counts = append(counts, TopicCount{Topic: topics[i], Count: 7 * i % 5})
	}
	add("topics", func(w io.Writer) error { return s.Topics(w, &TopicsPage{Page: page(AtTopics), Topics: counts}) })
	add("topics-none", func(w io.Writer) error { return s.Topics(w, &TopicsPage{Page: page(AtTopics)}) })
	add("feeds", func(w io.Writer) error { return s.Feeds(w, &FeedsPage{Page: page(AtFeeds), Topics: topics}) })
	for _, state := range []LeaveState{LeaveAsk, LeaveDone, LeaveTest, LeaveUnknown} {
		p := &LeavePage{Page: unlisted, State: state, Action: unlisted.Site.LeaveURL("token")}
		add("leave-"+string(state), func(w io.Writer) error { return s.Leave(w, p) })
	}
	withdrawn := all[0]
	withdrawn.Reason = "The figures were preliminary. The final ones will be released on 20 March."
	add("gone-release", func(w io.Writer) error { return s.Gone(w, &GonePage{Page: unlisted, Release: &withdrawn}) })
	add("gone-silently", func(w io.Writer) error { return s.Gone(w, &GonePage{Page: unlisted, Release: &all[1]}) })
	add("gone-topic", func(w io.Writer) error { return s.Gone(w, &GonePage{Page: unlisted, Topic: &ended}) })
	for _, p := range []*ErrorPage{{Status: 404}, {Status: 405}, {Status: 500, ID: "7f3a91c2"}} {
		p.Page = unlisted
		add("error-"+strconv.Itoa(p.Status), func(w io.Writer) error { return s.Error(w, p) })
	}
	add("mailbox", func(w io.Writer) error { return s.Mailbox(w, &MailboxPage{Page: unlisted, Mails: mails}) })
	add("mailbox-empty", func(w io.Writer) error { return s.Mailbox(w, &MailboxPage{Page: unlisted}) })
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

// titles renders the pages that make their own title with one that is given.
func titles(s *Set, p Page, add func(string, func(io.Writer) error)) {
	add("titled-list", func(w io.Writer) error { return s.List(w, &ListPage{Page: p}) })
	add("titled-topics", func(w io.Writer) error { return s.Topics(w, &TopicsPage{Page: p}) })
	add("titled-feeds", func(w io.Writer) error { return s.Feeds(w, &FeedsPage{Page: p}) })
	add("titled-leave", func(w io.Writer) error { return s.Leave(w, &LeavePage{Page: p, State: LeaveTest}) })
	add("titled-gone", func(w io.Writer) error { return s.Gone(w, &GonePage{Page: p, Topic: &subjects()[0]}) })
	add("titled-error", func(w io.Writer) error { return s.Error(w, &ErrorPage{Page: p, Status: 404}) })
	add("titled-mailbox", func(w io.Writer) error { return s.Mailbox(w, &MailboxPage{Page: p}) })
}

// renderMails renders every mail, in a language.
func renderMails(t testing.TB, s *Set, lang string) []rendering {
	t.Helper()
	var out []rendering
	for name, m := range map[string]*DigestMail{"weekly": weekly(t, lang), "single": single(t, lang)} {
		parts, err := s.Digest(m)
		if err != nil {
			t.Fatal(err)
		}
		base := "mails/" + name + "." + lang
		out = append(out, rendering{base + ".html", []byte(parts.HTML)},
			rendering{base + ".txt", []byte("Subject: " + parts.Subject + "\n\n" + parts.Text)})
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

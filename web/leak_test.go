package web_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

// secret is a release that nobody may know of, with everything that might tell of it: words, a topic, an office, a month, a
// file, an old address and a public version in another language that are its own.
type secret struct {
	slug, word, titled, topic, office, alias string
	month                                    time.Time
	file                                     tidings.File
	status                                   tidings.Status
}

// secrets are one of each kind. Their topics are public, for topics are; that anything is in them is not.
func secrets(now time.Time) []secret {
	var all []secret
	for i, name := range []string{"draft", "scheduled", "embargoed"} {
		data := []byte("octets of the " + name + " one")
		all = append(all, secret{
			slug: name + "-quasar", word: []string{"xylophone", "zeppelin", "wombat"}[i], titled: []string{"Vermilion", "Ultramarine", "Turquoise"}[i],
			topic: "of-" + name, office: "Office of the " + name, alias: "/old/" + name + ".html",
			month: now.AddDate(0, 2+i, 0), status: tidings.Scheduled,
			file: tidings.File{Hash: tidings.HashOf(data), Name: name + ".png", MediaType: "image/png", Data: data},
		})
	}
	all[0].status, all[0].month = tidings.Draft, time.Date(2017, 7, 7, 0, 0, 0, 0, time.UTC)
	return all
}

func (s *secret) fill(r *tidings.Release) {
	r.Title, r.Summary = s.titled+" accord", "An accord on the "+s.word
	r.Body = tidings.Body{Format: tidings.Markdown, HTML: "<p>Of the " + s.word + "</p>", Text: "Of the " + s.word}
	r.Topics, r.Office, r.Aliases, r.Translation = []string{s.topic}, s.office, []string{s.alias}, s.slug
	r.Status, r.Published = s.status, s.month
}

// leakTest is two sites that differ in nothing but the secrets of one.
type leakTest struct {
	t               *testing.T
	without, within *newsroom
	secrets         []secret
}

func newLeakTest(t *testing.T) *leakTest {
	t.Helper()
	l := &leakTest{t: t, without: newNewsroom(t), within: newNewsroom(t)}
	l.secrets = secrets(l.within.now)
	l.both(func(n *newsroom) {
		for i, s := range l.secrets {
			n.saveTopic(s.topic, "Topic "+s.topic, 10+i)
			n.save("sibling-"+s.slug, func(r *tidings.Release) { r.Language, r.Translation, r.Topics = "ko", s.slug, nil })
		}
		for i := range 22 {
			n.save(fmt.Sprintf("public-%02d", i), func(r *tidings.Release) { r.Office, r.Aliases = "Press Office", []string{fmt.Sprintf("/old/%d", i)} })
		}
		n.keep("picture", "a.png", "image/png", []byte("octets"))
		n.open()
	})
	return l
}

func (l *leakTest) both(do func(*newsroom)) {
	for _, n := range []*newsroom{l.without, l.within} {
		do(n)
	}
}

// enter stores the secrets, each in two revisions, in one of the sites.
func (l *leakTest) enter() {
	l.t.Helper()
	for _, s := range l.secrets {
		now := l.within.now
		l.within.attach(s.slug, s.file, func(r *tidings.Release) { s.fill(r); r.Title += " (first)" })
		l.within.attach(s.slug, s.file, s.fill)
		l.within.now = now
	}
}

// answers are what a site says to every question that a crawler can think of who knows how its URLs are made, has guessed all
// that is in the secrets, and follows every link.
func (l *leakTest) answers(n *newsroom) map[string]string {
	l.t.Helper()
	said := map[string]string{}
	queue := l.guesses()
	for len(queue) > 0 {
		target := queue[0]
		queue = queue[1:]
		if said[target] != "" {
			continue
		}
		resp := n.get(target)
		body := text(l.t, resp)
		said[target] = fmt.Sprintf("%d %v\n%s", resp.StatusCode, resp.Header, body)
		for _, link := range links(body) {
			if said[link] == "" {
				queue = append(queue, link)
			}
		}
	}
	return said
}

// conditional sees that validators of before still hold, and that HEAD tells no more.
func (l *leakTest) conditional(before map[string]string) {
	l.t.Helper()
	for _, target := range slices.Sorted(maps.Keys(before)) {
		head := l.within.do(http.MethodHead, target, "")
		if said := fmt.Sprintf("%d %v\n", head.StatusCode, head.Header); !strings.HasPrefix(before[target], said) {
			l.t.Errorf("HEAD %s: %s", target, said)
		}
		if tag := head.Header.Get("ETag"); tag != "" {
			status(l.t, l.within.get(target, "If-None-Match", tag), http.StatusNotModified)
		}
		if at := head.Header.Get("Last-Modified"); at != "" {
			status(l.t, l.within.get(target, "If-Modified-Since", at), http.StatusNotModified)
		}
	}
}

var aLink = regexp.MustCompile(`https://news\.example\.org(/[^\s"'<>\\]*)`)

// links are the site's own URLs in whatever was answered.
func links(body string) []string {
	var found []string
	for _, m := range aLink.FindAllStringSubmatch(body, -1) {
		link, _, _ := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(m[1], "&amp;", "&"), `\u0026`, "&"), "#")
		if _, err := url.Parse(link); err == nil {
			found = append(found, link)
		}
	}
	return found
}

// guesses are URLs of every pattern with all that is in the secrets.
func (l *leakTest) guesses() []string {
	all := []string{
		"/", "/page/2", "/page/3", "/topics", "/feeds", "/archive", "/offices", "/search", "/sitemap.xml", "/sitemaps/1.xml", "/sitemaps/news.xml",
		"/robots.txt", "/feeds/opml.xml", "/nothing",
	}
	for id := range 40 {
		all = append(all, fmt.Sprintf("/releases/%d", id))
	}
	for _, f := range tidings.FeedFormats() {
		all = append(all, "/feeds/all."+string(f), "/feeds/languages/en."+string(f), "/feeds/languages/ko."+string(f))
		for _, s := range l.secrets {
			all = append(all, "/feeds/topics/"+s.topic+"."+string(f))
		}
	}
	for _, s := range l.secrets {
		bare := strings.TrimSuffix(s.alias, ".html")
		all = append(all,
			"/releases/"+s.slug, "/releases/"+strings.ToUpper(s.slug), "/releases/"+s.slug+"-2", "/releases/sibling-"+s.slug, "/releases/"+s.slug+"/",
			"/topics/"+s.topic, "/topics/"+s.topic+"/page/2", "/offices/"+tidings.OfficeSlug(s.office), "/offices/"+tidings.OfficeSlug(s.office)+"/page/2",
			s.month.Format("/archive/2006"), s.month.Format("/archive/2006/01"), s.month.Format("/archive/2006/1"), s.month.Format("/archive/2006/01/page/2"),
			"/files/"+s.file.Hash+"/"+s.file.Name, "/files/"+s.file.Hash+"/x", "/files/"+strings.ToUpper(s.file.Hash)+"/"+s.file.Name,
			s.alias, bare, bare+"/", bare+"/index.html", strings.ToUpper(s.alias),
		)
		for revision := range 4 {
			all = append(all, fmt.Sprintf("/cards/%s/%d.png", s.slug, revision))
		}
		for _, q := range []string{
			s.word, s.titled, `"` + s.titled + ` accord"`, "topic:" + s.topic, "first", "-public", "lang:en", "after:" + s.month.AddDate(0, 0, -1).Format(time.DateOnly),
		} {
			all = append(all, "/search?q="+url.QueryEscape(q), "/search?q="+url.QueryEscape(q)+"&page=2")
			for _, f := range tidings.FeedFormats() {
				all = append(all, filterFeed(q, f), filterFeed(strings.ToLower(q)+" OR "+s.word+"-other", f))
			}
		}
	}
	return all
}

// same compares two crawls.
func (l *leakTest) same(when string, a, b map[string]string) {
	l.t.Helper()
	targets := slices.Sorted(maps.Keys(a))
	for target := range b {
		if a[target] == "" {
			l.t.Errorf("%s: %s is reached only where there are secrets", when, target)
		}
	}
	for _, target := range targets {
		if a[target] != b[target] {
			l.t.Errorf("%s, %s tells: %s", when, target, cmp.Diff(a[target], b[target]))
		}
	}
	if len(a) < 350 {
		l.t.Errorf("%s: %d URLs, of which there should be more", when, len(a))
	}
}

func TestNothingTellsOfWhatIsNotPublicBeforeItsInstantAndEverythingAfter(t *testing.T) {
	t.Parallel()
	l := newLeakTest(t)
	l.both(func(n *newsroom) { n.read = n.now.Add(time.Hour) })
	before := l.answers(l.within)
	l.enter()
	l.same("at once", before, l.answers(l.within))
	l.conditional(before)
	l.both((*newsroom).open)
	l.same("after a restart", l.answers(l.without), l.answers(l.within))
	l.both(func(n *newsroom) { n.save("yet-another", nil) })
	l.same("when something else came", l.answers(l.without), l.answers(l.within))
	for i := range l.secrets {
		l.publish(&l.secrets[i])
	}
	for i := range l.secrets {
		l.withdraw(&l.secrets[i])
	}
	l.both((*newsroom).open)
	l.withdrawnEverywhere(l.answers(l.within))
}

// publish lets a secret out at its instant, and looks for it everywhere.
func (l *leakTest) publish(s *secret) {
	l.t.Helper()
	n := l.within
	tags := map[string]string{}
	for target := range l.surfaces(s) {
		tags[target] = n.get(target).Header.Get("ETag")
	}
	if s.status == tidings.Draft {
		stored, err := n.db.DeskRelease(l.t.Context(), s.slug)
		if err == nil {
			err = n.db.PublishNow(l.t.Context(), stored.ID, n.now, "test")
		}
		if err != nil {
			l.t.Fatal(err)
		}
	} else {
		for _, early := range []time.Duration{-time.Hour, -time.Millisecond} {
			due, err := n.db.PublishDue(l.t.Context(), s.month.Add(early))
			if err != nil || len(due) != 0 {
				l.t.Fatalf("%v before its instant: %v, %v", early, due, err)
			}
		}
		n.now = s.month
		if due, err := n.db.PublishDue(l.t.Context(), n.now); err != nil || len(due) != 1 {
			l.t.Fatalf("at its instant: %v, %v", due, err)
		}
		n.read = n.now.Add(time.Second)
	}
	for target, wanted := range l.surfaces(s) {
		resp := n.get(target, "If-None-Match", tags[target])
		if body := text(l.t, resp); resp.StatusCode != http.StatusOK || !strings.Contains(body, wanted) {
			l.t.Errorf("%s is public, and %s says %d, without %q", s.slug, target, resp.StatusCode, wanted)
		}
	}
	redirects(l.t, n, s.alias, base+"/releases/"+s.slug)
	redirects(l.t, n, "/cards/"+s.slug+"/1.png", base+"/cards/"+s.slug+"/2.png")
	status(l.t, n.get("/files/"+s.file.Hash+"/x"), http.StatusOK)
}

// surfaces are all places where a public release is found, and by what.
func (l *leakTest) surfaces(s *secret) map[string]string {
	at, title := "/releases/"+s.slug, s.titled+" accord"
	places := map[string]string{
		at: s.word, "/topics/" + s.topic: title, "/offices/" + tidings.OfficeSlug(s.office): title,
		"/offices": s.office, "/archive": s.month.Format("/archive/2006/01"), s.month.Format("/archive/2006"): title,
		s.month.Format("/archive/2006/01"): title, "/topics": "1 release<", "/search?q=" + s.word: at, "/search?q=topic%3A" + s.topic: at,
		"/search?q=" + s.titled: at, "/sitemap.xml": base + at + "<", "/files/" + s.file.Hash + "/" + s.file.Name: string(s.file.Data),
		"/cards/" + s.slug + "/2.png": title, "/releases/sibling-" + s.slug: base + at + `"`,
	}
	for _, f := range tidings.FeedFormats() {
		places["/feeds/topics/"+s.topic+"."+string(f)] = s.word
		places[filterFeed(s.word, f)], places[filterFeed("topic:energy,"+s.topic, f)] = title, s.word
		places[filterFeed("lang:en "+s.word, f)], places[filterFeed("none OR "+strings.ToLower(s.titled), f)] = title, s.word
	}
	if s.status == tidings.Scheduled { // the draft has a date long past
		places["/"], places["/languages/en"], places["/sitemaps/news.xml"] = title, title, title
		for _, f := range tidings.FeedFormats() {
			places["/feeds/all."+string(f)], places["/feeds/languages/en."+string(f)] = s.word, s.word
		}
	}
	return places
}

// withdraw takes a secret back.
func (l *leakTest) withdraw(s *secret) {
	l.t.Helper()
	n := l.within
	stored, err := n.db.Release(l.t.Context(), s.slug)
	if err == nil {
		n.now = n.now.Add(time.Minute)
		err = n.db.Withdraw(l.t.Context(), stored.ID, tidings.Withdrawal{Reason: "It was wrong."}, n.now, "test")
	}
	if err != nil {
		l.t.Fatal(err)
	}
	for _, q := range []string{s.word, "topic:energy," + s.topic, "lang:en " + s.word} {
		body := n.page(filterFeed(q, tidings.Atom))
		has(l.t, body, `<at:deleted-entry ref="`+stored.URI+`"`, "It was wrong.")
		hasNot(l.t, body, "Of the "+s.word)
	}
	for _, target := range []string{"/releases/" + s.slug, s.alias} {
		resp := n.get(target)
		status(l.t, resp, http.StatusGone)
		has(l.t, text(l.t, resp), "It was wrong.", s.titled)
	}
	for _, target := range []string{
		"/files/" + s.file.Hash + "/" + s.file.Name, "/cards/" + s.slug + "/2.png", "/offices/" + tidings.OfficeSlug(s.office), s.month.Format("/archive/2006/01"),
	} {
		status(l.t, n.get(target), http.StatusNotFound)
	}
}

// withdrawnEverywhere sees that nothing is left of the secrets but the page that says so, and in feeds what tells readers.
func (l *leakTest) withdrawnEverywhere(said map[string]string) {
	l.t.Helper()
	for target, answer := range said {
		place, _, _ := strings.Cut(target, "?")
		_, body, _ := strings.Cut(answer, "\n")
		for _, s := range l.secrets {
			asked := place == "/search" || strings.HasPrefix(place, "/feeds/search.") // which repeat what was asked
			if strings.Contains(body, s.word) && !asked {
				l.t.Errorf("%s still has the word %q", target, s.word)
			}
			told := strings.HasPrefix(answer, "410 ") || strings.HasPrefix(target, "/feeds/") || place == "/search" ||
				strings.HasPrefix(answer, "404 ") || strings.HasPrefix(answer, "301 ")
			for _, trace := range []string{"/releases/" + s.slug, s.titled, s.office, s.file.Hash} {
				if strings.Contains(body, trace) && !told {
					l.t.Errorf("%s still has %q", target, trace)
				}
			}
		}
	}
	for _, s := range l.secrets {
		for _, q := range []string{s.word, s.titled, "topic:" + s.topic} {
			hasNot(l.t, l.within.page("/search?q="+url.QueryEscape(q)), "/releases/"+s.slug)
			for _, f := range tidings.FeedFormats() {
				hasNot(l.t, text(l.t, l.within.get(filterFeed(strings.ToLower(q)+" OR none", f))), "Of the "+s.word)
			}
		}
		if err := xml.Unmarshal([]byte(l.within.page("/feeds/topics/"+s.topic+".atom")), new(struct{})); err != nil {
			l.t.Error(err)
		}
	}
}

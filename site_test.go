package tidings_test

import (
	"net/url"
	"testing"

	"github.com/tidings/tidings"
)

func site(tb testing.TB, base string) *tidings.Site {
	tb.Helper()
	u, err := url.Parse(base)
	if err != nil {
		tb.Fatal(err)
	}
	return &tidings.Site{
		Names: map[string]string{"en": "Ministry of Trade", "ko": "산업통상자원부"},
		Base:  u, Language: "ko", Languages: []string{"ko", "en"},
		TagEntity: "news.example.org,2025-03-16", MailDomain: "news.example.org",
	}
}

// TestSiteNeverMovesAURLOrAnID pins what readers, feed readers and mail providers remember.
func TestSiteNeverMovesAURLOrAnID(t *testing.T) {
	t.Parallel()
	s := site(t, "https://news.example.org:8443/press")
	all, energy, korean := tidings.Selection{}, tidings.Selection{Topic: "energy"}, tidings.Selection{Language: "ko"}
	both := tidings.Selection{Query: `topic:energy,trade OR "supply chain"`}
	for _, c := range []struct{ got, want string }{
		{s.URL(), "https://news.example.org:8443/press/"},
		{s.ReleaseURL("ict-exports"), "https://news.example.org:8443/press/releases/ict-exports"},
		{s.ReleaseURL("수출"), "https://news.example.org:8443/press/releases/%EC%88%98%EC%B6%9C"},
		{s.SelectionURL(all), "https://news.example.org:8443/press/"},
		{s.SelectionURL(energy), "https://news.example.org:8443/press/topics/energy"},
		{s.SelectionURL(korean), "https://news.example.org:8443/press/languages/ko"},
		{s.FeedURL(all, tidings.RSS), "https://news.example.org:8443/press/feeds/all.rss"},
		{s.FeedURL(energy, tidings.Atom), "https://news.example.org:8443/press/feeds/topics/energy.atom"},
		{s.FeedURL(korean, tidings.JSON), "https://news.example.org:8443/press/feeds/languages/ko.json"},
		{
			s.FeedURL(both, tidings.Atom),
			"https://news.example.org:8443/press/feeds/search.atom?q=topic%3Aenergy%2Ctrade%20OR%20%22supply%20chain%22",
		},
		{s.PersonalFeedURL("T0ken-_", tidings.RSS), "https://news.example.org:8443/press/feeds/mine/T0ken-_.rss"},
		{s.SubscribeURL(all, ""), "https://news.example.org:8443/press/subscribe"},
		{s.SubscribeURL(energy, "en"), "https://news.example.org:8443/press/subscribe?lang=en&topic=energy"},
		{s.SubscribeURL(korean, ""), "https://news.example.org:8443/press/subscribe?q=lang%3Ako"},
		{s.SubscribeURL(both, ""), "https://news.example.org:8443/press/subscribe?q=topic%3Aenergy%2Ctrade+OR+%22supply+chain%22"},
		{s.SubscribeURL(tidings.Selection{Office: "Press"}, ""), "https://news.example.org:8443/press/subscribe"},
		{s.FeedsURL(), "https://news.example.org:8443/press/feeds"},
		{s.OPMLURL(), "https://news.example.org:8443/press/feeds/opml.xml"},
		{s.LeaveURL("T0ken-_"), "https://news.example.org:8443/press/u/T0ken-_"},
		{s.ManageURL("T0ken-_"), "https://news.example.org:8443/press/me/T0ken-_"},
		{s.ConfirmURL("T0ken-_"), "https://news.example.org:8443/press/confirm/T0ken-_"},
		{s.NewReleaseURI("ict-exports"), "tag:news.example.org,2025-03-16:release/ict-exports"},
		{s.NewReleaseURI("수출"), "tag:news.example.org,2025-03-16:release/%EC%88%98%EC%B6%9C"},
		{s.FeedURI(all), "tag:news.example.org,2025-03-16:feed/all"},
		{s.FeedURI(energy), "tag:news.example.org,2025-03-16:feed/topic/energy"},
		{s.FeedURI(korean), "tag:news.example.org,2025-03-16:feed/language/ko"},
		{s.FeedURI(both), "tag:news.example.org,2025-03-16:feed/search/topic:energy%2Ctrade%20OR%20%22supply%20chain%22"},
		{s.PersonalFeedURI("T0ken-_"), "tag:news.example.org,2025-03-16:feed/mine/_t6Lg47vYTZg7pyRftgRzg"},
		{s.ListID(tidings.Daily), "daily.news.example.org"},
		{s.Host(), "news.example.org"},
	} {
		if c.got != c.want {
			t.Errorf("%s is now %s", c.want, c.got)
		}
	}
}

func TestSiteEscapesWhatCouldLeaveAPath(t *testing.T) {
	t.Parallel()
	s := site(t, "https://news.example.org/")
	for in, want := range map[string]string{
		"a/b":     "https://news.example.org/u/a%2Fb",
		"a?b#c":   "https://news.example.org/u/a%3Fb%23c",
		"\r\nTo:": "https://news.example.org/u/%0D%0ATo:",
		`"><b>`:   "https://news.example.org/u/%22%3E%3Cb%3E",
	} {
		if got := s.LeaveURL(in); got != want {
			t.Errorf("%q gives %s, want %s", in, got, want)
		}
	}
}

func TestSiteNameFallsBack(t *testing.T) {
	t.Parallel()
	s := site(t, "https://news.example.org:8443")
	for language, want := range map[string]string{
		"en": "Ministry of Trade", "en-GB": "Ministry of Trade", "ko-KR": "산업통상자원부", "de": "산업통상자원부", "": "산업통상자원부",
	} {
		if got := s.Name(language); got != want {
			t.Errorf("in %q its name is %q, want %q", language, got, want)
		}
	}
	s.Names = nil
	if got := s.Name("en"); got != s.Host() {
		t.Errorf("without a name it is %q", got)
	}
}

func TestSelectionIsAFilterThatSelectsItself(t *testing.T) {
	t.Parallel()
	r := commission(t)
	for _, c := range []struct {
		selection tidings.Selection
		want      bool
	}{
		{tidings.Selection{}, true},
		{tidings.Selection{Topic: "trade"}, true},
		{tidings.Selection{Topic: "energy"}, false},
		{tidings.Selection{Language: "en-GB"}, true},
		{tidings.Selection{Language: "ko"}, false},
		{tidings.Selection{Query: `korea "supply chains"`}, true},
		{tidings.Selection{Query: "korea battery"}, false},
	} {
		if got := parse(t, c.selection.Filter()).Match(r, seoul(t)); got != c.want {
			t.Errorf("%v matches: %v", c.selection, got)
		}
	}
}

func TestFeedFormatsHaveNamesAndMediaTypes(t *testing.T) {
	t.Parallel()
	want := []struct{ name, media string }{
		{"Atom", "application/atom+xml; charset=utf-8"},
		{"RSS", "application/rss+xml; charset=utf-8"},
		{"JSON Feed", "application/feed+json; charset=utf-8"},
	}
	formats := tidings.FeedFormats()
	if len(formats) != len(want) {
		t.Fatalf("formats: %v", formats)
	}
	for i, f := range formats {
		if f.Name() != want[i].name || f.MediaType() != want[i].media {
			t.Errorf("%s is %q, %q", f, f.Name(), f.MediaType())
		}
	}
}

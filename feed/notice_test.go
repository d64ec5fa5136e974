package feed_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/feed"
)

// newsroomChannel has a correction, files kept here with a cover among them, a version in another language, and two withdrawn
// releases, one of them the newest of all.
func newsroomChannel() *feed.Channel {
	ch := channel()
	ch.Releases = ch.Releases[:2]
	first := &ch.Releases[0]
	first.Note = "The <sum> was wrong & is mended."
	hash := strings.Repeat("ab", 32)
	first.Attachments = []tidings.Attachment{
		{
			Name: "talks.jpg", Hash: hash, MediaType: "image/jpeg", Size: 45_000, Cover: true, Alt: "Two ministers shake hands",
			Width: 1200, Height: 800,
		},
		{Name: "표 1.xlsx", Hash: strings.Repeat("cd", 32), MediaType: "application/vnd.ms-excel", Size: 9_000},
	}
	ch.Releases[1].Attachments = []tidings.Attachment{{Name: "only.png", Hash: hash, MediaType: "image/png", Size: 7, Cover: true}}
	ch.Alternates = map[int64][]tidings.Alternate{first.ID: {{Language: "ko", Slug: "eu-철강-협의", Title: "철강 협의"}}}
	ch.Withdrawn = []tidings.Tombstone{
		{
			URI: site().NewReleaseURI("too-early"), Slug: "too-early", Language: "ko", Title: "너무 이른 발표", Successor: "eu-steel-talks",
			Reason: "수치가 <틀렸습니다>.", Published: at("2025-03-19T00:00:00Z"), Withdrawn: at("2025-03-21T08:00:00.9+09:00"),
		},
		{
			URI: site().NewReleaseURI("unsaid"), Slug: "unsaid", Language: "de", Title: "Unsaid",
			Published: at("2025-03-18T00:00:00Z"), Withdrawn: at("2025-03-18T00:00:01Z"),
		},
	}
	return ch
}

func TestAWithdrawalIsATombstoneInAtomAndANoticeElsewhere(t *testing.T) {
	t.Parallel()
	ch := newsroomChannel()
	ids := []string{ch.Withdrawn[0].URI, ch.Releases[0].URI, ch.Withdrawn[1].URI, ch.Releases[1].URI}
	for _, format := range []tidings.FeedFormat{tidings.RSS, tidings.JSON} {
		items := parse(t, render(t, format, ch)).Items
		var got []string
		for _, item := range items {
			got = append(got, item.GUID)
		}
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Fatalf("%s: each stands where it stood (- wanted, + got):\n%s", format, diff)
		}
		if n := items[0]; n.Title != "철회: 너무 이른 발표" || !n.UpdatedParsed.Equal(at("2025-03-20T23:00:00Z")) || len(n.Categories) > 0 ||
			n.Content != "<p>수치가 &lt;틀렸습니다&gt;.</p>\n"+
				`<p><a href="https://news.example.org/releases/eu-steel-talks">이를 대신하는 보도자료</a></p>` {
			t.Errorf("%s: the notice reads %+v", format, n)
		}
		if n := items[2]; n.Title != "Withdrawn: Unsaid" || n.Content != "<p>This release was withdrawn.</p>" {
			t.Errorf("%s: the notice without a reason reads %q, %q", format, n.Title, n.Content)
		}
	}
	root := parseXML(t, render(t, tidings.Atom, ch))
	if n := len(root.all(atomNS, "entry")); n != 2 {
		t.Errorf("Atom has %d entries, want the two that stand", n)
	}
	if got := root.one(t, atomNS, "updated"); got != "2025-03-20T23:00:00Z" {
		t.Errorf("the feed was updated %s: a withdrawal counts", got)
	}
	tombs := root.all(tombNS, "deleted-entry")
	if len(tombs) != 2 || tombs[0].attr("ref") != ids[0] || tombs[0].one(t, tombNS, "comment") != "수치가 <틀렸습니다>." ||
		tombs[0].all(atomNS, "link")[0].attr("href") != "https://news.example.org/releases/eu-steel-talks" ||
		len(tombs[1].Children) > 0 {
		t.Errorf("tombstones: %+v", tombs)
	}
}

func TestACorrectionIsSaidFirstAndASilentEditIsNot(t *testing.T) {
	t.Parallel()
	const note = "<p><strong>Correction: The &lt;sum&gt; was wrong &amp; is mended.</strong></p>\n<p>"
	for _, format := range tidings.FeedFormats() {
		ch := newsroomChannel()
		content := func() string { return itemOf(t, format, ch, ch.Releases[0].URI).Content }
		if got := content(); !strings.HasPrefix(got, note) {
			t.Errorf("%s: the content begins %.90q", format, got)
		}
		ch.Releases[0].Body.HTML = strings.Repeat("<p>x</p>", 20_000)
		if got := content(); !strings.HasPrefix(got, note) || len(got) > 1000 {
			t.Errorf("%s: shortened, the content begins %.90q", format, got)
		}
		ch.Releases[0].Updated = ch.Releases[0].Published.Add(time.Millisecond)
		if got := content(); !strings.HasPrefix(got, note) {
			t.Errorf("%s: corrected within the second, the content begins %.90q", format, got)
		}
		ch.Releases[0].Updated = ch.Releases[0].Published
		if got := content(); strings.Contains(got, "Correction") {
			t.Errorf("%s: a note that no reader knows another text to is shown: %.90q", format, got)
		}
	}
}

func TestTheCoverIsAPictureAndTheFirstFileIsTheEnclosure(t *testing.T) {
	t.Parallel()
	ch := newsroomChannel()
	base := "https://news.example.org/files/"
	cover, table := base+strings.Repeat("ab", 32)+"/talks.jpg", base+strings.Repeat("cd", 32)+"/%ED%91%9C%201.xlsx"
	for format, want := range map[tidings.FeedFormat][]string{
		tidings.RSS: {table}, tidings.Atom: {cover, table}, tidings.JSON: {table},
	} {
		item := itemOf(t, format, ch, ch.Releases[0].URI)
		var got []string
		for _, e := range item.Enclosures {
			got = append(got, e.URL)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (- wanted, + got):\n%s", format, diff)
		}
		if format != tidings.Atom && (item.Image == nil || item.Image.URL != cover) {
			t.Errorf("%s: the picture is %v", format, item.Image)
		}
	}
	if alone := itemOf(t, tidings.RSS, ch, ch.Releases[1].URI); len(alone.Enclosures) != 1 {
		t.Errorf("a cover that is alone is no enclosure: %+v", alone)
	}
}

func TestAtomLinksEveryLanguageAndItsOwnPageFirstAndLast(t *testing.T) {
	t.Parallel()
	ch := newsroomChannel()
	var got []string
	for _, l := range parseXML(t, render(t, tidings.Atom, ch)).all(atomNS, "entry")[0].all(atomNS, "link") {
		if l.attr("rel") == "alternate" {
			got = append(got, l.attr("hreflang")+" "+strings.TrimPrefix(l.attr("href"), "https://news.example.org/releases/"))
		}
	}
	want := []string{" eu-steel-talks", "ko eu-%EC%B2%A0%EA%B0%95-%ED%98%91%EC%9D%98", "en eu-steel-talks"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(- wanted, + got):\n%s", diff)
	}
}

func TestFitCountsNoticesAndLeavesThoseOfTheWindow(t *testing.T) {
	t.Parallel()
	ch := newsroomChannel()
	full := len(render(t, tidings.JSON, ch))
	for _, c := range []struct{ limit, releases, withdrawn int }{{full, 2, 2}, {full - 1, 1, 1}, {0, 0, 0}} {
		ch := newsroomChannel()
		doc, err := feed.Fit(ch, c.limit)
		if err != nil || len(ch.Releases) != c.releases || len(ch.Withdrawn) != c.withdrawn {
			t.Errorf("limit %d: %d releases and %d withdrawn in %d octets, %v; want %d and %d",
				c.limit, len(ch.Releases), len(ch.Withdrawn), len(doc), err, c.releases, c.withdrawn)
		}
	}
}

// itemOf is what a reader sees of one release.
func itemOf(t *testing.T, format tidings.FeedFormat, ch *feed.Channel, id string) *gofeed.Item {
	t.Helper()
	for _, item := range parse(t, render(t, format, ch)).Items {
		if item.GUID == id {
			return item
		}
	}
	t.Fatalf("%s has no %s", format, id)
	return nil
}

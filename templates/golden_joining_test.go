package templates

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// joining renders the pages of subscribing and confirming in each of their states.
func joining(t testing.TB, s *Set, p Page, add func(string, func(io.Writer) error)) {
	t.Helper()
	p.Subscribe, p.Here = p.Site.URL("subscribe"), AtSubscribe
	for name, form := range subscribing(t, p) {
		add("subscribe-"+name, func(w io.Writer) error { return s.Subscribe(w, form) })
	}
	guard := Guard{Action: p.Site.URL("link"), Stamp: "STAMP"}
	working := guard
	working.Work, working.Faults = 16, []Fault{{Field: "address"}}
	titled := p
	titled.Title = "A title of the operator’s"
	p.Here = ""
	for name, link := range map[string]*LinkPage{
		"ask": {Page: p, Guard: guard}, "work": {Page: p, Guard: working}, "sent": {Page: p, Guard: working, Sent: true},
		"titled": {Page: titled, Guard: guard},
	} {
		add("link-"+name, func(w io.Writer) error { return s.Link(w, link) })
	}
	for name, confirm := range confirming(t, p) {
		confirm.Action, confirm.LinkURL, confirm.Topics = p.Site.URL("confirm", "token"), p.Site.URL("link"), subjects()
		add("confirm-"+name, func(w io.Writer) error { return s.Confirm(w, confirm) })
	}
	add("confirm-titled", func(w io.Writer) error { return s.Confirm(w, &ConfirmPage{Page: titled, State: ConfirmUnknown}) })
	add("embed", func(w io.Writer) error { return s.Embed(w, &EmbedPage{Page: p, Code: "<form>\n</form>"}) })
	add("embed-script", func(w io.Writer) error {
		return s.Embed(w, &EmbedPage{Page: titled, Code: "<form>\n</form>", Script: "<script></script>"})
	})
}

func subscribing(t testing.TB, p Page) map[string]*SubscribePage {
	t.Helper()
	all := releases(t)
	blank := SubscribePage{
		Page: p, Guard: Guard{Action: p.Site.URL("subscribe"), Stamp: "STAMP"}, Topics: subjects(), Languages: []string{"en", "ko"},
		Cadences: tidings.Cadences{{Name: tidings.Immediate}, {Name: tidings.Daily}, {Name: tidings.Weekly}, {Name: tidings.Monthly}, {Name: "fortnightly"}},
		Guess:    true, Now: time.Date(2025, 3, 17, 0, 0, 0, 0, time.UTC), LinkURL: p.Site.URL("link"), FormURL: p.Site.URL("subscribe"),
		Entries: Entries{Cadence: tidings.Weekly, Hour: tidings.AnyHour, Zone: "Asia/Seoul", Language: p.Language},
	}
	chosen := blank
	chosen.Guess = false
	chosen.Entries = Entries{
		Address: "jiwoo@example.net", Topics: []string{"trade", "energy"}, Words: "hydrogen\n수소", Languages: []string{"ko"},
		Cadence: tidings.Daily, Hour: 7, Zone: "America/Indiana/Knox", Language: "ko",
	}
	chosen.Preview = &Preview{Days: 90, Mails: 4, Date: all[1].Published, Releases: all[1:4], More: 3}
	rare, nothing, faulty, filtered, again, titled := chosen, chosen, chosen, chosen, chosen, chosen
	rare.Preview = &Preview{Days: 90, Date: all[1].Published, Releases: all[1:2]}
	nothing.Preview, nothing.Topics, nothing.Languages = &Preview{Days: 90}, nil, []string{"en"}
	nothing.Site = &tidings.Site{}
	*nothing.Site = *p.Site
	nothing.Site.Languages = []string{"en"}
	for _, field := range []string{"topics", "words", "languages", "cadence", "hour", "zone", "address", "language"} {
		faulty.Faults = append(faulty.Faults, Fault{Field: field, Reason: "it cannot be so"})
	}
	much := chosen
	much.Preview = &Preview{Days: 90, Earlier: all[1:2], Coming: true}
	much.Faults = []Fault{{Field: "topics", Kind: TooMuch}, {Field: "words", Kind: TooMuch, Reason: "it is so"}, {Field: "address", Kind: Malformed}}
	filtered.Entries.Filter, filtered.Faults = `topic:energy -nuclear`, []Fault{{Field: "filter"}}
	filtered.Preview = &Preview{Days: 90, Earlier: all[1:3]}
	again.Notice, again.Work = PressAgain, 16
	titled.Title = "A title of the operator’s"
	forms := map[string]*SubscribePage{
		"blank": &blank, "chosen": &chosen, "rare": &rare, "nothing": &nothing, "faulty": &faulty, "much": &much, "filter": &filtered, "again": &again,
		"titled": &titled, "sent": {Page: p, Sent: true, FormURL: p.Site.URL("subscribe")},
	}
	plain := filtered
	plain.Faults = nil
	forms["filter-fine"] = &plain
	for _, n := range []Notice{NetworkBusy, SiteBusy, UnprovenBusy} {
		busy := blank
		busy.Notice = n
		forms["busy-"+string(n)] = &busy
	}
	return forms
}

func confirming(t testing.TB, p Page) map[string]*ConfirmPage {
	t.Helper()
	filter := func(text string) tidings.Filter {
		f, err := tidings.ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	signup := tidings.SignUp{Subscriptions: []tidings.Subscription{
		{Cadence: tidings.Immediate, Filter: filter("topic:energy OR 수소 OR \"supply chain\""), Zone: "UTC", Hour: tidings.AnyHour},
		{Cadence: tidings.Daily, Filter: filter("lang:ko,en"), Zone: "Asia/Seoul", Hour: 7},
		{Cadence: tidings.Weekly, Filter: filter("energy -nuclear"), Zone: "America/Indiana/Knox", Hour: tidings.AnyHour},
		{Cadence: tidings.Monthly, Filter: filter(`"` + strings.Repeat("buy now ", 20) + `"`), Zone: "UTC", Hour: tidings.AnyHour},
	}}
	pages := map[string]*ConfirmPage{
		"expired": {Page: p, State: ConfirmExpired}, "unknown": {Page: p, State: ConfirmUnknown}, "taken": {Page: p, State: ConfirmTaken},
		"stopped": {Page: p, State: ConfirmStopped}, "too-much": {Page: p, State: ConfirmTooMuch},
		"known": {Page: p, State: ConfirmAsk, Confirm: tidings.Confirmation{Purpose: tidings.PurposeConfirm, SignUp: signup, Known: true}},
	}
	for _, purpose := range []tidings.Purpose{tidings.PurposeConfirm, tidings.PurposeMove, tidings.PurposeErase} {
		for _, state := range []ConfirmState{ConfirmAsk, ConfirmDone, ConfirmAgain} {
			c := tidings.Confirmation{Purpose: purpose, NewAddress: "new@example.net"}
			if state != ConfirmAgain {
				c.SignUp = signup
			}
			pages[string(purpose)+"-"+string(state)] = &ConfirmPage{Page: p, State: state, Confirm: c}
		}
	}
	return pages
}

func TestTheWordingHasAVersionThatChangesWithItsWords(t *testing.T) {
	t.Parallel()
	s := open(t)
	seen := map[string]bool{}
	for _, lang := range []string{"en", "ko", "en-GB"} {
		version, err := s.Wording(lang)
		if err != nil || !strings.HasPrefix(version, lang[:2]+"-") || len(version) != 15 {
			t.Errorf("%s: %q, %v", lang, version, err)
		}
		seen[version] = true
	}
	other, err := New(folder(map[string]string{"locales/en.toml": `join-consent = "Press, and {{.Site}} writes to you."`}))
	if err != nil {
		t.Fatal(err)
	}
	version, err := other.Wording("en")
	if seen[version] || len(seen) != 2 || err != nil {
		t.Errorf("other words have the version %q, %v; ours are %v", version, err, seen)
	}
}

func TestZonesStandByTheirClocksAndTheOneThatIsChosenIsAmongThem(t *testing.T) {
	t.Parallel()
	s := open(t)
	site := ministry(t)
	for _, lang := range s.Languages() {
		w := s.speaks(lang).words
		for chosen, label := range map[string]string{
			"Asia/Seoul": "UTC+9", "America/St_Johns": "America/St Johns (UTC−3:30)", "Asia/Kolkata": "UTC+5:30",
		} {
			zones, err := w.zoneOptions(site, chosen, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			if err != nil || len(zones) < 50 {
				t.Fatalf("%s: %d zones, %v", lang, len(zones), err)
			}
			names, found := map[string]bool{}, 0
			for _, z := range zones {
				if names[z.Name] {
					t.Errorf("%s: %s twice", lang, z.Name)
				}
				names[z.Name] = true
				if z.Chosen {
					found++
					if z.Name != chosen || !strings.Contains(z.Label, label) {
						t.Errorf("%s: %+v, want %s with %s", lang, z, chosen, label)
					}
				}
			}
			if found != 1 {
				t.Errorf("%s: %d of the zones are chosen", lang, found)
			}
		}
		if zones, err := w.zoneOptions(site, "../../etc/passwd", time.Unix(0, 0)); err != nil || len(zones) < 50 {
			t.Errorf("%s: %d zones, %v", lang, len(zones), err)
		}
	}
}

func TestPagesOfJoiningAreLight(t *testing.T) {
	t.Parallel()
	s := open(t)
	css, _ := stylesheet(s)
	loaded := len(css) + len(s.assets.all[s.assets.formsPath].Body) + len(s.assets.all[s.assets.joinPath].Body)
	for _, lang := range s.Languages() {
		p := pageOf(t, s, lang, AtSubscribe)
		form := *subscribing(t, p)["faulty"]
		for i := range 40 {
			form.Topics = append(form.Topics, tidings.Topic{Slug: "topic-" + strconv.Itoa(i), Names: map[string]string{"en": strings.Repeat("통상", 8)}})
		}
		var b bytes.Buffer
		if err := s.Subscribe(&b, &form); err != nil {
			t.Fatal(err)
		}
		if b.Len()+loaded > 50_000 {
			t.Errorf("%s: %d octets, and %d that it loads", lang, b.Len(), loaded)
		}
	}
}

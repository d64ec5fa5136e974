package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

const asForm = "application/x-www-form-urlencoded"

// reader makes a subscriber who got a digest an hour ago, and gives the links in it: to leave, and to the own page.
func (n *newsroom) reader() (leave, personal string) {
	n.t.Helper()
	leave = n.mailed()
	n.read = n.now.Add(time.Hour)
	sub := n.subscriber()
	mails, err := n.db.Deliveries(n.t.Context(), sub.ID, 1)
	if err != nil || len(mails) != 1 {
		n.t.Fatalf("%d mails, %v", len(mails), err)
	}
	return leave, n.site.ManageURL(n.keys.Mint(tidings.PurposeManage, mails[0].ID, sub.ID, sub.Created))
}

// ownLink is the link to the own page that a letter brings now.
func (n *newsroom) ownLink() string {
	n.t.Helper()
	l := tidings.Letter{
		Kind: tidings.LinkLetter, Purpose: tidings.PurposeManage, Subscriber: n.subscriber().ID, Expires: n.clock().Add(24 * time.Hour),
	}
	l.Nonce, l.TicketHash = n.keys.NewTicket(l.Purpose)
	r := tidings.Request{Kind: tidings.LinkRequest, Address: "any"}
	if a, err := n.db.PostPersonal(n.t.Context(), &r, &l, n.clock(), "test"); err != nil || a != tidings.Admitted {
		n.t.Fatal(a, err)
	}
	token, err := n.keys.TicketOf(l.Purpose, l.Nonce, l.TicketHash)
	if err != nil {
		n.t.Fatal(err)
	}
	return n.site.ManageURL(token)
}

func (n *newsroom) subscriber() tidings.Subscriber {
	n.t.Helper()
	sub, err := n.db.Subscriber(n.t.Context(), "min@example.org")
	if err != nil {
		n.t.Fatal(err)
	}
	return sub
}

// held is everything that is held about the subscriber, as text: nothing has changed as long as it is the same.
func (n *newsroom) held() string {
	n.t.Helper()
	d, err := n.db.Dossier(n.t.Context(), n.subscriber().ID)
	if err != nil {
		n.t.Fatal(err)
	}
	all, err := json.Marshal(d)
	if err != nil {
		n.t.Fatal(err)
	}
	return string(all)
}

// press sends a form of the own page. Fields come as name, value, name, value.
func (n *newsroom) press(target string, fields ...string) *reply {
	n.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return n.do(http.MethodPost, target, form.Encode(), "Content-Type", asForm, "Sec-Fetch-Site", "same-origin")
}

// done posts a form, is led back to the page, and reads there what was done.
func (n *newsroom) done(link, action, said string, fields ...string) {
	n.t.Helper()
	resp := n.press(link+"/"+action, fields...)
	to := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, link+"?done=") {
		n.t.Fatalf("%s: %d to %q:\n%s", action, resp.StatusCode, to, text(n.t, resp))
	}
	if body := n.page(to); !strings.Contains(body, `role="status">`+said) {
		n.t.Errorf("%s: %q is not said:\n%s", action, said, body)
	}
}

func (n *newsroom) filters() string {
	n.t.Helper()
	var all []string
	for _, s := range n.subscriber().Subscriptions {
		all = append(all, s.Cadence+" "+strconv.Itoa(s.Hour)+" "+s.Zone+" "+s.Filter.String())
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

func TestTheOwnPageByADigestShowsNoMoreThanTheMailDid(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	_, link := n.reader()
	resp := n.get(link)
	status(t, resp, http.StatusOK)
	body := text(t, resp)
	has(t, body, "m•••@e•••.org", "Daily, in one mail", "<li>Energy</li>", "Send me my own link", `<meta name="robots" content="noindex">`)
	hasNot(t, body, "min@example.org", "/feeds/mine/", "About solar", "export.json", link+"/move", link+"/erase", link+"/again")
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "ETag": "", "Set-Cookie": "",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	before := n.held()
	for action, fields := range map[string][]string{
		"move": {"address", "a@example.net"}, "erase": nil, "feed": nil, "again": {"delivery", "1"},
	} {
		status(t, n.press(link+"/"+action, fields...), http.StatusNotFound)
	}
	status(t, n.get(link+"/export.json"), http.StatusNotFound)
	if n.held() != before {
		t.Error("something has changed")
	}
	n.done(link, "link", "The link is on its way")
	d, err := n.db.Dossier(t.Context(), n.subscriber().ID)
	if err != nil || len(d.Letters) != 1 || d.Letters[0].Letter.Kind != tidings.LinkLetter {
		t.Errorf("letters: %+v, %v", d.Letters, err)
	}
}

func TestTheOwnPageByALetterShowsAllAndDoesAll(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.reader()
	link := n.ownLink()
	body := n.page(link)
	has(t, body, "min@example.org", "/feeds/mine/", "About solar", `href="`+link+`/export.json"`, "Erase everything")
	hasNot(t, body, "Send me my own link")
	_, feed, _ := strings.Cut(body, "/feeds/mine/")
	feed, _, _ = strings.Cut(feed, ".")
	n.done(link, "feed", "Your feed has a new address")
	hasNot(t, n.page(link), feed)
	n.done(link, "move", "We have sent a mail to the new address", "address", "Min@Example.net")
	n.done(link, "erase", "We have sent you a mail")
	d, err := n.db.Dossier(t.Context(), n.subscriber().ID)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[tidings.LetterKind]string{}
	for _, l := range d.Letters {
		kinds[l.Letter.Kind] = l.Letter.Address
	}
	if len(kinds) != 3 {
		t.Errorf("letters: %v", kinds)
	}
	resp := n.get(link + "/export.json")
	status(t, resp, http.StatusOK)
	if got := text(t, resp); !json.Valid([]byte(got)) || !strings.Contains(got, "min@example.org") ||
		!strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v\n%s", resp.Header, got)
	}
}

func TestAMailCanBeHadAgainOnceItHasGone(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.reader()
	link := n.ownLink()
	hasNot(t, n.page(link), "Send again") // it is on its way
	mails, err := n.db.Deliveries(t.Context(), n.subscriber().ID, 1)
	if err == nil {
		err = n.db.Settle(t.Context(), []tidings.Outcome{{Delivery: mails[0].ID, State: tidings.DeliverySent, Attempts: 1, At: n.read}})
	}
	if err != nil {
		t.Fatal(err)
	}
	has(t, n.page(link), "Send again", "Handed to your mail provider")
	n.done(link, "again", "The mail is on its way to you once more", "delivery", strconv.FormatInt(mails[0].ID, 10))
	for _, wrong := range []string{"", "x", "4711"} {
		status(t, n.press(link+"/again", "delivery", wrong), http.StatusNotFound)
	}
}

func TestChoicesAreChangedAddedAndDropped(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	_, link := n.reader()
	has(t, n.page(link+"?change=daily"), `<form class="change" id="change"`, `value="energy" checked`, `name="was" value="daily"`)
	n.done(link, "choose", "Saved", "was", "daily", "topic", "energy", "topic", "trade", "words", "Hydrogen, supply chain\n수소", "in", "en",
		"cadence", "weekly", "hour", "7")
	want := `weekly 7 UTC lang:en (topic:energy,trade OR "supply chain" OR hydrogen OR 수소)`
	if got := n.filters(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	n.done(link, "choose", "Saved", "cadence", "immediate", "hour", "7", "words", "zeppelin")
	if got := n.filters(); got != "immediate -1 UTC zeppelin; "+want {
		t.Errorf("got %s", got)
	}
	n.done(link, "choose", "Saved", "was", "weekly", "cadence", "weekly", "drop", "yes")
	if got := n.filters(); got != "immediate -1 UTC zeppelin" {
		t.Errorf("got %s", got)
	}
	resp := n.press(link+"/choose", "was", "immediate", "cadence", "immediate", "drop", "yes")
	status(t, resp, http.StatusUnprocessableEntity)
	has(t, text(t, resp), "This is all that you get")
	resp = n.press(link+"/choose", "was", "weekly", "cadence", "weekly") // another page has dropped it
	status(t, resp, http.StatusUnprocessableEntity)
	if got := n.filters(); got != "immediate -1 UTC zeppelin" {
		t.Errorf("got %s", got)
	}
}

func TestWhatCannotBeReadComesBackAsItWasTyped(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	_, link := n.reader()
	for name, c := range map[string]struct {
		action string
		fields []string
		want   []string
	}{
		"words":       {"choose", []string{"was", "daily", "cadence", "weekly", "topic", "trade", "words", "…<>", "hour", "9"}, []string{"…&lt;&gt;</textarea>", `value="trade" checked`, `value="weekly" selected`, `value="9" selected`, `id="wrong-words"`}},
		"a filter":    {"choose", []string{"was", "daily", "cadence", "daily", "filter", "energy ("}, []string{`value="energy ("`, `id="wrong-filter"`}},
		"a topic":     {"choose", []string{"was", "daily", "cadence", "daily", "filter", "topic:none"}, []string{`value="topic:none"`, `id="wrong-filter"`}},
		"a cadence":   {"choose", []string{"cadence", "daily", "words", "zeppelin"}, []string{"zeppelin</textarea>", `id="wrong-cadence"`}},
		"an hour":     {"choose", []string{"was", "daily", "cadence", "daily", "hour", "99"}, []string{`id="wrong-hour"`}},
		"a zone":      {"settings", []string{"zone", "Mars/Olympus", "language", "en"}, []string{`id="wrong-zone"`}},
		"a language":  {"settings", []string{"zone", "UTC", "language", "xx"}, []string{`id="wrong-language"`}},
		"a day":       {"pause", []string{"until", "soon"}, []string{`value="soon"`, `id="wrong-until"`}},
		"a day past":  {"pause", []string{"until", "2020-02-02"}, []string{`value="2020-02-02"`, `id="wrong-until"`}},
		"nothing new": {"resume", nil, nil},
	} {
		resp := n.press(link+"/"+c.action, c.fields...)
		if c.want == nil {
			status(t, resp, http.StatusSeeOther)
			continue
		}
		if resp.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
		has(t, text(t, resp), append(c.want, `aria-invalid="true"`)...)
	}
	own := n.ownLink()
	before := n.held()
	resp := n.press(own+"/move", "address", "min at example")
	status(t, resp, http.StatusUnprocessableEntity)
	has(t, text(t, resp), `value="min at example"`, `id="wrong-address"`, "does not look like a mail address")
	has(t, text(t, n.press(own+"/move?lang=ko", "address", "min at example")), "이메일 주소의 형식이 아닙니다")
	has(t, text(t, n.press(own+"/move", "address", " MIN@example.org")), "go to this address already")
	status(t, n.press(own+"/choose", "words", strings.Repeat("a", 70<<10)), http.StatusRequestEntityTooLarge)
	if n.held() != before {
		t.Errorf("something has changed:\n%s\n%s", before, n.held())
	}
}

func TestAFilterThatTheFieldsCannotShowStandsThereAsItIs(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.reader()
	link := n.ownLink()
	n.done(link, "choose", "Saved", "was", "daily", "cadence", "daily", "filter", "topic:energy -nuclear")
	has(t, n.page(link+"?change=daily"), `name="filter" value="topic:energy -nuclear"`)
	n.done(link, "choose", "Saved", "was", "daily", "cadence", "daily", "filter", "topic:trade -nuclear")
	if got := n.filters(); got != "daily -1 UTC topic:trade -nuclear" {
		t.Errorf("got %s", got)
	}
}

func TestTimeZoneLanguageAndPauseAreChanged(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	_, link := n.reader()
	n.done(link, "settings", "저장되었습니다", "zone", "Asia/Seoul", "language", "ko")
	if sub := n.subscriber(); sub.Language != "ko" || sub.Subscriptions[0].Zone != "Asia/Seoul" {
		t.Errorf("%+v", sub)
	}
	has(t, n.page(link), `<html lang="ko">`)
	has(t, n.page(link+"?lang=en"), `<html lang="en">`, `action="`+link+`/settings?lang=en"`)
	n.done(link, "pause", "메일 발송을 멈추었습니다", "until", "2026-05-04")
	if sub := n.subscriber(); sub.State != tidings.Paused || sub.PausedUntil.Format(time.RFC3339) != "2026-05-03T15:00:00Z" {
		t.Errorf("%s until %s", sub.State, sub.PausedUntil)
	}
	has(t, n.page(link+"?lang=en"), "Your mails pause until 4 May 2026.")
	n.done(link, "pause", "메일 발송을 멈추었습니다", "until", "")
	has(t, n.page(link+"?lang=en"), "Your mails pause until you go on.")
	n.done(link, "resume", "메일을 다시 보내 드립니다")
	if sub := n.subscriber(); sub.State != tidings.Active {
		t.Error(sub.State)
	}
}

func TestTooManyLettersAreToldOfAndNotOfAWrongAddress(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.reader()
	link := n.ownLink()
	for range 20 {
		resp := n.press(link+"/move", "address", "min@example.net")
		if resp.StatusCode == http.StatusSeeOther {
			continue
		}
		status(t, resp, http.StatusUnprocessableEntity)
		body := text(t, resp)
		has(t, body, "You have done this many times already", `value="min@example.net"`)
		hasNot(t, body, `id="wrong-address"`)
		return
	}
	t.Error("twenty letters were admitted")
}

package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/web"
)

func TestWhoJoinsIsASubscriberOnceTheyHaveConfirmedAndNotBefore(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		has(t, n.page("/"), `href="https://news.example.org/subscribe">Subscribe</a>`)
		n.sent(n.send("/subscribe", wish("ana@example.org", "words", "hydrogen, \"supply chain\"\nŠefčovič", "in", "ko", "hour", "7")), "subscribe/sent")
		if rows := n.rows(); rows["subscribers"] != 0 || rows["signups"] != 1 || rows["letters"] != 1 {
			t.Fatalf("before: %v", rows)
		}
		link := n.confirmURL()
		asked := n.page(link)
		has(t, asked, "Do you want these mails?", "Energy", "“hydrogen”", "“supply chain”", "“sefcovic”", "typed by whoever filled in the form", "한국어", "07:00", "Seoul",
			`<form method="post" action="`+link+`">`)
		hasNot(t, asked, "ana@example.org")
		has(t, text(t, n.post(link, nil)), "You are subscribed")
		sub := n.of("ana@example.org")
		if got := sub.Subscriptions[0]; sub.State != tidings.Active || got.Cadence != tidings.Daily || got.Hour != 7 || got.Zone != "Asia/Seoul" ||
			got.Filter.String() != `("supply chain" OR hydrogen OR sefcovic OR topic:energy) lang:ko` && len(got.Filter.Topics()) != 1 {
			t.Errorf("%+v", sub)
		}
		if got := n.actor(); got != web.ByConfirmPage {
			t.Errorf("confirmed by %q", got)
		}
		for _, again := range []*reply{n.post(link, nil), n.get(link)} {
			status(t, again, http.StatusOK)
			has(t, text(t, again), "You have confirmed this already")
		}
		if rows := n.rows(); rows["subscribers"] != 1 || rows["subscriptions"] != 1 || rows["consents"] != 2 {
			t.Errorf("after: %v", rows)
		}
	})
}

func TestALinkScannerChangesNothing(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.send("/subscribe", wish("ana@example.org"))
		link := n.confirmURL()
		before := n.rows()
		queue, seen := []string{link, n.site.URL()}, map[string]bool{}
		for len(queue) > 0 && len(seen) < 60 {
			target := queue[0]
			queue = queue[1:]
			if seen[target] {
				continue
			}
			seen[target] = true
			for range 10 {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					n.do(method, target, "", "User-Agent", "scanner")
				}
			}
			for _, found := range links(text(t, n.get(target))) {
				queue = append(queue, base+found)
			}
		}
		if diff := fmt.Sprint(n.rows()); diff != fmt.Sprint(before) {
			t.Errorf("%s, and before %v", diff, before)
		}
		has(t, n.page(link), "Do you want these mails?")
	})
}

// kinds are addresses of every kind that an answer might tell apart.
func (n *newsroom) kinds() map[string]string {
	n.t.Helper()
	for _, known := range []string{"known", "left", "suppressed"} {
		f, _ := tidings.ParseFilter("topic:energy")
		sub := tidings.Subscriber{
			Address: known + "@example.org", Language: "en", State: tidings.Active, Created: n.now, Consent: tidings.Consent{Basis: "a test", By: "test", At: n.now},
			Subscriptions: []tidings.Subscription{{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour, Filter: f}},
		}
		if err := n.db.AddSubscriber(n.t.Context(), &sub, n.now, "test"); err != nil {
			n.t.Fatal(err)
		}
		states := map[string]tidings.SubscriberState{"known": tidings.Active, "left": tidings.Left, "suppressed": tidings.Suppressed}
		err := n.db.UpdateSubscriber(n.t.Context(), sub.Address, n.now, "test", func(s *tidings.Subscriber) error {
			s.State = states[known]
			return nil
		})
		if err != nil {
			n.t.Fatal(err)
		}
	}
	return map[string]string{
		"known": "known@example.org", "unknown": "unknown@example.org", "left": "left@example.org", "suppressed": "suppressed@example.org",
		"malformed": "not an address", "injected": "a@example.org\r\nBcc: b@example.org",
	}
}

func TestTheAnswerIsTheSameForAllAddresses(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/subscribe", "/link"} {
		joining(t, func(n *newsroom) {
			t := n.test()
			var first string
			for kind, address := range n.kinds() {
				n.read = n.read.Add(2 * time.Hour)
				start := time.Now()
				resp := n.send(path, wish(address))
				took := time.Since(start)
				answer := fmt.Sprint(resp.StatusCode, resp.Header, text(t, resp), took) + n.sent(resp, strings.TrimPrefix(path, "/")+"/sent")
				if first == "" {
					first = answer
				}
				if answer != first || took != 300*time.Millisecond {
					t.Errorf("%s, %s:\n%s\nand another:\n%s", path, kind, answer, first)
				}
				hasNot(t, answer, "@example.org", "not an address")
			}
		})
	}
}

func TestBadInputComesBackWithAllThatWasTyped(t *testing.T) {
	t.Parallel()
	for field, c := range map[string]struct {
		fields []string
		said   string
	}{
		"words":     {[]string{"words", "hydrogen, !!!"}, "We could not read the words"},
		"cadence":   {[]string{"cadence", "hourly"}, "how often"},
		"topics":    {[]string{"topic", "fisheries"}, "not there any more"},
		"languages": {[]string{"in", "fr"}, "languages in the list"},
		"hour":      {[]string{"hour", "25"}, "one of the times"},
		"zone":      {[]string{"zone", "Mars/Olympus"}, "time zone"},
		"language":  {[]string{"language", "fr"}, "languages in the list"},
		"address":   {[]string{"address", " "}, "Please write your mail address"},
		"filter":    {[]string{"filter", "a OR"}, "We could not read the filter"},
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			joining(t, func(n *newsroom) {
				t := n.test()
				form := wish("ana@example.org", append([]string{"words", "hydrogen"}, c.fields...)...)
				resp := n.send("/subscribe", form)
				status(t, resp, http.StatusUnprocessableEntity)
				page := text(t, resp)
				has(t, page, `id="said" role="alert" tabindex="-1" autofocus`, `href="#`+field+`"`, `id="`+field+`"`, `id="wrong-`+field+`"`, c.said)
				if field != "topics" && field != "filter" {
					has(t, page, `value="energy" checked`, "hydrogen")
				}
				if field != "cadence" {
					has(t, page, `value="daily" required checked`)
				}
				if field != "address" {
					has(t, page, `value="ana@example.org"`)
				}
				stamp := stampIn(t, page)
				if stamp == form.Get("stamp") {
					t.Error("work that was done for the form counts for nothing now")
				}
				if rows := n.rows(); rows["requests"] != 0 {
					t.Errorf("something was done: %v", rows)
				}
				n.sent(n.post("/subscribe", wish("ana@example.org", "stamp", stamp)), "subscribe/sent") // it is as old as before
			})
		})
	}
}

func TestAConfirmLinkSaysHowItStands(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.send("/subscribe", wish("ana@example.org"))
		link := n.confirmURL()
		for _, broken := range []string{link[:len(link)-4], link + "A", base + "/confirm/" + strings.Repeat("A", 43)} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				resp := n.do(method, broken, "")
				status(t, resp, http.StatusNotFound)
				has(t, text(t, resp), "This link does not work")
			}
		}
		resp := n.get(link)
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "ETag": "",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		status(t, n.do(http.MethodPut, link, ""), http.StatusMethodNotAllowed)
		n.read = n.read.Add(49 * time.Hour)
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			resp := n.do(method, link, "")
			status(t, resp, http.StatusGone)
			has(t, text(t, resp), "This link has expired", "a newer change", base+"/subscribe", base+"/link")
		}
		if rows := n.rows(); rows["subscribers"] != 0 {
			t.Errorf("%v", rows)
		}
		if log := n.log.String(); strings.Contains(log, link[len(link)-20:]) || !strings.Contains(log, "/confirm/*") {
			t.Errorf("the log says:\n%s", log)
		}
	})
}

func TestWhoIsSubscribedGetsTheChoicesBesides(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.kinds()
		n.send("/subscribe", wish("known@example.org", "topic", "trade"))
		link := n.confirmURL()
		has(t, n.page(link), "You are subscribed to Ministry of Trade already", "Trade")
		n.post(link, nil)
		if got := n.of("known@example.org").Subscriptions; len(got) != 1 || got[0].Filter.String() != "topic:energy,trade" {
			t.Errorf("%+v", got)
		}
	})
}

func TestALostLinkIsSent(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.kinds()
		page := n.sent(n.send("/link?lang=ko", wish("known@example.org")), "link/sent?lang=ko")
		has(t, page, `<html lang="ko">`, "24시간")
		if all := n.letters(); len(all) != 1 || all[0].kind != "link" || all[0].address != "known@example.org" {
			t.Errorf("%+v", all)
		}
	})
}

func TestASiteThatIsClosedTakesNobodyButKeepsItsWord(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.send("/subscribe", wish("ana@example.org"))
		link := n.confirmURL()
		n.closed = true
		n.open()
		hasNot(t, n.page("/"), "/subscribe")
		for _, path := range []string{"/subscribe", "/subscribe/embed", "/subscribe/sent"} {
			status(t, n.get(path), http.StatusNotFound)
		}
		for _, path := range []string{"/subscribe", "/subscribe/embed"} {
			resp := n.post(path, wish("ana@example.org"))
			status(t, resp, http.StatusNotFound)
			has(t, text(t, resp), "Signing up is closed", n.site.FeedsURL())
			has(t, text(t, n.get(path+"?lang=ko")), "구독 신청을 받지 않고 있습니다")
		}
		n.page("/link")
		has(t, text(t, n.post(link, nil)), "You are subscribed")
	})
}

func TestTheFormIsFilledInByALink(t *testing.T) {
	t.Parallel()
	n := newJoinroom(t)
	for query, want := range map[string][]string{
		"topic=energy":                  {`value="energy" checked`, `name="form" value="topic:energy"`, `value="weekly" required checked`},
		"topic=energy&topic=trade":      {`value="energy" checked`, `value="trade" checked`, `name="form" value="page"`},
		"topic=fisheries&topic=nothing": {`name="form" value="page"`},
		"q=%C5%A0ef%C4%8Dovi%C4%8D":     {"\nŠefčovič</textarea>"},
		"q=topic:energy+OR+hydrogen":    {`value="energy" checked`, "\nhydrogen</textarea>"},
		"q=lang:ko":                     {`name="in" value="ko" checked`},
		"q=energy+-nuclear":             {`id="filter" name="filter" value="energy -nuclear"`},
		"q=lang:fr":                     {`value="lang:fr"`},
		"cadence=daily":                 {`value="daily" required checked`},
		"cadence=hourly":                {`value="weekly" required checked`},
		"lang=ko":                       {`<html lang="ko">`, `<option value="ko" lang="ko" selected>`},
		"topic=energy&lang=ko":          {`<html lang="ko">`, `action="https://news.example.org/subscribe?lang=ko"`},
		"q=%22%3E%3Cscript%3Ealert(1)":  {`value="1 alert script"`},
	} {
		page := n.page("/subscribe?" + query)
		has(t, page, want...)
		hasNot(t, page, "<script>alert", `name="topic" value="fisheries"`)
	}
	other := between(t, n.page("/subscribe?topic=energy&topic=trade&q=hydrogen+%26&cadence=daily&address=ana@example.org"), `class="languages"`, "</nav>")
	has(t, other, `href="https://news.example.org/subscribe?lang=ko&amp;cadence=daily&amp;q=hydrogen&#43;%26&amp;topic=energy&amp;topic=trade"`)
	resp := n.get("/subscribe?q=" + url.QueryEscape("after:yesterday"))
	status(t, resp, http.StatusUnprocessableEntity)
	has(t, text(t, resp), `value="after:yesterday"`, `aria-invalid="true"`)
	has(t, n.page("/subscribe"), `<link rel="canonical" href="https://news.example.org/subscribe">`)
}

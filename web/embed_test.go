package web_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/bits"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAFormOfAnotherSiteLeadsToOursAndChangesNothing(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		form := url.Values{"address": {"ana@example.org"}, "topic": {"energy", "trade"}, "q": {"수소"}, "cadence": {"daily"}, "lang": {"ko"}}
		resp := n.post("/subscribe/embed", form, "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site")
		status(t, resp, http.StatusOK)
		page := text(t, resp)
		has(t, page, `<html lang="ko">`, `value="ana@example.org"`, `value="energy" checked`, `value="trade" checked`, "\n수소</textarea>",
			`value="daily" required checked`, `name="form" value="embed"`)
		if rows := n.rows(); rows["requests"] != 0 {
			t.Errorf("%v", rows)
		}
		n.sent(n.send("/subscribe", wish("ana@example.org", "stamp", stampIn(t, page), "form", "embed")), "subscribe/sent")
	})
}

func TestThePageAboutFormsGivesTheirHTML(t *testing.T) {
	t.Parallel()
	n := newJoinroom(t)
	page := n.page("/subscribe/embed?lang=ko")
	has(t, page, "&lt;form action=&#34;https://news.example.org/subscribe/embed&#34; method=&#34;post&#34;&gt;", "value=&#34;ko&#34;")
	hasNot(t, page, "embed.js")
	status(t, n.get("/subscribe/embed.js"), http.StatusNotFound)
	status(t, n.get("/subscribe/embed.json", "Origin", "https://www.example.org"), http.StatusNotFound)
	n.joining.Origins = []string{"https://www.example.org"}
	n.open()
	has(t, n.page("/subscribe/embed"), "data-tidings", "https://news.example.org/subscribe/embed.js")
	has(t, n.page("/subscribe/embed.js"), "data-tidings", "tidingsWork")
}

// told is what the script is told.
type told struct {
	Stamp       string
	Work, Wait  int
	Done, Again bool
	Title, Text string
}

func (n *newsroom) told(resp *reply) (answer told) {
	n.t.Helper()
	if err := json.Unmarshal([]byte(text(n.t, resp)), &answer); err != nil {
		n.t.Fatal(err)
	}
	return answer
}

func TestOnlySitesThatAreListedGetTheirAnswerInPlace(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.joining.Origins = []string{"https://www.example.org/"}
		n.open()
		from := func(origin string) []string { return []string{"Origin", origin, "Sec-Fetch-Site", "cross-site"} }
		for _, origin := range []string{"https://evil.example", "null", "", "https://www.example.org.evil.example", "http://www.example.org"} {
			form := wish("ana@example.org", "stamp", stampIn(t, n.page("/subscribe")))
			for _, resp := range []*reply{n.get("/subscribe/embed.json", from(origin)...), n.send("/subscribe/embed.json", form, from(origin)...)} {
				status(t, resp, http.StatusNotFound)
				if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "" {
					t.Errorf("%s may read: %q", origin, got)
				}
			}
		}
		listed := from("https://www.example.org")
		resp := n.get("/subscribe/embed.json", listed...)
		given := n.told(resp)
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "https://www.example.org" || given.Stamp == "" || given.Wait < 2000 {
			t.Errorf("%q, %+v", got, given)
		}
		form := url.Values{"address": {"ana@example.org"}, "topic": {"energy"}, "stamp": {given.Stamp}}
		if early := n.told(n.post("/subscribe/embed.json", form, listed...)); !early.Again {
			t.Errorf("too fast: %+v", early)
		}
		for kind, address := range n.kinds() {
			n.read = n.read.Add(2 * time.Hour)
			form.Set("address", address)
			resp := n.post("/subscribe/embed.json?lang=ko", form, listed...)
			if answer := n.told(resp); !answer.Done || answer.Title != "메일함을 확인해 주십시오" || resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %+v", kind, answer)
			}
		}
		form.Set("q", "after:yesterday")
		if wrong := n.told(n.post("/subscribe/embed.json", form, listed...)); !wrong.Again {
			t.Errorf("%+v", wrong)
		}
		form.Del("q")
		for i := range 6 {
			form.Set("address", fmt.Sprintf("a%d@example.org", i))
			resp = n.post("/subscribe/embed.json", form, listed...)
		}
		if busy := n.told(resp); busy.Done || resp.StatusCode != http.StatusTooManyRequests || !strings.Contains(busy.Text, "hour") {
			t.Errorf("%d, %+v", resp.StatusCode, busy)
		}
		if kinds := n.evidence(); strings.Count(kinds, "embed") < 3 || strings.Contains(kinds, "page") {
			t.Errorf("the evidence: %s", kinds)
		}
	})
}

// evidence is which forms the sign-ups came by.
func (n *newsroom) evidence() string {
	n.t.Helper()
	var all []string
	n.query(`SELECT form FROM signups ORDER BY id`, func(scan func(...any) error) error {
		var form string
		err := scan(&form)
		all = append(all, form)
		return err
	})
	return strings.Join(all, " ")
}

// labour does the work that a stamp asks for.
func labour(stamp string, difficulty int) string {
	for i := 0; ; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s:%d", stamp, i))
		if bits.LeadingZeros32(uint32(sum[0])<<24|uint32(sum[1])<<16|uint32(sum[2])<<8|uint32(sum[3])) >= difficulty {
			return fmt.Sprint(i)
		}
	}
}

func TestWorkThatIsAskedForIsDoneOncePerFormAndFewComeWithout(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.joining.Work = 10
		n.open()
		page := n.page("/subscribe")
		has(t, page, `data-work="10"`, "/assets/work.")
		from := 0
		send := func(form url.Values) int {
			from++
			return n.do(http.MethodPost, "/subscribe", form.Encode(), "Content-Type", "application/x-www-form-urlencoded").StatusCode
		}
		stamp := stampIn(t, page)
		n.read = n.read.Add(time.Minute)
		unproven := func() url.Values { return wish("a@example.org", "stamp", stamp, "work", "x") }
		taken := func(form url.Values) bool { // by anybody: the network's limit comes after
			code := send(form)
			return code == http.StatusSeeOther || code == http.StatusTooManyRequests
		}
		good := wish("a@example.org", "stamp", stamp, "work", labour(stamp, 10))
		if !taken(good) {
			t.Error("work was not taken")
		}
		for i := range 60 {
			if form := unproven(); !taken(form) {
				t.Fatalf("without work, the %d. is not taken", i+1)
			}
		}
		for name, form := range map[string]url.Values{
			"no work": unproven(), "work that is spent": good, "work of another form": wish("a@example.org", "stamp", stampIn(t, n.page("/subscribe")), "work", good.Get("work")),
			"no number": wish("a@example.org", "stamp", stamp, "work", "-1"),
		} {
			n.read = n.read.Add(3 * time.Second)
			resp := n.post("/subscribe", form)
			status(t, resp, http.StatusServiceUnavailable)
			has(t, text(t, resp), "JavaScript")
			if resp.Header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", name)
			}
		}
		other := stampIn(t, n.page("/subscribe"))
		n.read = n.read.Add(time.Minute)
		if !taken(wish("a@example.org", "stamp", other, "work", labour(other, 10))) {
			t.Error("while others come without, work was not taken")
		}
		n.read = n.read.Add(time.Hour)
		if !taken(unproven()) {
			t.Error("an hour later, without work, nothing is taken")
		}
	})
}

func TestAFormThatComesBackAsksForNewWorkAndTakesIt(t *testing.T) {
	t.Parallel()
	joining(t, func(n *newsroom) {
		t := n.test()
		n.joining.Work, n.letterLimit = 8, 1
		n.open()
		n.sent(n.send("/link", wish("ana@example.org")), "link/sent") // all that the site may write within the hour
		for _, path := range []string{"/subscribe", "/link"} {
			stamp := stampIn(t, n.page(path))
			resp := n.send(path, wish("bo@example.org", "stamp", stamp, "work", labour(stamp, 8)))
			status(t, resp, http.StatusServiceUnavailable)
			page := text(t, resp)
			has(t, page, "far more requests than usual")
			hasNot(t, page, "JavaScript")
			if next := stampIn(t, page); next == stamp {
				t.Errorf("%s: the form comes back with the stamp that is spent", path)
			}
		}
	})
}

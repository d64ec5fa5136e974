package web_test

import (
	"context"
	"database/sql"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
	"github.com/tidings/tidings/web"
)

// newJoinroom is a newsroom that visitors may join, a day after its last release.
func newJoinroom(t testing.TB) *newsroom {
	t.Helper()
	n := newNewsroom(t)
	n.joins = true
	n.read = n.now.AddDate(0, 0, 1)
	n.open()
	return n
}

// joining runs a test in a bubble, where the answers to forms, which are padded, take no time.
func joining(t *testing.T, test func(n *newsroom)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newJoinroom(t)) })
}

// test is the test that the newsroom was made for.
func (n *newsroom) test() *testing.T {
	t, _ := n.t.(*testing.T)
	return t
}

var hiddenStamp = regexp.MustCompile(`name="stamp" value="([^"]+)"`)

// stampIn is the stamp of the form on a page.
func stampIn(t testing.TB, page string) string {
	t.Helper()
	found := hiddenStamp.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("there is no form in:\n%s", page)
	}
	return html.UnescapeString(found[1])
}

// wish is the fields of a form, with what most want. Fields come as name, value, name, value.
func wish(address string, fields ...string) url.Values {
	form := url.Values{
		"address": {address}, "topic": {"energy"}, "cadence": {"daily"}, "hour": {""}, "zone": {"Asia/Seoul"}, "language": {"en"}, "do": {"join"},
	}
	for i := 0; i < len(fields); i += 2 {
		if form.Del(fields[i]); fields[i+1] != "" {
			form.Set(fields[i], fields[i+1])
		}
	}
	return form
}

// send opens the page of a form, waits as people do, and sends the form.
func (n *newsroom) send(path string, form url.Values, headers ...string) *reply {
	n.t.Helper()
	if !form.Has("stamp") {
		form.Set("stamp", stampIn(n.t, text(n.t, n.get(path))))
	}
	n.read = n.read.Add(5 * time.Second)
	return n.post(path, form, headers...)
}

func (n *newsroom) post(path string, form url.Values, headers ...string) *reply {
	n.t.Helper()
	return n.do(http.MethodPost, path, form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

// posted is a letter as it is in the outbox.
type posted struct{ kind, address, language, token string }

// letters are all that were written, the oldest first.
func (n *newsroom) letters() (all []posted) {
	n.t.Helper()
	n.query(`SELECT kind, address, language, purpose, nonce, ticket FROM letters ORDER BY id`, func(scan func(...any) error) error {
		var l posted
		var purpose tidings.Purpose
		var nonce, hash []byte
		err := scan(&l.kind, &l.address, &l.language, &purpose, &nonce, &hash)
		if err == nil && nonce != nil {
			l.token, err = n.keys.TicketOf(purpose, nonce, hash)
		}
		all = append(all, l)
		return err
	})
	return all
}

// query opens the database under the hood.
func (n *newsroom) query(query string, each func(scan func(...any) error) error) {
	n.t.Helper()
	file, err := sql.Open("sqlite", "file:"+n.file+"?mode=ro")
	if err != nil {
		n.t.Fatal(err)
	}
	defer file.Close()
	rows, err := file.QueryContext(n.t.Context(), query)
	if err != nil {
		n.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			n.t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		n.t.Fatal(err)
	}
}

// rows counts those of the tables that joining fills.
func (n *newsroom) rows() map[string]int {
	n.t.Helper()
	counts := map[string]int{}
	for _, table := range []string{"requests", "signups", "tickets", "letters", "subscribers", "subscriptions", "consents"} {
		n.query(`SELECT count(*) FROM `+table, func(scan func(...any) error) error {
			var rows int
			err := scan(&rows)
			counts[table] = rows
			return err
		})
	}
	return counts
}

// confirmURL is the link of the newest letter.
func (n *newsroom) confirmURL() string {
	n.t.Helper()
	all := n.letters()
	if len(all) == 0 {
		n.t.Fatal("no letter was written")
	}
	return n.site.URL("confirm", all[len(all)-1].token)
}

func (n *newsroom) of(address string) tidings.Subscriber {
	n.t.Helper()
	sub, err := n.db.Subscriber(n.t.Context(), address)
	if err != nil {
		n.t.Fatal(err)
	}
	return sub
}

// sent sees that a form was taken, and gives the page that it leads to.
func (n *newsroom) sent(resp *reply, to string) string {
	n.t.Helper()
	if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got, n.site.URL()+to) {
		n.t.Fatalf("%d to %q, want 303 to %s\n%s", resp.StatusCode, got, to, text(n.t, resp))
	}
	return n.page(resp.Header.Get("Location"))
}

// actor is who took the newest step.
func (n *newsroom) actor() string {
	n.t.Helper()
	log, err := n.db.Audit(n.t.Context(), 1)
	if err != nil || len(log) == 0 {
		n.t.Fatal(log, err)
	}
	return log[0].Actor
}

// service answers for the subscribers, as the program's does.
func (n *newsroom) service() *subscribe.Service {
	n.t.Helper()
	var cadences tidings.Cadences
	for _, c := range [][2]string{
		{tidings.Immediate, "* * * * *"}, {tidings.Daily, "0 8 * * *"}, {tidings.Weekly, "0 8 * * 1"}, {tidings.Monthly, "0 8 1 * *"},
	} {
		schedule, err := tidings.ParseSchedule(c[1])
		if err != nil {
			n.t.Fatal(err)
		}
		cadences = append(cadences, tidings.Cadence{Name: c[0], Schedule: schedule})
	}
	return &subscribe.Service{
		Register: n.db, Personal: n.db, Tickets: n.db, Requests: n.db, Topics: n.db, Suppressions: n.db, Site: n.site, Keyring: n.keys,
		Languages: []string{"en", "ko"}, Cadences: cadences, LettersPerHour: n.letterLimit,
	}
}

// slowJoiner is the real service after a while.
type slowJoiner struct {
	web.Joiner
	delay time.Duration
}

// SignUp waits first.
func (j *slowJoiner) SignUp(ctx context.Context, w tidings.SignUpForm, now time.Time) (tidings.Admission, error) {
	<-time.After(j.delay)
	return j.Joiner.SignUp(ctx, w, now)
}

package web_test

import (
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/mailer"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/templates"
)

// opensMailbox for all addresses, and a mailer that speaks to it over a real socket.
func (w *wholeWay) opensMailbox() {
	w.t.Helper()
	var err error
	if w.box, err = mailbox.Listen("127.0.0.1:0", mailbox.Options{}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.box.Close() })
	set, err := templates.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	composer, err := mailer.NewComposer(w.site, set, w.keys, mailer.Sender{From: "news@example.org"})
	if err != nil {
		w.t.Fatal(err)
	}
	at, err := netip.ParseAddrPort(w.box.Addr())
	if err != nil {
		w.t.Fatal(err)
	}
	w.planner = &digest.Planner{Ledger: w.db, Cadences: w.service().Cadences, Site: w.site}
	w.mailer, err = mailer.New(mailer.Config{
		Relay:    &mailer.Relay{Host: at.Addr().String(), Port: int(at.Port()), Security: mailer.Plain},
		Composer: composer, Outbox: w.db, Journal: w.db, Editions: w.db, Planner: w.planner,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// arrives sends what is due, and gives the newest of the mails, so many, that have come, when it went there. Then a scanner follows
// all its links ten times.
func (w *wholeWay) arrives(to string, mails int) mailbox.View {
	w.t.Helper()
	had := len(w.box.Mails())
	if sum, err := w.mailer.Drain(w.t.Context()); err != nil || sum.Sent != mails {
		w.t.Fatalf("%+v, %v: want %d sent", sum, err, mails)
	}
	come := w.box.Mails()[had:]
	if len(come) != mails || come[mails-1].To != to {
		w.t.Fatalf("%d mails came, want %d, the last to %s: %+v", len(come), mails, to, come)
	}
	v, err := mailbox.Read(come[mails-1].Data)
	if err != nil {
		w.t.Fatal(err)
	}
	before := w.tables()
	for _, link := range linksOf(&v) {
		for range 10 {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				if code, _ := w.asks(method, link, ""); code != http.StatusOK && code != http.StatusGone {
					w.t.Errorf("%s %s: %d", method, link, code)
				}
			}
		}
	}
	if after := w.tables(); after != before {
		w.t.Errorf("a scanner has changed something:\n%s\n\n%s", before, after)
	}
	return v
}

var anURL = regexp.MustCompile(`https?://[^\s"'<>]+`)

// linksOf are the URLs of both parts of a mail, and of its header.
func linksOf(v *mailbox.View) []string {
	found := anURL.FindAllString(html.UnescapeString(v.HTML)+"\n"+v.Text+"\n"+field(v, "List-Unsubscribe"), -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// link is the one in the mail whose path begins so.
func (w *wholeWay) link(v *mailbox.View, path string) string {
	w.t.Helper()
	for _, link := range linksOf(v) {
		if strings.HasPrefix(link, w.site.URL()+path) {
			return link
		}
	}
	w.t.Fatalf("no link to %s in:\n%s", path, v.Text)
	return ""
}

func field(v *mailbox.View, name string) string {
	for _, h := range v.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// asks is a program, not a browser: a scanner, or a mail program. A body is that of a form.
func (w *wholeWay) asks(method, target, body string) (status int, answer string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", asForm)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	octets, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(octets)
}

// tables is all that stands in the database.
func (w *wholeWay) tables() string {
	w.t.Helper()
	columns := map[string][]string{}
	w.query(`SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%'`,
		func(scan func(...any) error) error {
			var table, column string
			err := scan(&table, &column)
			columns[table] = append(columns[table], `hex("`+column+`")`)
			return err
		})
	var rows []string
	for table, all := range columns {
		w.query(fmt.Sprintf(`SELECT concat_ws('7C', %s) FROM %q`, strings.Join(all, ", "), table), func(scan func(...any) error) error {
			var row string
			if err := scan(&row); err != nil {
				return err
			}
			octets, err := hex.DecodeString(row)
			rows = append(rows, table+": "+string(octets))
			return err
		})
	}
	slices.Sort(rows)
	return strings.Join(rows, "\n")
}

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
	"github.com/tidings/tidings/subscribe"
	"github.com/tidings/tidings/templates"
)

// mailboxPages adds the pages that show each mail as its reader would see it.
func (d *demo) mailboxPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /mailbox", d.answer(d.listMails))
	mux.HandleFunc("GET /mailbox/{n}", d.answer(d.showMail))
	mux.HandleFunc("GET /mailbox/{n}/html", d.answer(d.mailHTML))
	mux.HandleFunc("GET /mailbox/{n}/raw", d.answer(d.mailRaw))
}

// received hands a mail to the address for unsubscribing over, as a mail server would to `tidings receive`.
func (d *demo) received(ctx context.Context, m *mailbox.Mail) {
	h := d.open.Load()
	if h == nil || !strings.EqualFold(m.To, demoLeave) {
		return
	}
	if err := h.receive(ctx, bytes.NewReader(m.Data), d.now()); err != nil {
		h.log.Error("a mail that came in", "error", err)
	}
}

// answer renders to bytes first, so that a fault is a 500 and never half a page.
func (d *demo) answer(f func(http.Header, io.Writer, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := http.Header{
			"Content-Type":            {"text/html; charset=utf-8"},
			"Content-Security-Policy": {"default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"},
			"Cache-Control":           {"no-store"},
			"X-Content-Type-Options":  {"nosniff"},
		}
		var page bytes.Buffer
		switch err := f(h, &page, r); {
		case errors.Is(err, errNoMail):
			http.NotFound(w, r)
		case err != nil:
			d.house.log.Error("a mailbox page", "error", err)
			http.Error(w, "the page could not be made", http.StatusInternalServerError)
		default:
			for name, values := range h {
				w.Header()[name] = values
			}
			_, _ = page.WriteTo(w) // who hung up is not served
		}
	}
}

var errNoMail = tidings.Invalidf("mail", "there is none of this number")

func (d *demo) page(title string) templates.Page {
	site := d.house.site
	return templates.Page{
		Site: site, Language: site.Language, Title: title, Subscribe: site.SubscribeURL(tidings.Selection{}, site.Language),
	}
}

func (d *demo) entry(m *mailbox.Mail, v *mailbox.View) templates.MailboxEntry {
	return templates.MailboxEntry{
		URL: d.house.site.URL("mailbox", strconv.Itoa(m.Index)), To: m.To, Subject: v.Subject, Date: v.Date,
	}
}

func (d *demo) listMails(_ http.Header, w io.Writer, _ *http.Request) error {
	p := &templates.MailboxPage{Page: d.page("")}
	for _, m := range slices.Backward(d.box.Mails()) {
		v, err := mailbox.Read(m.Data)
		if err != nil {
			return err
		}
		p.Mails = append(p.Mails, d.entry(&m, &v))
	}
	return d.house.templates.Mailbox(w, p)
}

// mail finds the mail that a request names, taken apart.
func (d *demo) mail(r *http.Request) (mailbox.Mail, mailbox.View, error) {
	n, err := strconv.Atoi(r.PathValue("n"))
	mails := d.box.Mails()
	if err != nil || n < 1 || n > len(mails) {
		return mailbox.Mail{}, mailbox.View{}, errNoMail
	}
	v, err := mailbox.Read(mails[n-1].Data)
	return mails[n-1], v, err
}

func (d *demo) showMail(_ http.Header, w io.Writer, r *http.Request) error {
	m, v, err := d.mail(r)
	if err != nil {
		return err
	}
	n := strconv.Itoa(m.Index)
	p := &templates.MailPage{
		Page: d.page(v.Subject), Mail: d.entry(&m, &v), Text: v.Text, Source: string(m.Data),
		HTMLURL: d.house.site.URL("mailbox", n, "html"), RawURL: d.house.site.URL("mailbox", n, "raw"),
	}
	for _, h := range v.Headers {
		p.Headers = append(p.Headers, templates.MailHeader{Name: h.Name, Value: h.Value})
	}
	return d.house.templates.Mail(w, p)
}

// mailHTML serves the HTML part alone, for the page's frame: its own style, and nothing that could act.
func (d *demo) mailHTML(h http.Header, w io.Writer, r *http.Request) error {
	_, v, err := d.mail(r)
	if err != nil {
		return err
	}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src https:; frame-ancestors 'self'")
	_, err = io.WriteString(w, v.HTML)
	return err
}

func (d *demo) mailRaw(h http.Header, w io.Writer, r *http.Request) error {
	m, _, err := d.mail(r)
	if err != nil {
		return err
	}
	h.Set("Content-Type", "message/rfc822")
	_, err = w.Write(m.Data)
	return err
}

// readJoins reads the demo's subscribers.
func readJoins(r io.Reader, name string) ([]subscribe.Join, error) {
	var file struct {
		Subscriber []struct {
			Address, Language, Zone, Consent string
			Subscription                     []struct {
				Cadence, Filter string
				Hour            *int
			}
		}
	}
	if err := toml.NewDecoder(r).DisallowUnknownFields().Decode(&file); err != nil {
		return nil, tidings.Invalidf(name, "%v", err)
	}
	var joins []subscribe.Join
	for _, s := range file.Subscriber {
		j := subscribe.Join{
			Address: s.Address, Language: s.Language, Zone: s.Zone, Consent: tidings.Consent{Basis: s.Consent, By: "demo", At: time.Time{}},
		}
		for _, sub := range s.Subscription {
			c := tidings.Choice{Cadence: sub.Cadence, Filter: sub.Filter, Hour: tidings.AnyHour}
			if sub.Hour != nil {
				c.Hour = *sub.Hour
			}
			j.Choices = append(j.Choices, c)
		}
		joins = append(joins, j)
	}
	return joins, nil
}

package subscribe_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/digest"
	"github.com/tidings/tidings/subscribe"
)

// ask writes a ticket as a letter of the own page would bring it, and gives its token.
func (d *desk) ask(t *testing.T, p tidings.Purpose, subscriber int64, detail string) string {
	t.Helper()
	file, err := sql.Open("sqlite", "file:"+d.path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	nonce, hash := d.Keyring.NewTicket(p)
	if _, err := file.ExecContext(t.Context(), `
		INSERT INTO tickets (hash, purpose, subscriber_id, detail, language, created, expires) VALUES (?, ?, ?, ?, 'ko', ?, ?)`,
		hash, string(p), subscriber, detail, d.now.UnixMilli(), d.now.Add(subscribe.LinkLife).UnixMilli()); err != nil {
		t.Fatal(err)
	}
	token, err := d.Keyring.TicketOf(p, nonce, hash)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAMoveTakesEffectWhenItIsConfirmedAndTheOldAddressIsTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.add(t).ID
	token := d.ask(t, tidings.PurposeMove, id, "new@example.org")
	own, erase := d.ask(t, tidings.PurposeManage, id, ""), d.ask(t, tidings.PurposeErase, id, "")
	if c, err := d.Confirming(t.Context(), token, d.now); err != nil || c.Purpose != tidings.PurposeMove || c.NewAddress != "new@example.org" {
		t.Errorf("%+v, %v", c, err)
	}
	before := d.stored(t)
	visit, err := d.Visit(t.Context(), own, d.now)
	if err != nil {
		t.Fatal(err)
	}
	d.confirm(t, token)
	if _, err := d.FeedOf(t.Context(), visit.Feed); !errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("who has the old address can still read the feed: %v", err)
	}
	after := d.of(t, "new@example.org")
	before.Address, before.Moved, before.Feed = "new@example.org", d.now, before.Feed+1
	if diff := cmp.Diff(before, after, filters()); diff != "" {
		t.Errorf("more than the address changed:\n%s", diff)
	}
	if l := d.newest(t); l.kind != "moved" || l.address != "Min@example.org" || l.token != "" || l.language != "ko" {
		t.Errorf("the old address is told by %+v", l)
	}
	if kinds := d.kinds(t, id); kinds[len(kinds)-1] != tidings.ConsentMoved {
		t.Errorf("the record has %q", kinds)
	}
	if _, err := d.Confirm(t.Context(), erase, d.now, "web"); !errors.Is(err, tidings.ErrExpired) {
		t.Errorf("who has the old address can still erase: %v", err)
	}
	if ticket, err := d.db.Ticket(t.Context(), tidings.TicketHash(own), tidings.PurposeManage); err != nil || d.now.Before(ticket.Expires) {
		t.Errorf("who has the old address can still manage: %+v, %v", ticket, err)
	}
	if c := d.confirm(t, token); !c.Done || len(d.letters(t)) != 1 {
		t.Errorf("a second time: %+v, %d letters", c, len(d.letters(t)))
	}
}

func TestAMoveToWhatBecameSomebodyElsesOrSuppressedChangesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.add(t).ID
	other := join()
	other.Address = "new@example.org"
	token := d.ask(t, tidings.PurposeMove, id, "New@example.org")
	if _, err := d.Add(t.Context(), other, d.now, "test"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		do   func() error
		want error
	}{
		{func() error { return nil }, tidings.ErrExists},
		{func() error { d.suppress(t, "new@example.org"); return nil }, tidings.ErrSuppressed},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Confirm(t.Context(), token, d.now, "web"); !errors.Is(err, step.want) {
			t.Errorf("%v, want %v", err, step.want)
		}
	}
	if sub := d.stored(t); sub.ID != id || len(d.letters(t)) != 0 {
		t.Errorf("%+v, %d letters", sub, len(d.letters(t)))
	}
	if err := d.Lift(t.Context(), "new@example.org", "she called", d.now, "test"); err != nil {
		t.Fatal(err)
	}
	d.confirm(t, token) // nothing was used up
	if sub := d.of(t, "new@example.org"); sub.ID != id {
		t.Errorf("%+v", sub)
	}
}

func TestAMoveToAnAddressOfWhoLeftTakesItsPlace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.add(t).ID
	other := join()
	other.Address = "new@example.org"
	if _, err := d.Add(t.Context(), other, d.now, "test"); err != nil {
		t.Fatal(err)
	}
	if err := d.Leave(t.Context(), "new@example.org", d.now, "test"); err != nil {
		t.Fatal(err)
	}
	d.confirm(t, d.ask(t, tidings.PurposeMove, id, "new@example.org"))
	if sub := d.of(t, "new@example.org"); sub.ID != id || sub.State != tidings.Active {
		t.Errorf("%+v", sub)
	}
}

func TestErasingIsConfirmedOnceAndASuppressionStays(t *testing.T) {
	t.Parallel()
	for _, suppressed := range []bool{false, true} {
		d := newDesk(t)
		id := d.add(t).ID
		if suppressed {
			d.suppress(t, "min@example.org")
		}
		token := d.ask(t, tidings.PurposeErase, id, "")
		if c := d.confirm(t, token); c.Done || c.Purpose != tidings.PurposeErase {
			t.Errorf("%+v", c)
		}
		if _, err := d.db.Subscriber(t.Context(), "min@example.org"); !errors.Is(err, tidings.ErrNotFound) {
			t.Errorf("still there: %v", err)
		}
		if n := d.rows(t)["consents"]; n != 0 {
			t.Errorf("%d entries of consent are left", n)
		}
		if c := d.confirm(t, token); !c.Done || c.Language != "ko" {
			t.Errorf("a second time: %+v", c)
		}
		_, err := d.Add(t.Context(), join(), d.now, "test")
		if !errors.Is(err, tidings.ErrSuppressed) || strings.Contains(err.Error(), "they asked for it") == suppressed {
			t.Errorf("suppressed %v, and added again: %v", suppressed, err)
		}
	}
}

func TestTheLinkOfADigestThatWentToAFormerAddressOpensNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.add(t).ID
	link := d.mailLink(t)
	d.pass(time.Hour)
	d.confirm(t, d.ask(t, tidings.PurposeMove, id, "new@example.org"))
	if _, err := d.Visit(t.Context(), link, d.now); !errors.Is(err, tidings.ErrExpired) {
		t.Errorf("opens: %v", err)
	}
	if err := d.PauseVisit(t.Context(), link, time.Time{}, d.now); !errors.Is(err, tidings.ErrExpired) {
		t.Errorf("pauses: %v", err)
	}
	d.pass(2 * time.Hour)
	if err := d.SendLinkByToken(t.Context(), link, d.now); err != nil || d.newest(t).address != "new@example.org" {
		t.Errorf("the link went to %q, %v", d.newest(t).address, err)
	}
	d.publish(t, "wind")
	planner := digest.Planner{Ledger: d.db, Cadences: d.Cadences, Site: d.Site}
	if _, err := planner.Force(t.Context(), d.now, tidings.Daily); err != nil {
		t.Fatal(err)
	}
	sub := d.of(t, "new@example.org")
	mails, err := d.db.Deliveries(t.Context(), sub.ID, 1)
	if err != nil || len(mails) != 1 {
		t.Fatal(len(mails), err)
	}
	if _, err := d.Visit(t.Context(), d.Keyring.Mint(tidings.PurposeManage, mails[0].ID, sub.ID, sub.Created), d.now); err != nil {
		t.Errorf("the link of a digest since: %v", err)
	}
}

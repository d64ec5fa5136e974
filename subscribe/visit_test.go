package subscribe_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/subscribe"
)

// mailLink sends the one subscriber a digest, and gives the link to the own page that stands in it.
func (d *desk) mailLink(t *testing.T) string {
	t.Helper()
	d.token(t)
	return d.linkOf(t)
}

// linkOf is the link to the own page in the newest digest.
func (d *desk) linkOf(t *testing.T) string {
	t.Helper()
	sub := d.stored(t)
	mails, err := d.db.Deliveries(t.Context(), sub.ID, 1)
	if err != nil || len(mails) != 1 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	return d.Keyring.Mint(tidings.PurposeManage, mails[0].ID, sub.ID, sub.Created)
}

// ticket draws one for the subscriber, as a letter would bring it.
func (d *desk) ticket(t *testing.T, kind tidings.LetterKind, p tidings.Purpose) string {
	t.Helper()
	sub := d.stored(t)
	l := tidings.Letter{Kind: kind, Purpose: p, Subscriber: sub.ID, Address: "new@example.org", Expires: d.now.Add(24 * time.Hour)}
	l.Nonce, l.TicketHash = d.Keyring.NewTicket(p)
	r := tidings.Request{Kind: tidings.LinkRequest, Address: "any"}
	if a, err := d.db.PostPersonal(t.Context(), &r, &l, d.now, "test"); err != nil || a != tidings.Admitted {
		t.Fatal(a, err)
	}
	token, err := d.Keyring.TicketOf(p, l.Nonce, l.TicketHash)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// own is the link to the own page that was sent for it.
func (d *desk) own(t *testing.T) string {
	t.Helper()
	return d.ticket(t, tidings.LinkLetter, tidings.PurposeManage)
}

// posted are the letters written so far, the newest first.
func (d *desk) posted(t *testing.T) []tidings.Delivery {
	t.Helper()
	dossier, err := d.db.Dossier(t.Context(), d.stored(t).ID)
	if err != nil {
		t.Fatal(err)
	}
	return dossier.Letters
}

func TestTheLinkOfADigestOpensForTwoWeeksAndShowsNoMoreThanTheMail(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.mailLink(t)
	for _, after := range []time.Duration{0, 14*24*time.Hour - time.Second} {
		v, err := d.Visit(t.Context(), token, d.now.Add(after))
		if err != nil || v.Own || v.Feed != "" || v.Mails != nil || len(v.Subscriber.Subscriptions) != 1 || !v.Offer {
			t.Errorf("after %v: %+v, %v", after, v, err)
		}
	}
	if _, err := d.Visit(t.Context(), token, d.now.Add(14*24*time.Hour)); !errors.Is(err, tidings.ErrExpired) {
		t.Errorf("after two weeks: %v", err)
	}
	for name, step := range map[string]func() error{
		"move":       func() error { return d.Move(t.Context(), token, "new@example.org", d.now) },
		"erase":      func() error { return d.AskErase(t.Context(), token, d.now) },
		"mail again": func() error { return d.MailAgain(t.Context(), token, 1, d.now) },
		"reset":      func() error { return d.ResetFeed(t.Context(), token, d.now) },
		"export":     func() error { _, err := d.Export(t.Context(), token, d.now); return err },
	} {
		if err := step(); !errors.Is(err, tidings.ErrBadToken) {
			t.Errorf("%s by the link of a digest: %v", name, err)
		}
	}
	if got := d.posted(t); len(got) != 0 {
		t.Errorf("%d letters", len(got))
	}
}

func TestTheLinkOfALetterOpensForADayAgainAndAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	d.token(t)
	token := d.own(t)
	for _, after := range []time.Duration{0, 0, 24*time.Hour - time.Second} {
		v, err := d.Visit(t.Context(), token, d.now.Add(after))
		if err != nil || !v.Own || v.Subscriber.Address != "Min@example.org" || len(v.Feed) != tidings.TokenLength {
			t.Fatalf("after %v: %+v, %v", after, v, err)
		}
		if len(v.Mails) != 1 || v.Mails[0].Delivery.State != tidings.DeliverySent || strings.Join(v.Mails[0].Titles, ",") != "solar" {
			t.Errorf("the mails are %+v", v.Mails)
		}
	}
	if _, err := d.Visit(t.Context(), token, d.now.Add(24*time.Hour)); !errors.Is(err, tidings.ErrExpired) {
		t.Errorf("after a day: %v", err)
	}
}

func TestTheLinkOfATestMailShowsNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.Keyring.Mint(tidings.PurposeManage, subscribe.TestDelivery, 0, time.Time{})
	v, err := d.Visit(t.Context(), token, d.now)
	if err != nil || !v.Test || v.Own || v.Subscriber.ID != 0 {
		t.Errorf("%+v, %v", v, err)
	}
	if err := d.PauseVisit(t.Context(), token, time.Time{}, d.now); !errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("paused: %v", err)
	}
	if err := d.SendLinkByToken(t.Context(), token, d.now); !errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("asked for a link: %v", err)
	}
}

func TestALinkOfWhoWasErasedOrRestoredOpensNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	sub := d.add(t)
	token, own := d.mailLink(t), d.own(t)
	feed := d.Keyring.Mint(tidings.PurposeRead, 0, sub.ID, sub.Created)
	former := d.Keyring.Mint(tidings.PurposeManage, 1, sub.ID, sub.Created.Add(time.Millisecond)) // had the number before a restore
	if _, err := d.Visit(t.Context(), former, d.now); !errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("of before a restore: %v", err)
	}
	if err := d.Remove(t.Context(), "min@example.org", d.now, "test"); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{token, own} {
		if _, err := d.Visit(t.Context(), token, d.now); !errors.Is(err, tidings.ErrBadToken) {
			t.Errorf("erased: %v", err)
		}
		if err := d.SendLinkByToken(t.Context(), token, d.now); !errors.Is(err, tidings.ErrBadToken) {
			t.Errorf("erased, a link: %v", err)
		}
	}
	if _, err := d.FeedOf(t.Context(), feed); !errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("erased, the feed: %v", err)
	}
}

func TestAMailThatIsForgottenLeavesALinkThatMayAskForAnother(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	sub := d.add(t)
	token := d.Keyring.Mint(tidings.PurposeManage, 77, sub.ID, sub.Created)
	if _, err := d.Visit(t.Context(), token, d.now); !errors.Is(err, tidings.ErrExpired) {
		t.Errorf("%v", err)
	}
	if err := d.SendLinkByToken(t.Context(), token, d.now); err != nil {
		t.Errorf("%v", err)
	}
	if got := d.posted(t); len(got) != 1 || got[0].Letter.Kind != tidings.LinkLetter {
		t.Errorf("%+v", got)
	}
}

func TestAnExpiredLinkBringsAnotherWithinTheLimitsAndNeverToTheSuppressed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	token := d.mailLink(t)
	later := d.now.Add(30 * 24 * time.Hour)
	for i, c := range []struct {
		after time.Duration
		want  int // letters so far
	}{{0, 1}, {0, 1}, {59 * time.Minute, 1}, {61 * time.Minute, 2}, {3 * time.Hour, 3}, {5 * time.Hour, 3}, {25 * time.Hour, 4}} {
		before := len(d.posted(t))
		err := d.SendLinkByToken(t.Context(), token, later.Add(c.after))
		if c.want > before && err != nil {
			t.Errorf("time %d: %v", i+1, err)
		} else if c.want == before {
			wantInvalid(t, err, "link: one was sent")
		}
		if got := d.posted(t); len(got) != c.want {
			t.Errorf("time %d: %d letters, want %d", i+1, len(got), c.want)
		}
	}
	if l := d.posted(t)[0].Letter; !l.Expires.Equal(l.Created.Add(24*time.Hour)) || l.Language != "ko" {
		t.Errorf("the letter is %+v", l)
	}
	d.suppress(t, "min@example.org")
	wantInvalid(t, d.SendLinkByToken(t.Context(), token, later.Add(90*time.Hour)), "subscriber: no mail may")
	if len(d.posted(t)) != 4 {
		t.Errorf("suppressed: %d letters", len(d.posted(t)))
	}
}

// Every kind of token is tried for everything that a token can do.
func TestATokenDoesOneThing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	sub := d.add(t)
	leave := d.token(t)
	mail := d.linkOf(t)
	feed := d.Keyring.Mint(tidings.PurposeRead, 0, sub.ID, sub.Created)
	tokens := map[string]string{
		"leave": leave, "mail link": mail, "feed": feed, "own": d.own(t),
		"confirm":                    d.ticket(t, tidings.ConfirmLetter, tidings.PurposeConfirm),
		"move":                       d.ticket(t, tidings.MoveLetter, tidings.PurposeMove),
		"erase":                      d.ticket(t, tidings.EraseLetter, tidings.PurposeErase),
		"another subscriber's leave": d.Keyring.Mint(tidings.PurposeLeave, 1, sub.ID+1, sub.Created),
		"another subscriber's page":  d.Keyring.Mint(tidings.PurposeManage, 1, sub.ID+1, sub.Created),
		"another subscriber's feed":  d.Keyring.Mint(tidings.PurposeRead, 0, sub.ID+1, sub.Created),
		"a former feed":              d.Keyring.Mint(tidings.PurposeRead, 1, sub.ID, sub.Created),
		"empty":                      "",
		"none of ours":               strings.Repeat("A", tidings.TokenLength),
	}
	for name, token := range map[string]string{"leave": leave, "mail link": mail, "feed": feed, "own": tokens["own"]} {
		tokens["altered "+name] = altered(token)
		tokens["truncated "+name] = token[:len(token)-1]
		tokens["longer "+name] = token + "A"
		tokens["broken "+name] = token[:20] + "\n" + token[20:]
	}
	ctx, none := t.Context(), time.Time{}
	uses := map[string]struct {
		may []string
		do  func(token string) error
	}{
		"asking to leave": {[]string{"leave"}, func(s string) error { _, err := d.Leaving(ctx, s); return err }},
		"reason":          {[]string{"leave"}, func(s string) error { return d.Reason(ctx, s, "why", d.now) }},
		"visit":           {[]string{"mail link", "own"}, func(s string) error { _, err := d.Visit(ctx, s, d.now); return err }},
		"send link": {[]string{"mail link", "own"}, func(s string) error {
			if err := d.SendLinkByToken(ctx, s, d.now); err == nil || !strings.HasPrefix(err.Error(), "link: one was sent") {
				return err
			}
			return nil
		}},
		"choose":            {[]string{"mail link", "own"}, func(s string) error { return d.Choose(ctx, s, tidings.Wish{Language: "en"}, d.now) }},
		"pause":             {[]string{"mail link", "own"}, func(s string) error { return d.PauseVisit(ctx, s, none, d.now) }},
		"resume":            {[]string{"mail link", "own"}, func(s string) error { return d.ResumeVisit(ctx, s, d.now) }},
		"move":              {[]string{"own"}, func(s string) error { return d.Move(ctx, s, "other@example.org", d.now) }},
		"ask to erase":      {[]string{"own"}, func(s string) error { return d.AskErase(ctx, s, d.now) }},
		"mail again":        {[]string{"own"}, func(s string) error { return d.MailAgain(ctx, s, 1<<25+1, d.now) }},
		"export":            {[]string{"own"}, func(s string) error { _, err := d.Export(ctx, s, d.now); return err }},
		"feed":              {[]string{"feed"}, func(s string) error { _, err := d.FeedOf(ctx, s); return err }},
		"asking to confirm": {[]string{"confirm", "move", "erase"}, func(s string) error { _, err := d.Confirming(ctx, s, d.now); return err }},
		"leave topic":       {[]string{"leave"}, func(s string) error { return d.LeaveTopic(ctx, s, "trade", d.now, "test") }},
		"slower":            {[]string{"leave"}, func(s string) error { return d.Slower(ctx, s, d.now, "test") }},
	}
	for use, u := range uses {
		for name, token := range tokens {
			want := error(nil)
			if !slices.Contains(u.may, name) {
				want = tidings.ErrBadToken
			}
			if err := u.do(token); !errors.Is(err, want) {
				t.Errorf("%s with the token %q: %v, want %v", use, name, err, want)
			}
		}
	}
	for _, name := range []string{"leave", "mail link", "feed", "own", "altered leave", "empty", "none of ours"} {
		if _, err := d.Confirm(ctx, tokens[name], d.now, "test"); !errors.Is(err, tidings.ErrBadToken) {
			t.Errorf("confirmed with the token %q: %v", name, err)
		}
	}
	for _, name := range []string{"mail link", "feed", "own", "confirm", "move", "erase", "altered leave", "truncated leave"} {
		if _, err := d.LeaveByToken(ctx, tokens[name], d.now, "test"); !errors.Is(err, tidings.ErrBadToken) {
			t.Errorf("left with the token %q: %v", name, err)
		}
		if err := d.LeaveVisit(ctx, tokens[name], d.now); errors.Is(err, tidings.ErrBadToken) == (name == "mail link" || name == "own") {
			t.Errorf("left by the own page with the token %q: %v", name, err)
		}
	}
}

// altered is the token with one bit of its MAC the other way round.
func altered(token string) string {
	other := byte('A')
	if token[30] == other {
		other = 'B'
	}
	return token[:30] + string(other) + token[31:]
}

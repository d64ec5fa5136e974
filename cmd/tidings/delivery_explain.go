package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/subscribe"
)

func (a *app) deliveryCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "delivery", Short: "Say why somebody got a mail, or did not"}
	cmd.AddCommand(a.deliveryExplain())
	return cmd
}

func (a *app) deliveryExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain ADDRESS [RELEASE]",
		Short: "Say why somebody got a release or did not, or show their last mails and what comes next",
		Long: "Say what became of a release, by slug or by the address of its page, for one person: for each of their digests whether it\n" +
			"brought it and how the mail fared, or which digest will bring it and when, or why none does; and how\n" +
			"the mails fared that told of its corrections or withdrawal. Without a release: how they stand,\n" +
			"when their next digests are due, and how their last mails fared.",
		Example: "  tidings delivery explain kim@example.org steel-talks\n  tidings delivery explain kim@example.org",
		Args:    cobra.RangeArgs(1, 2),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			address, err := subscribe.NormalizeAddress(args[0])
			if err != nil {
				return err
			}
			if len(args) == 1 {
				told, err := h.lastMails(ctx, address, a.now())
				if err != nil {
					return err
				}
				return a.show(told, func(w io.Writer) { told.print(w, h.site.Zone) })
			}
			r, err := h.release(ctx, args[1])
			if err != nil {
				return err
			}
			told, err := h.explainTo(ctx, &r, address, a.now())
			if err != nil {
				return err
			}
			return a.show(told, func(w io.Writer) { told.print(w, h.site.Zone) })
		}),
	}
}

// person is how an address stands.
type person struct {
	Subscriber string     `json:"subscriber"`
	State      string     `json:"state"`            // of the subscriber; "nobody", or "unconfirmed" when they asked to join
	Since      *time.Time `json:"since,omitempty"`  // when they came to this state, as far as that is kept
	Until      *time.Time `json:"until,omitempty"`  // when a pause ends
	Reason     string     `json:"reason,omitempty"` // why the address must not be written to
}

// personOf says how an address stands; sub has no number when it is no subscriber's. An address of which nothing is known is
// an error.
func (h *house) personOf(ctx context.Context, address string, now time.Time) (p person, sub tidings.Subscriber, trace store.Footprint, err error) {
	if trace, err = h.db.Footprint(ctx, address, now); err != nil {
		return p, sub, trace, err
	}
	sub, err = h.db.Subscriber(ctx, address)
	if err != nil && !errors.Is(err, tidings.ErrNotFound) {
		return p, sub, trace, err
	}
	if sub.State == tidings.Suppressed && !trace.Ended.IsZero() {
		sub.State, sub.Left = tidings.Left, trace.Ended
	}
	p = person{Subscriber: address, State: string(sub.State)}
	if !trace.Suppression.At.IsZero() {
		p.Reason, p.Since = trace.Suppression.Reason, &trace.Suppression.At
	}
	switch {
	case err == nil:
		p.Subscriber = sub.Address
		p.since(&sub)
	case len(trace.SignUps) > 0:
		p.State, p.Since = "unconfirmed", &trace.SignUps[len(trace.SignUps)-1].Created
	case p.Reason == "" && len(trace.Letters) == 0:
		return p, sub, trace, usagef("nothing is known of %s: it is no subscriber's address, "+
			"nobody asked to join with it, and no letter to it is kept", address)
	default:
		p.State = "nobody"
	}
	return p, sub, trace, nil
}

func (p *person) since(s *tidings.Subscriber) {
	switch s.State {
	case tidings.Left:
		p.Since = &s.Left
	case tidings.Active, tidings.Pending:
		p.Since = &s.Created
	case tidings.Paused:
		p.Since = &s.Created
		if !s.PausedUntil.IsZero() {
			p.Until = &s.PausedUntil
		}
	case tidings.Suppressed: // since the suppression
	}
}

func (p *person) print(w io.Writer, zone *time.Location) {
	fmt.Fprintf(w, "%s (%s)\n", p.Subscriber, p.State)
	switch {
	case p.Reason != "":
		fmt.Fprintf(w, "  must not be written to since %s: %s\n", stamp(*p.Since, zone), p.Reason)
	case p.State == "unconfirmed":
		fmt.Fprintf(w, "  asked to join on %s, and has not confirmed yet\n", stamp(*p.Since, zone))
	case p.State == "nobody":
		fmt.Fprintln(w, "  is no subscriber's address")
	}
}

// personal is what becomes of a release for one person.
type personal struct {
	person
	Release releaseLine      `json:"release"`
	Digests []personalDigest `json:"digests"`
	Notices []noticeLine     `json:"notices,omitempty"` // the mails that told of its corrections and its withdrawal, or will, the oldest first
	public  time.Time        // when the release went public; zero: it has not
	resumed time.Time        // when the database was resumed last, after it was put back; zero: never

	Away *store.RelaysAway `json:"relays_away,omitempty"` // while a mail with it waits, or is to come
}

// personalDigest is what becomes of it for one of their subscriptions.
type personalDigest struct {
	Cadence string     `json:"cadence"`
	Filter  string     `json:"filter"`
	Since   time.Time  `json:"since"` // when the subscription began
	Fate    string     `json:"fate"`
	At      *time.Time `json:"at,omitempty"`      // when they got it, or when the digest is due that brings it
	Instead string     `json:"instead,omitempty"` // the cadence, or the version in another language, that brings it instead
	Mail    *mailLine  `json:"mail,omitempty"`    // that brought it, or was to
	Holds   []holdLine `json:"holds,omitempty"`   // that keep the mail, or any, from being sent
	version int64      // that the mail has, of a release that they have in another language
}

// explainTo asks what becomes of a release for each digest of somebody.
func (h *house) explainTo(ctx context.Context, r *tidings.Release, address string, now time.Time) (*personal, error) {
	who, sub, _, err := h.personOf(ctx, address, now)
	if err != nil {
		return nil, err
	}
	p := &personal{person: who, Release: lineOf(h.site, r), Digests: []personalDigest{}}
	if sub.ID == 0 {
		return p, nil
	}
	if p.public, err = h.db.WentPublic(ctx, r.Seq); err != nil {
		return nil, err
	}
	if p.resumed, err = h.db.ResumedAt(ctx); err != nil {
		return nil, err
	}
	shares, err := h.db.Audience(ctx, r, h.matcher(r), h.cadences, sub.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range sub.Subscriptions {
		d := personalDigest{Cadence: s.Cadence, Filter: s.Filter.String(), Since: s.Created}
		for _, share := range shares {
			if share.Cadence == s.Cadence {
				d.Fate = string(share.Fate)
			}
		}
		p.Digests = append(p.Digests, d)
	}
	return p, h.fillFates(ctx, p, r, &sub, now)
}

// fillFates adds to each fate what there is to tell: the mail, the instant, what stands in the way.
func (h *house) fillFates(ctx context.Context, p *personal, r *tidings.Release, sub *tidings.Subscriber, now time.Time) error {
	mails, err := h.db.DeliveriesOf(ctx, r.ID, sub.ID, tidings.NewEntry)
	if err != nil {
		return err
	}
	holds, err := h.db.Holds(ctx)
	if err != nil {
		return err
	}
	for i := range p.Digests {
		d := &p.Digests[i]
		switch fate := store.Fate(d.Fate); fate {
		case store.FateDue:
			if d.At, err = h.nextFor(ctx, &sub.Subscriptions[i], now, publicFrom(r)); err != nil {
				return err
			}
			d.Holds = holdsOver(holds, 0)
		case store.FateFaster:
			d.Instead = p.faster(h.cadences, d.Cadence)
		case store.FateElsewhere:
			d.mail(mails, func(m *tidings.Delivery) bool { return m.Cadence != d.Cadence }, holds)
		case store.FateTranslation:
			if err := h.otherVersion(ctx, d, r, sub.ID, holds); err != nil {
				return err
			}
		case store.FateSent, store.FateReturned, store.FateWaiting, store.FateFailed, store.FateDropped, store.FateCancelled, store.FatePulled:
			d.mail(mails, func(m *tidings.Delivery) bool { return m.Cadence == d.Cadence }, holds)
		default: // there is no mail, and none to come
		}
		if err := cmp.Or(h.returned(ctx, d.Mail), h.noteStuck(ctx, d.Mail), h.counted(ctx, d.Mail, cmp.Or(d.version, r.ID))); err != nil {
			return err
		}
	}
	waits := func(d personalDigest) bool {
		return d.Fate == string(store.FateDue) || d.Mail != nil && d.Mail.Settled == nil
	}
	if p.Notices, err = h.notices(ctx, r.ID, sub.ID, holds); err != nil {
		return err
	}
	if slices.ContainsFunc(p.Digests, waits) || slices.ContainsFunc(p.Notices, func(n noticeLine) bool { return n.Settled == nil }) {
		p.Away, err = h.relaysAway(ctx, now)
	}
	return err
}

// faster is the fastest of the cadences that bring the release.
func (p *personal) faster(all tidings.Cadences, than string) string {
	for _, c := range all {
		for _, d := range p.Digests {
			if d.Cadence == c.Name && c.Name != than && (d.Fate == string(store.FateDue) || d.Fate == string(store.FatePaused)) {
				return c.Name
			}
		}
	}
	return ""
}

// otherVersion finds the mail that had the release in another language.
func (h *house) otherVersion(ctx context.Context, d *personalDigest, r *tidings.Release, subscriber int64, holds []tidings.Hold) error {
	versions, err := h.db.Alternates(ctx, r.ID)
	if err != nil {
		return err
	}
	for _, v := range versions {
		other, err := h.db.DeskRelease(ctx, v.Slug)
		if err != nil {
			return err
		}
		mails, err := h.db.DeliveriesOf(ctx, other.ID, subscriber, tidings.NewEntry)
		if err != nil {
			return err
		}
		if len(mails) > 0 {
			d.mail(mails, func(*tidings.Delivery) bool { return true }, holds)
			d.Instead, d.version = h.site.ReleaseURL(v.Slug), other.ID
			return nil
		}
	}
	return nil
}

// nextFor is when the next digest of a subscription is due that takes what is public at an instant; nil: none is.
func (h *house) nextFor(ctx context.Context, s *tidings.Subscription, now, from time.Time) (*time.Time, error) {
	standings, err := h.db.Standings(ctx, now)
	if err != nil {
		return nil, err
	}
	for _, st := range standings {
		mine := st.Slot.Cadence == s.Cadence
		if s.Cadence != tidings.Immediate {
			mine = mine && st.Slot.Zone == s.Zone && st.Slot.Hour == s.Hour
		}
		if mine {
			at, err := h.planner().Next(st, now, from)
			if err != nil || at.IsZero() {
				return nil, err
			}
			return &at, nil
		}
	}
	return nil, nil //nolint:nilnil // there is no such instant
}

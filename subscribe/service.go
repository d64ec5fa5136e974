package subscribe

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// Who took a step, as the audit log says it.
const (
	CommandLine = "command line"
	Mail        = "mail" // a mail to the address of List-Unsubscribe
)

// Register keeps the subscribers and writes down who changed them. It finds an address however its letters' case.
type Register interface {
	// AddSubscriber stores a new one, or takes back one who left. tidings.ErrExists, tidings.ErrSuppressed.
	AddSubscriber(ctx context.Context, s *tidings.Subscriber, now time.Time, actor string) error
	Subscriber(ctx context.Context, address string) (tidings.Subscriber, error)
	// UpdateSubscriber writes down what change did, in one transaction. A subscription with an ID keeps its position, or
	// goes back to a lower one; one without begins at its Position: 0 is the newest publication, -1 is before the first.
	UpdateSubscriber(
		ctx context.Context, address string, now time.Time, actor string, change func(*tidings.Subscriber) error,
	) error
	// RemoveSubscriber erases the address wherever it stands.
	RemoveSubscriber(ctx context.Context, address string, now time.Time, actor string) error
	// SubscriberSince gives the address, "" of one who was erased, and when the subscriber was first stored.
	SubscriberSince(ctx context.Context, id int64) (address string, since time.Time, err error)
}

// Suppressions are the addresses that must not be written to, known also when their subscriber has been erased.
type Suppressions interface {
	// LiftSuppression takes an address out, and writes down why. A subscriber who was suppressed has left afterwards.
	LiftSuppression(ctx context.Context, address, reason string, now time.Time, actor string) error
}

// Topics knows the topics that a filter may name.
type Topics interface {
	Topics(ctx context.Context) ([]tidings.Topic, error)
}

// Service answers for the subscribers. Every field is needed, but for those with a default.
type Service struct {
	Register       Register
	Personal       Personal
	Topics         Topics
	Suppressions   Suppressions
	Requests       Requests
	Tickets        Tickets
	Site           *tidings.Site
	Cadences       tidings.Cadences
	Languages      []string // that mails are written in, the default first
	Keyring        tidings.Keyring
	LettersPerHour int // that visitors can ask for, sent or not; 0: the constant of this name
}

// Join is a wish to become a subscriber.
type Join struct {
	Address  string
	Language string // of the mails' own words; empty: the default
	Zone     string // for choices that name none; empty: the site's
	Consent  tidings.Consent
	Choices  []tidings.Choice
}

// Add makes an active subscriber on the ground of a consent that was given elsewhere, and says what was stored. Somebody
// who left before is welcome again; tidings.ErrExists and tidings.ErrSuppressed otherwise.
func (s *Service) Add(ctx context.Context, j Join, now time.Time, actor string) (tidings.Subscriber, error) {
	var none tidings.Subscriber
	address, err := NormalizeAddress(j.Address)
	if err != nil {
		return none, err
	}
	language, err := s.language(j.Language)
	if err != nil {
		return none, err
	}
	consent := j.Consent
	if consent.Basis = strings.TrimSpace(consent.Basis); consent.Basis == "" {
		return none, tidings.Invalidf("consent", `say what it rests on: "signed form 2026-03-01", "asked by phone"`)
	}
	subs, err := s.subscriptions(ctx, inZone(j.Choices, j.Zone))
	if err != nil {
		return none, err
	}
	if consent.By == "" {
		consent.By = actor
	}
	if consent.At.IsZero() {
		consent.At = now
	}
	for i := range subs {
		subs[i].Created = now
	}
	sub := tidings.Subscriber{
		Address: address, Language: language, State: tidings.Active, Consent: consent, Created: now, Subscriptions: subs,
	}
	if err := s.Register.AddSubscriber(ctx, &sub, now, actor); err != nil {
		return none, err
	}
	return sub, nil
}

// Change gives a subscriber other choices. A subscription whose cadence stays keeps its place, and so does one that
// changes its cadence: nothing is missed and nothing comes twice.
func (s *Service) Change(ctx context.Context, address string, w tidings.Wish, now time.Time, actor string) error {
	change, err := s.wish(ctx, w, now)
	if err != nil {
		return err
	}
	return s.Register.UpdateSubscriber(ctx, address, now, actor, change)
}

// wish checks what is wanted, and gives what does it. Topics that have ended may be kept.
func (s *Service) wish(ctx context.Context, w tidings.Wish, now time.Time, kept ...string) (func(*tidings.Subscriber) error, error) {
	var subs []tidings.Subscription
	var err error
	switch {
	case w.Swap != nil && w.Swap.Wanted != nil:
		subs, err = s.subscriptions(ctx, inZone([]tidings.Choice{*w.Swap.Wanted}, w.Zone), kept...)
	case w.Swap != nil:
	case w.Choices != nil:
		subs, err = s.subscriptions(ctx, inZone(w.Choices, w.Zone), kept...)
	default:
		err = checkTime(&w)
	}
	if err != nil {
		return nil, err
	}
	language := ""
	if w.Language != "" {
		if language, err = s.language(w.Language); err != nil {
			return nil, err
		}
	}
	return func(sub *tidings.Subscriber) error {
		if language != "" {
			sub.Language = language
		}
		if w.Swap != nil {
			all, err := s.swapped(sub.Subscriptions, w.Swap.Was, subs)
			if err == nil {
				sub.Subscriptions = inherit(sub.Subscriptions, all, now)
			}
			return err
		}
		if subs != nil {
			sub.Subscriptions = inherit(sub.Subscriptions, subs, now)
			return nil
		}
		return setTime(&w, sub.Subscriptions)
	}, nil
}

// Remove erases a subscriber: their address stands nowhere afterwards.
func (s *Service) Remove(ctx context.Context, address string, now time.Time, actor string) error {
	return s.Register.RemoveSubscriber(ctx, address, now, actor)
}

// inZone fills in the zone where a choice names none.
func inZone(choices []tidings.Choice, zone string) []tidings.Choice {
	filled := slices.Clone(choices)
	for i := range filled {
		if filled[i].Zone == "" {
			filled[i].Zone = zone
		}
	}
	return filled
}

// inherit gives each wanted subscription the place of the old one it follows: that of the same cadence, else an old one
// whose cadence is wanted no more. What such old ones had still to bring may now match any of the new ones: they all stand
// where the one farthest behind stood, and the store keeps what came already from coming again. They are in the order of the old
// ones, the new ones last: the same choices in another order are no change.
func inherit(old, wanted []tidings.Subscription, now time.Time) []tidings.Subscription {
	wanted = slices.Clone(wanted)
	follow := func(w *tidings.Subscription, o tidings.Subscription) {
		w.ID, w.SubscriberID, w.Position, w.Created = o.ID, o.SubscriberID, o.Position, o.Created
	}
	free := slices.DeleteFunc(slices.Clone(old), func(o tidings.Subscription) bool {
		i := slices.IndexFunc(wanted, func(w tidings.Subscription) bool { return w.Cadence == o.Cadence })
		if i < 0 {
			return false
		}
		follow(&wanted[i], o)
		return true
	})
	slices.SortStableFunc(free, func(a, b tidings.Subscription) int { return cmp.Compare(a.Position, b.Position) })
	var start int64 // with nothing freed: the newest publication
	if len(free) > 0 {
		start = cmp.Or(free[0].Position, -1) // nothing was published yet when it began
	}
	for i := range wanted {
		w := &wanted[i]
		if w.ID != 0 {
			continue
		}
		if w.Created = now; len(free) > 0 {
			follow(w, free[0])
			free = free[1:]
		}
		w.Position = start
	}
	slices.SortStableFunc(wanted, func(a, b tidings.Subscription) int {
		return cmp.Compare(cmp.Or(a.ID, math.MaxInt64), cmp.Or(b.ID, math.MaxInt64))
	})
	return wanted
}

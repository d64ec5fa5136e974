package subscribe

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/tidings/tidings"
)

// maxReason is how many characters of a reason are kept.
const maxReason = 500

// leavable are the topics that somebody asked for, and can leave while something else stays.
func leavable(sub *tidings.Subscriber) []string {
	return slices.DeleteFunc(asked(sub), func(topic string) bool { return len(withoutTopic(sub, topic)) == 0 })
}

// asked are all topics that somebody's filters ask for, sorted.
func asked(sub *tidings.Subscriber) []string {
	var topics []string
	for _, one := range sub.Subscriptions {
		topics = append(topics, one.Filter.Topics()...)
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// withoutTopic is what somebody gets who leaves a topic: a subscription that was for nothing else is gone.
func withoutTopic(sub *tidings.Subscriber, topic string) []tidings.Subscription {
	var rest []tidings.Subscription
	for _, one := range sub.Subscriptions {
		if filter, left := one.Filter.WithoutTopic(topic); left {
			one.Filter = filter
			rest = append(rest, one)
		}
	}
	return rest
}

// offers reports whether to ask somebody if once a week would do.
func (s *Service) offers(sub *tidings.Subscriber) bool {
	_, weekly := s.Cadences.Find(tidings.Weekly)
	return weekly && !gone(sub) && sub.Offered.IsZero() && slices.ContainsFunc(sub.Subscriptions, s.fast)
}

// fast: it comes more often than once a week.
func (s *Service) fast(one tidings.Subscription) bool {
	return s.Cadences.Faster(one.Cadence, tidings.Weekly)
}

// noteOffer remembers that the question was put: whoever took a step on its page saw it.
func (s *Service) noteOffer(sub *tidings.Subscriber, now time.Time) {
	if s.offers(sub) {
		sub.Offered = now
	}
}

// slowDown makes one weekly subscription of all faster ones and the weekly one, if there is any: it asks for whatever one of
// them did, and stands where the one farthest behind stood. The store keeps what came already from coming again.
func (s *Service) slowDown(sub *tidings.Subscriber) error {
	var merged, rest []tidings.Subscription
	for _, one := range sub.Subscriptions {
		if s.fast(one) || one.Cadence == tidings.Weekly {
			merged = append(merged, one)
		} else {
			rest = append(rest, one)
		}
	}
	if !slices.ContainsFunc(merged, s.fast) {
		return nil
	}
	slices.SortStableFunc(merged, func(a, b tidings.Subscription) int { // the slowest first: its hour is a mail's hour
		switch {
		case s.Cadences.Faster(b.Cadence, a.Cadence):
			return -1
		case s.Cadences.Faster(a.Cadence, b.Cadence):
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	weekly := merged[0]
	weekly.Cadence = tidings.Weekly
	for _, one := range merged[1:] {
		filter, err := weekly.Filter.Or(one.Filter)
		if err != nil {
			return err
		}
		weekly.Filter, weekly.Position = filter, min(weekly.Position, one.Position)
	}
	sub.Subscriptions = append(rest, weekly)
	return nil
}

// oneLine is what somebody typed as one line without control characters, and without addresses, at most as long as is kept.
func oneLine(typed string) string {
	line := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(typed, ""))
	line = tidings.HideAddresses(strings.Join(strings.Fields(line), " "))
	if runes := []rune(line); len(runes) > maxReason {
		line = string(runes[:maxReason])
	}
	return strings.TrimSpace(line)
}

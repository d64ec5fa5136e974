package subscribe

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// subscriptions checks the choices and makes subscriptions of them. There must be one at least, and one at most for
// each cadence. Topics that have ended may stay where they were asked for before: kept are those.
func (s *Service) subscriptions(ctx context.Context, choices []tidings.Choice, kept ...string) ([]tidings.Subscription, error) {
	if len(choices) == 0 {
		return nil, tidings.Invalidf("cadence", "choose one at least: %s", s.cadences())
	}
	topics, err := s.Topics.Topics(ctx)
	if err != nil {
		return nil, err
	}
	subs := make([]tidings.Subscription, 0, len(choices))
	for _, c := range choices {
		sub, err := s.subscription(c, topics, kept)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(subs, func(other tidings.Subscription) bool { return other.Cadence == sub.Cadence }) {
			return nil, tidings.Invalidf("cadence", "%q was given twice: join the two filters with OR", sub.Cadence)
		}
		subs = append(subs, sub)
	}
	return subs, nil
}

func (s *Service) subscription(c tidings.Choice, topics []tidings.Topic, kept []string) (tidings.Subscription, error) {
	var none tidings.Subscription
	if _, known := s.Cadences.Find(c.Cadence); !known {
		return none, tidings.Invalidf("cadence", "%q is none of %s", c.Cadence, s.cadences())
	}
	filter, err := tidings.ParseFilter(c.Filter)
	if err != nil {
		return none, err
	}
	for _, slug := range filter.Topics() {
		if slices.Contains(kept, slug) {
			continue
		}
		if err := checkTopic(slug, topics); err != nil {
			return none, err
		}
	}
	zone := c.Zone
	if zone == "" {
		zone = s.Site.Zone.String()
	}
	if err := checkZone(zone); err != nil {
		return none, err
	}
	if err := checkHour(c.Hour); err != nil {
		return none, err
	}
	if c.Hour != tidings.AnyHour && c.Cadence == tidings.Immediate {
		return none, errAnyHour()
	}
	return tidings.Subscription{Cadence: c.Cadence, Filter: filter, Zone: zone, Hour: c.Hour}, nil
}

// swapped is what somebody has with the one of the cadence, if any, replaced by the wanted one, or by none.
func (s *Service) swapped(has []tidings.Subscription, was string, wanted []tidings.Subscription) ([]tidings.Subscription, error) {
	rest := slices.DeleteFunc(slices.Clone(has), func(o tidings.Subscription) bool { return o.Cadence == was })
	if was != "" && len(rest) == len(has) {
		return nil, tidings.Invalidf("subscriber", "there is no %s subscription any more", was)
	}
	for _, w := range wanted {
		if slices.ContainsFunc(rest, func(o tidings.Subscription) bool { return o.Cadence == w.Cadence }) {
			return nil, tidings.Invalidf("cadence", "there is a %s subscription already", w.Cadence)
		}
	}
	if rest = append(rest, wanted...); len(rest) == 0 {
		return nil, tidings.Invalidf("cadence", "choose one at least: %s", s.cadences())
	}
	return rest, nil
}

// checkTime checks what setTime will set.
func checkTime(w *tidings.Wish) error {
	if w.Hour != nil {
		if err := checkHour(*w.Hour); err != nil {
			return err
		}
	}
	if w.Zone == "" {
		return nil
	}
	return checkZone(w.Zone)
}

// setTime moves subscriptions to another zone or hour. What they ask for stays, and where they stand.
func setTime(w *tidings.Wish, subs []tidings.Subscription) error {
	digests := 0
	for i := range subs {
		s := &subs[i]
		if w.Zone != "" {
			s.Zone = w.Zone
		}
		if s.Cadence == tidings.Immediate {
			continue
		}
		digests++
		if w.Hour != nil {
			s.Hour = *w.Hour
		}
	}
	if w.Hour != nil && digests == 0 && len(subs) > 0 {
		return errAnyHour()
	}
	return nil
}

func checkHour(hour int) error {
	if hour != tidings.AnyHour && (hour < 0 || hour > 23) {
		return tidings.Invalidf("hour", "%d is none of 0 to 23", hour)
	}
	return nil
}

func errAnyHour() error {
	return tidings.Invalidf("hour", "%q goes out at any hour", tidings.Immediate)
}

// checkZone wants a name that means the same on every machine: "Local" and paths do not.
func checkZone(zone string) error {
	if zone == "Local" {
		return tidings.Invalidf("zone", `"Local" means nothing elsewhere: write a name such as "Asia/Seoul"`)
	}
	if _, err := time.LoadLocation(zone); err != nil {
		return tidings.Invalidf("zone", `%.80q is not a time zone: write a name such as "Asia/Seoul"`, zone)
	}
	return nil
}

// language gives the one of our languages that was meant: the same one, or its base ("pt" for "pt-BR").
func (s *Service) language(given string) (string, error) {
	if given == "" {
		return s.Languages[0], nil
	}
	base, _, _ := strings.Cut(given, "-")
	for _, wanted := range []string{given, base} {
		for _, l := range s.Languages {
			if strings.EqualFold(l, wanted) {
				return l, nil
			}
		}
	}
	return "", tidings.Invalidf("language", "%.40q is none of %s", given, strings.Join(s.Languages, ", "))
}

func (s *Service) cadences() string {
	names := make([]string, len(s.Cadences))
	for i, c := range s.Cadences {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

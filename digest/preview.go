package digest

import (
	"context"
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// Prospect shows what a run would see, and changes nothing.
type Prospect interface {
	// Preview is the subscription as a cohort of its own, and the candidates beyond its position.
	Preview(ctx context.Context, subscriber, subscription int64) (tidings.Cohort, []tidings.Candidate, error)
	NewestSeq(ctx context.Context) (int64, error)
	Topics(ctx context.Context) ([]tidings.Topic, error)
}

// Preview is the edition that the subscription's next run would send if it were made at now. It has no entries when there
// would be no mail.
func (p *Planner) Preview(ctx context.Context, from Prospect, sub tidings.Subscription, now time.Time) (tidings.Edition, error) {
	cohort, candidates, err := from.Preview(ctx, sub.SubscriberID, sub.ID)
	if err != nil {
		return tidings.Edition{}, fmt.Errorf("reading what is new: %w", err)
	}
	topics, err := from.Topics(ctx)
	if err != nil {
		return tidings.Edition{}, fmt.Errorf("reading the topics: %w", err)
	}
	newest, err := from.NewestSeq(ctx)
	if err != nil {
		return tidings.Edition{}, fmt.Errorf("reading the newest publication number: %w", err)
	}
	decision := p.rules(topics).Decide(sub.Cadence, newest, []tidings.Cohort{cohort}, candidates)[0]
	slot := tidings.Slot{Cadence: sub.Cadence, Zone: sub.Zone, Hour: sub.Hour}
	run := tidings.Run{Slot: slot, Kind: tidings.ForcedRun, Due: now, UpTo: newest, Created: now, Domain: p.Site.MailDomain}
	return Assemble(run, cohort.Language, decision.Entries, candidates), nil
}

// Assemble makes the edition of the entries, whose releases are among the candidates.
func Assemble(run tidings.Run, language string, entries []tidings.Entry, candidates []tidings.Candidate) tidings.Edition {
	type what struct {
		release  int64
		revision int
		kind     tidings.EntryKind
	}
	known := make(map[what]*tidings.Release, len(candidates))
	for i := range candidates {
		r := &candidates[i].Release
		known[what{r.ID, r.Revision, candidates[i].Kind}] = r
	}
	e := tidings.Edition{Run: run, Language: language, Entries: entries, Releases: make([]tidings.Release, len(entries))}
	for i, entry := range entries {
		e.Releases[i] = *known[what{entry.Release, entry.Revision, entry.Kind}]
	}
	return e
}

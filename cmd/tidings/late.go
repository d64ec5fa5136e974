package main

import (
	"context"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// lateEvery is how often to look for due times that are passed over.
const lateEvery = time.Minute

// missed is a due time of a slot.
type missed struct {
	slot tidings.Slot
	due  int64
}

// notePassedOver says once of each due time that it is passed over, since it was too late to make up for it, until ctx ends.
func (h *house) notePassedOver(ctx context.Context) {
	if !slices.ContainsFunc(h.cadences, func(c tidings.Cadence) bool { return c.Latest > 0 }) {
		return
	}
	said := map[missed]bool{}
	for {
		said = h.notePassedOverNow(ctx, time.Now(), said)
		if pause(ctx, lateEvery) != nil {
			return
		}
	}
}

// notePassedOverNow gives those that have been said and are not over.
func (h *house) notePassedOverNow(ctx context.Context, now time.Time, said map[missed]bool) map[missed]bool {
	runs, err := h.planner().PassedOver(ctx, now)
	if err != nil {
		if ctx.Err() == nil {
			h.log.Warn("it could not be said which digests are passed over", "error", err)
		}
		return said
	}
	still := map[missed]bool{}
	for i := range runs {
		r := &runs[i]
		m := missed{r.Slot, r.Due.UnixMilli()}
		if still[m] = true; said[m] {
			continue
		}
		c, _ := h.cadences.Find(r.Slot.Cadence)
		h.log.Warn("a digest is passed over: it is too late to make up for it, and the next one brings what it would have",
			"cadence", r.Slot.Cadence, "zone", r.Slot.Zone, "due", r.Due, "latest", c.Latest)
	}
	return still
}

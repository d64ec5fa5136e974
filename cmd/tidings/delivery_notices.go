package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// noticeLine is a mail that told somebody of a release's correction or withdrawal, or will.
type noticeLine struct {
	Kind string `json:"kind"` // "corrected" or "withdrawn"
	mailLine
	Holds []holdLine `json:"holds,omitempty"` // that keep it from being sent
}

// notices are those of a release, the oldest first.
func (h *house) notices(ctx context.Context, release, subscriber int64, holds []tidings.Hold) (lines []noticeLine, err error) {
	for _, kind := range []tidings.EntryKind{tidings.CorrectedEntry, tidings.WithdrawnEntry} {
		mails, err := h.db.DeliveriesOf(ctx, release, subscriber, kind)
		if err != nil {
			return nil, err
		}
		for i := range mails {
			n := noticeLine{Kind: string(kind), mailLine: mailOf(&mails[i])}
			if n.Settled == nil {
				n.Holds = holdsOver(holds, n.Run)
			}
			if err := cmp.Or(h.returned(ctx, &n.mailLine), h.noteStuck(ctx, &n.mailLine)); err != nil {
				return nil, err
			}
			lines = append(lines, n)
		}
	}
	slices.SortStableFunc(lines, func(a, b noticeLine) int { return cmp.Compare(a.Run, b.Run) })
	return lines, nil
}

func (n *noticeLine) lines(zone *time.Location) []string {
	lines := n.words(zone)
	if n.State == string(tidings.DeliverySent) {
		lines = n.sentWords(" by the "+n.Cadence+" digest", zone)
	}
	lines = append(lines, fmt.Sprintf("run %d, <%s>", n.Run, n.MessageID))
	if n.Stuck != "" {
		lines = append(lines, n.Stuck)
	}
	for _, h := range n.Holds {
		lines = append(lines, h.words(zone))
	}
	return lines
}

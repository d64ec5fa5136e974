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
	Behind int64      `json:"behind_run,omitempty"` // the run whose mail has to go first: it brings what this one tells more of
	Holds  []holdLine `json:"holds,omitempty"`      // that keep it from being sent
}

// notices are those of a release, the oldest first.
func (h *house) notices(ctx context.Context, release, subscriber int64, holds []tidings.Hold) (lines []noticeLine, err error) {
	waits := map[int64]bool{} // runs whose mail is still to come
	for _, kind := range []tidings.EntryKind{tidings.NewEntry, tidings.CorrectedEntry, tidings.WithdrawnEntry} {
		mails, err := h.db.DeliveriesOf(ctx, release, subscriber, kind)
		if err != nil {
			return nil, err
		}
		for i := range mails {
			if mails[i].Settled.IsZero() {
				waits[mails[i].RunID] = true
			}
			if kind == tidings.NewEntry {
				continue // a line of its own: see fillFates
			}
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
	for i := range lines {
		for run := range waits {
			if n := &lines[i]; n.Settled == nil && run < n.Run {
				n.Behind = max(n.Behind, run)
			}
		}
	}
	return lines, nil
}

func (n *noticeLine) lines(zone *time.Location) []string {
	lines := n.words(zone)
	if n.State == string(tidings.DeliverySent) {
		lines = n.sentWords(" by the "+n.Cadence+" digest", zone)
	}
	lines = append(lines, fmt.Sprintf("run %d, <%s>", n.Run, n.MessageID))
	if n.Behind != 0 {
		lines = append(lines, fmt.Sprintf("it waits for the mail of run %d, which has what it tells more of", n.Behind))
	}
	if n.Stuck != "" {
		lines = append(lines, n.Stuck)
	}
	for _, h := range n.Holds {
		lines = append(lines, h.words(zone))
	}
	return lines
}

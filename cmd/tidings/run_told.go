package main

import (
	"context"
	"time"
)

// deskLine is whether the press office was told of a run that waits, or waited, for it.
type deskLine struct {
	Told   *time.Time `json:"told,omitempty"`   // by mail, one of them at least
	Untold string     `json:"untold,omitempty"` // who could not be told, and why
}

// deskTold is nil for a run that waits for nobody, and where nobody is to be told.
func (h *house) deskTold(ctx context.Context, l *runLine, now time.Time) (*deskLine, error) {
	if l.Goes == nil {
		return nil, nil //nolint:nilnil // there is nothing to tell
	}
	at, fault, err := h.db.DeskTold(ctx, l.ID)
	if err != nil || at.IsZero() && fault == "" && (len(h.cfg.Desk.Notify) == 0 || !l.waits(now)) {
		return nil, err
	}
	d := &deskLine{Untold: fault}
	if !at.IsZero() {
		d.Told = &at
	}
	return d, nil
}

func (d *deskLine) words(waits bool, zone *time.Location) string {
	switch {
	case d.Told != nil && d.Untold != "":
		return "told by mail on " + stamp(*d.Told, zone) + ", but for " + d.Untold
	case d.Told != nil:
		return "told by mail on " + stamp(*d.Told, zone)
	case d.Untold == "":
		return "not told yet: the daemon does it"
	case waits:
		return "nobody could be told so far: " + d.Untold
	}
	return "nobody could be told before its time: " + d.Untold
}

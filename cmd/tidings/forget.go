package main

import (
	"context"
	"time"

	"github.com/tidings/tidings"
)

const (
	// forgetFirst is how long the daemon has other things to do at its start.
	forgetFirst = time.Minute
	// forgetEvery is how often it forgets what is kept no longer.
	forgetEvery = 24 * time.Hour
	// forgetAgain is how long it waits after a fault: the database may have been busy.
	forgetAgain = time.Hour
)

// retention is for how long what is over is kept.
func (h *house) retention() tidings.Retention {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	r := h.cfg.Retention
	return tidings.Retention{Unconfirmed: days(r.UnconfirmedDays), Left: days(r.LeftDays), Details: days(r.DetailsDays)}
}

// forget carries out the retention once a day, until ctx ends.
func (h *house) forget(ctx context.Context) {
	for pause := forgetFirst; ; {
		rest(ctx, pause)
		if ctx.Err() != nil {
			return
		}
		f, err := h.db.Forget(ctx, h.retention(), time.Now())
		pause = forgetEvery
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			h.log.Error("forgetting what is kept no longer", "error", err)
			pause = forgetAgain
		case f != tidings.Forgotten{}:
			h.log.Info("forgot what is kept no longer", "sign-ups", f.SignUps, "subscribers", f.Subscribers, "replies", f.Replies,
				"letters", f.Letters, "diagnostics", f.Diagnostics, "bounces", f.Bounces, "tickets", f.Tickets, "requests", f.Requests, "filters", f.Filters,
				"suppressions", f.Suppressions)
		}
	}
}

package main

import (
	"context"
	"fmt"
)

// warnOrphans says which cadences are not in the configuration any more that subscriptions wait on.
func (h *house) warnOrphans(ctx context.Context) {
	names, err := h.planner().Orphans(ctx)
	for _, name := range names {
		n, counted := h.db.Choosing(ctx, name)
		if err = counted; err != nil {
			break
		}
		h.log.Warn("a cadence is not in the configuration any more: its subscriptions get nothing", "cadence", name, "subscriptions", n,
			"mend", "put "+name+" back in [cadences]")
	}
	if err != nil && ctx.Err() == nil {
		h.log.Warn("it could not be said whether all cadences that readers chose are there", "error", err)
	}
}

// stuck says why a run is not sent whose cadence was taken away while it was being decided; "": it is no such run.
func (h *house) stuck(ctx context.Context, run int64, cadence string) (string, error) {
	if _, there := h.cadences.Find(cadence); there {
		return "", nil
	}
	decided, err := h.db.Decided(ctx, run)
	if err != nil || decided {
		return "", err
	}
	return fmt.Sprintf("its cadence, %s, is not in the configuration any more, so the rest of it is not decided, and nothing is sent. "+
		"Put %s back in [cadences]; or: tidings run cancel %d", cadence, cadence, run), nil
}

// noteStuck adds to mails that wait why they do.
func (h *house) noteStuck(ctx context.Context, m *mailLine) (err error) {
	if m != nil && m.Settled == nil {
		m.Stuck, err = h.stuck(ctx, m.Run, m.Cadence)
	}
	return err
}

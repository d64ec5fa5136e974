package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer"
	"github.com/tidings/tidings/store"
)

// How often to look for runs that the press office is to be told of, and how long to wait after nobody could be.
const (
	tellEvery = 2 * time.Second
	tellAgain = time.Minute
)

// tellDesk tells the press office by mail of each run that waits for it, until ctx ends.
func (h *house) tellDesk(ctx context.Context) {
	if len(h.cfg.Desk.Notify) == 0 {
		return
	}
	reached, looked := map[int64]bool{}, time.Now()
	for {
		rest, now := tellEvery, time.Now()
		if err := h.tellNow(ctx, now, reached); err != nil && ctx.Err() == nil {
			rest = tellAgain
		}
		h.lamentUntold(ctx, looked, now)
		looked = now
		if pause(ctx, rest) != nil {
			return
		}
	}
}

// tellNow tells of the runs that nobody was told of yet. Of a run it is enough to have reached one: it goes at its time in any case. What
// has begun ends, and is written down, though the daemon is asked to stop: else the next one would tell it again. What could not be
// written down, as on a full disk, stays in reached: it is written down later, and not told again. What failed is in the log then, and
// whom a run could not be told to is with the run.
func (h *house) tellNow(ctx context.Context, now time.Time, reached map[int64]bool) error {
	runs, err := h.db.Untold(ctx, now)
	if err != nil && ctx.Err() == nil {
		h.log.Warn("it could not be said of which runs the press office is to be told", "error", err)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	var faults []error
	for i := range runs {
		id := runs[i].ID
		if !reached[id] {
			n, err := h.tell(ctx, &runs[i])
			if err != nil {
				whom := map[bool]string{
					true:  "nobody of the press office could be told of a run that waits for it",
					false: "not all of the press office could be told of a run",
				}[n == 0]
				h.log.Warn(whom, "run", id, "goes", runs[i].Goes, "error", err)
			}
			if unkept := h.db.NoteUntold(ctx, id, untoldWords(err), now); unkept != nil {
				h.log.Warn("whom a run could not be told to was not written down", "run", id, "error", unkept)
			}
			if n == 0 {
				faults = append(faults, err)
				continue
			}
			reached[id] = true
		}
		err := h.db.Told(ctx, id, now)
		if err == nil {
			delete(reached, id)
		} else {
			h.log.Warn("that the press office was told of a run was not written down", "run", id, "error", err)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// untoldMost is how much is kept of what kept the press office from being told, in octets.
const untoldMost = 300

func untoldWords(err error) string {
	if err == nil {
		return ""
	}
	return tidings.OneLine(err.Error(), untoldMost)
}

// lamentUntold says once of each run whose time has come that nobody of the press office was told of it: silence lets it go all the same.
func (h *house) lamentUntold(ctx context.Context, after, now time.Time) {
	runs, err := h.db.WentUntold(ctx, after, now)
	for i := range runs {
		h.log.Error("the time of a run has come, and nobody of the press office could be told of it before", "run", runs[i].ID, "cadence", runs[i].Slot.Cadence)
	}
	if err != nil && ctx.Err() == nil {
		h.log.Warn("it could not be said whether a run went untold", "error", err)
	}
}

func (h *house) tell(ctx context.Context, run *tidings.Run) (reached int, err error) {
	composer, err := h.composer()
	if err != nil {
		return 0, err
	}
	report, err := h.db.Run(ctx, run.ID)
	if err != nil {
		return 0, err
	}
	content, err := h.db.RunContent(ctx, run.ID)
	if err != nil {
		return 0, err
	}
	var faults []error
	for _, to := range h.cfg.Desk.Notify {
		note := &mailer.Note{
			To: to, Date: run.Created, MessageID: "desk-" + run.MessageID(0),
			Subject: fmt.Sprintf("Run %d (%s) goes at %s", run.ID, run.Slot.Cadence, stamp(run.Goes, h.site.Zone)),
			Text:    h.deskText(run, &report, &content),
		}
		message, err := composer.Note(note)
		if err == nil {
			err = h.sendBeside(ctx, h.envelope(), to, message)
		}
		if err == nil {
			reached++
			continue
		}
		faults = append(faults, fmt.Errorf("%s: %w", to, err))
	}
	return reached, errors.Join(faults...)
}

// deskText is what the press office reads: what goes, to how many, when, and what can be done about it.
func (h *house) deskText(run *tidings.Run, report *store.RunReport, content *store.RunContent) string {
	var b strings.Builder
	line := runOf(report)
	total, _ := line.total()
	zone := ""
	if run.Slot.Zone != "" {
		zone = ", " + run.Slot.Zone
	}
	fmt.Fprintf(&b, "Run %d (%s%s): %s. It goes at %s (%s), unless somebody says otherwise.\n\n",
		run.ID, run.Slot.Cadence, zone, plural(total, "mail", "mails"), stamp(run.Goes, h.site.Zone), h.site.Zone)
	for _, r := range content.Releases {
		kind := ""
		if r.Kind != tidings.NewEntry {
			kind = string(r.Kind) + ": "
		}
		since := map[bool]string{true: " (withdrawn since: no mail brings it)"}[r.Gone]
		fmt.Fprintf(&b, "- %s%s%s\n  %s\n", kind, r.Title, since, h.site.ReleaseURL(r.Slug))
	}
	fmt.Fprintf(&b, "\ntidings run drop %d RELEASE\ntidings run hold %d --reason TEXT\ntidings run go %d\ntidings run cancel %d --reason TEXT\n",
		run.ID, run.ID, run.ID, run.ID)
	return b.String()
}

package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// followEvery is how often a run that is followed is looked at.
const followEvery = time.Second

// follow shows how a run goes on, until its mails have all come to an end or the person has seen enough.
func (a *app) follow(ctx context.Context, h *house, id int64) error {
	f, isFile := a.out.(*os.File)
	live := isFile && !a.json && term.IsTerminal(int(f.Fd()))
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(a.out), progressbar.OptionSetVisibility(live),
		progressbar.OptionSetDescription(fmt.Sprintf("run %d", id)), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true))
	last := ""
	for {
		report, err := h.db.Run(ctx, id)
		if err != nil {
			return interrupted(ctx, err)
		}
		line := runOf(&report)
		if line.Holds, err = h.holds(ctx, id); err != nil {
			return interrupted(ctx, err)
		}
		total, settled := line.total()
		said := line.mails()
		if word := line.held(a.now(), h.site.Zone); word != "" {
			said += " (" + word + ")"
		}
		switch {
		case live:
			bar.ChangeMax(max(total, 1))
			bar.Describe(fmt.Sprintf("run %d: %s", id, said))
			if err := bar.Set(settled); err != nil {
				return err
			}
		case said != last:
			if err := a.followLine(&line, said); err != nil {
				return err
			}
		}
		last = said
		if settled == total {
			if live {
				fmt.Fprintln(a.out)
			}
			return nil
		}
		if pause(ctx, followEvery) != nil {
			return nil //nolint:nilerr // the person has seen enough
		}
	}
}

func (a *app) followLine(l *runLine, said string) error {
	if a.json {
		return a.showLine(l)
	}
	_, err := fmt.Fprintf(a.out, "%s  %s\n", a.now().UTC().Format(time.RFC3339), said)
	return err
}

// interrupted is nil when it was the person who ended it.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the fault is that they ended it
	}
	return err
}

// pause waits, or ends early with the context.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// holds are those over a run.
func (h *house) holds(ctx context.Context, run int64) ([]holdLine, error) {
	all, err := h.db.Holds(ctx)
	return holdsOver(all, run), err
}

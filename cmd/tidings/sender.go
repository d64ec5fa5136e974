package main

import (
	"context"
	"errors"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer"
)

// beginMail makes this process the sender: who cannot send must not say that it serves. On a full disk it may, since pages need no
// room: that is tidings.ErrFull, for sendMail to get over.
func (h *house) beginMail(ctx context.Context, m *mailer.Mailer) error {
	err := h.patiently(ctx, func() error { return m.Begin(ctx) })
	if err == nil {
		err = h.patiently(ctx, func() error { return h.takeInstance(ctx, time.Now()) })
	}
	if err == nil && h.metrics != nil {
		h.metrics.Began()
	}
	return err
}

// sendMail plans and sends until ctx ends; first, when the disk was full at the start, it waits for room.
func (h *house) sendMail(ctx context.Context, m *mailer.Mailer, waits bool) error {
	for pause := time.Second; waits; pause = min(2*pause, time.Minute) {
		rest(ctx, pause)
		if ctx.Err() != nil {
			return nil
		}
		err := h.beginMail(ctx, m)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			waits = false
			h.log.Info("there is room again: mail is sent")
			tellSystemd("STATUS=")
		case errors.Is(err, tidings.ErrFull), errors.Is(err, tidings.ErrBusy), errors.Is(err, tidings.ErrLocked):
			if pause == time.Minute { // a line a minute keeps it in sight
				h.tellWaiting(err)
			}
		default:
			return err
		}
	}
	return m.Run(ctx)
}

// tellWaiting says that no mail is sent yet, and why.
func (h *house) tellWaiting(err error) {
	h.log.Error("pages are served, and mail waits until what the last process left can be put right", "error", err,
		"mend", "make room on the disk of "+h.cfg.Database.Path+"; it is tried again every minute at the least")
	tellSystemd("STATUS=Pages are served; mail waits: " + err.Error())
}

// tellSystemd says how it goes. Without systemd there is nobody to tell.
func tellSystemd(state string) { _, _ = daemon.SdNotify(false, state) }

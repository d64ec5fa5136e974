package main

import (
	"context"
	"errors"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer"
)

// startMail makes this process the sender: who cannot send must not say that it serves. On a full disk it may, since pages need no
// room, and mail waits. Bulk mail waits for the doctor's first look too, where that may hold it.
func (h *house) startMail(ctx context.Context) (m *mailer.Mailer, waits bool, err error) {
	if h.cfg.Doctor.Hold {
		h.look = newFirstLook()
	}
	if m, err = h.mailer(); err == nil {
		err = h.beginMail(ctx, m)
	}
	if errors.Is(err, tidings.ErrFull) {
		h.tellWaiting(err)
		return m, true, nil
	}
	return m, false, err
}

// beginMail is startMail, once.
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

// sendMail plans and sends until ctx ends; first, when the disk was full at the start, it waits for room. When another process has begun
// to send, it waits until that one has ended, and takes up where it left off.
func (h *house) sendMail(ctx context.Context, m *mailer.Mailer, waits bool) error {
	for {
		if waits {
			if err := h.waitForRoom(ctx, m); err != nil || ctx.Err() != nil {
				return err
			}
		}
		err := m.Run(ctx)
		if !errors.Is(err, tidings.ErrNotSender) {
			return err
		}
		h.log.Error("mail is not sent from here any more; pages are served", "error", err)
		tellSystemd("STATUS=Pages are served; mail is not sent: " + err.Error())
		waits = true
	}
}

// waitForRoom begins as soon as the disk lets it, unless ctx ends before.
func (h *house) waitForRoom(ctx context.Context, m *mailer.Mailer) error {
	for pause := time.Second; ctx.Err() == nil; pause = min(2*pause, time.Minute) {
		rest(ctx, pause)
		err := h.beginMail(ctx, m)
		switch {
		case err == nil:
			h.log.Info("what was in the way is gone: mail is sent")
			tellSystemd("STATUS=")
			return nil
		case ctx.Err() != nil:
		case errors.Is(err, tidings.ErrFull), errors.Is(err, tidings.ErrBusy), errors.Is(err, tidings.ErrLocked):
			if pause == time.Minute { // a line a minute keeps it in sight
				h.tellWaiting(err)
			}
		default:
			return err
		}
	}
	return nil
}

// tellWaiting says that no mail is sent yet, and why.
func (h *house) tellWaiting(err error) {
	mend := "make room on the disk of " + h.cfg.Database.Path
	if !errors.Is(err, tidings.ErrFull) { // there is room by now, and somebody else was quicker
		mend = "see what else uses " + h.cfg.Database.Path
	}
	h.log.Error("pages are served, and mail waits until what the last process left can be put right", "error", err,
		"mend", mend+"; it is tried again every minute at the least")
	tellSystemd("STATUS=Pages are served; mail waits: " + err.Error())
}

// tellSystemd says how it goes. Without systemd there is nobody to tell.
func tellSystemd(state string) { _, _ = daemon.SdNotify(false, state) }

package main

import (
	"context"
	"time"

	"github.com/tidings/tidings/store"
)

const (
	// backupFirst is how long the daemon has other things to do at its start before a backup that was missed.
	backupFirst = time.Minute
	// backupAgain is how long it waits after a fault: the disk may have been full.
	backupAgain = time.Hour
)

// backups makes the backups of the configuration when they are due, until ctx ends.
func (h *house) backups(ctx context.Context) {
	if h.cfg.Backup.Dir == "" {
		return
	}
	for pause := backupFirst; ; {
		rest(ctx, pause)
		if ctx.Err() != nil {
			return
		}
		now := time.Now()
		done, err := h.backupDue(ctx, now)
		switch pause = min(h.cfg.Backup.Schedule.Next(now, h.site.Zone).Sub(now), time.Hour); {
		case ctx.Err() != nil:
			return
		case err != nil:
			h.log.Error("no backup was made", "error", err, "again", now.Add(backupAgain))
			pause = backupAgain
		case done.Database != "":
			h.log.Info("backup made and checked", "file", done.Database, "octets", done.Octets, "deleted", len(done.Deleted))
			if len(done.Later) > 0 {
				h.log.Warn("backups of a later time than now are left alone, and not counted: the clock ran ahead once", "files", done.Later,
					"mend", "delete them yourself")
			}
		}
	}
}

// ahead reports whether a backup is of a later time than now, as a clock that ran ahead leaves it: how old it is, nobody knows. Clocks
// that are put right by a little are none.
func ahead(b store.Backup, now time.Time) bool { return b.At.Sub(now) > time.Minute }

// backupDue makes a backup if one has come due since the last. Of those that were missed it makes one. A last one of a later time than now
// is none.
func (h *house) backupDue(ctx context.Context, now time.Time) (backedUp, error) {
	last, err := h.db.LastBackup(ctx)
	if err != nil {
		return backedUp{}, err
	}
	if _, due := h.cfg.Backup.Schedule.Last(last.At, now, h.site.Zone); !due && !last.At.IsZero() && !ahead(last, now) {
		return backedUp{}, nil
	}
	return h.backupInto(ctx, h.cfg.Backup.Dir, h.cfg.Backup.Keep, now)
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// HoldAll keeps all bulk mail back until ResumeAll, because a person says so. A hold that is there already stays as it is.
func (db *DB) HoldAll(ctx context.Context, now time.Time, reason string) error {
	return db.HoldFor(ctx, now, tidings.HeldByPerson, reason)
}

// HoldFor is HoldAll for whoever else holds. A copy's hold takes the place of another, since it holds more.
func (db *DB) HoldFor(ctx context.Context, now time.Time, by tidings.HoldBy, reason string) error {
	return db.write(ctx, now, string(by), func(tx *tx) error {
		held, err := holdOf(ctx, tx)
		if err != nil {
			return err
		}
		if held.Holds() && (by != tidings.HeldAsCopy || held.By == tidings.HeldAsCopy) {
			return errUnchanged
		}
		return tx.hold(ctx, by, reason)
	})
}

// hold writes the hold, whatever there was.
func (tx *tx) hold(ctx context.Context, by tidings.HoldBy, reason string) error {
	text, err := json.Marshal(tidings.Hold{Reason: reason, At: cut(tx.now), By: by})
	if err != nil {
		return err
	}
	if err := tx.setMeta(ctx, "hold", string(text)); err != nil {
		return err
	}
	return tx.audit(ctx, "mail.hold", "mail", details{"by": by, "reason": reason})
}

// Hold is what keeps bulk mail back; zero: nothing does.
func (db *DB) Hold(ctx context.Context) (tidings.Hold, error) { return holdOf(ctx, db.readers) }

func holdOf(ctx context.Context, q querier) (h tidings.Hold, err error) {
	text, err := metaOf(ctx, q, "hold")
	if err != nil || text == "" {
		return h, err
	}
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return h, fmt.Errorf("the hold in the database: %w", err)
	}
	return h, nil
}

// ResumeAll ends the hold, and makes this file the one and only instance: a copy that is elsewhere is held when it starts here.
func (db *DB) ResumeAll(ctx context.Context, now time.Time) error {
	return db.renew(ctx, now, "resume", func(tx *tx) error {
		held, err := holdOf(ctx, tx)
		if err != nil || !held.Holds() {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key = 'hold'`); err != nil {
			return err
		}
		return tx.audit(ctx, "mail.resume", "mail", details{"by": held.By, "reason": held.Reason})
	})
}

// LiftFor ends a hold of that kind alone, and says whether there was one.
func (db *DB) LiftFor(ctx context.Context, now time.Time, by tidings.HoldBy) (lifted bool, err error) {
	err = db.write(ctx, now, string(by), func(tx *tx) error {
		held, err := holdOf(ctx, tx)
		if err != nil {
			return err
		}
		if held.By != by {
			return errUnchanged
		}
		lifted = true
		if _, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key = 'hold'`); err != nil {
			return err
		}
		return tx.audit(ctx, "mail.resume", "mail", details{"by": by, "reason": held.Reason})
	})
	return lifted && err == nil, err
}

// Waiting counts what a hold keeps back: deliveries that wait, and letters.
func (db *DB) Waiting(ctx context.Context, held tidings.Hold) (deliveries, letters int, err error) {
	err = db.readers.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM deliveries d WHERE`+queueDue+`) + (SELECT count(*) FROM deliveries d WHERE`+queueUncertain+`),
			(SELECT count(*) FROM letters l WHERE`+dueLetters+`AND l.created < ?)`,
		held.LettersFrom().UnixMilli()).Scan(&deliveries, &letters)
	return deliveries, letters, explain(err)
}

// metaOf is the value of a key; "" when there is none.
func metaOf(ctx context.Context, q querier, key string) (value string, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, explain(err)
}

// setMeta gives a key its value as of the transaction's instant.
func (tx *tx) setMeta(ctx context.Context, key, value string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO meta (key, value, at) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at`, key, value, tx.now.UnixMilli())
	return err
}

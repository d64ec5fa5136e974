package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// suppressionKey is how a suppressed address is known: without the address.
func suppressionKey(address string) []byte {
	sum := sha256.Sum256([]byte(strings.ToLower(address)))
	return sum[:]
}

func (tx *tx) refuseSuppressed(ctx context.Context, address string) error {
	var reason string
	err := tx.QueryRowContext(ctx,
		`SELECT reason FROM suppressions WHERE address = ?`, suppressionKey(address)).Scan(&reason)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", tidings.ErrSuppressed, reason)
}

// suppress makes an address one that must not be written to.
func (tx *tx) suppress(ctx context.Context, address, reason string) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO suppressions (address, reason, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		suppressionKey(address), reason, tx.now.UnixMilli())
	return err
}

// LiftSuppression makes an address one that may be written to again. A subscriber who was suppressed has left now:
// to write to them takes a new consent. That nothing suppresses the address is an InvalidError.
func (db *DB) LiftSuppression(ctx context.Context, address, reason string, now time.Time, actor string) error {
	return db.write(ctx, now, actor, func(tx *tx) error {
		lifted, err := tx.ExecContext(ctx, `DELETE FROM suppressions WHERE address = ?`, suppressionKey(address))
		if err != nil {
			return err
		}
		n, err := lifted.RowsAffected()
		if err != nil {
			return err
		}
		old, err := subscriber(ctx, tx, address)
		if err != nil && !errors.Is(err, tidings.ErrNotFound) {
			return err
		}
		if n == 0 && old.State != tidings.Suppressed {
			return tidings.Invalidf("subscriber", "is not suppressed")
		}
		if old.State == tidings.Suppressed {
			next := old
			next.State = tidings.Left
			if err := tx.updateSubscriber(ctx, &old, &next); err != nil {
				return err
			}
		}
		subject := "suppression" // of somebody erased: there is nothing to name them by
		if old.ID != 0 {
			subject = subscriberSubject(old.ID)
		}
		return tx.audit(ctx, "suppression.lift", subject, details{"reason": reason})
	})
}

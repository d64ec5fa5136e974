package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tidings/tidings"
)

// uncertainWait is how long a delivery of unknown fate rests before it is tried again.
const uncertainWait = 15 * time.Minute

// deliveryColumns are the columns of a delivery d, of its subscriber p and of its run u.
const deliveryColumns = `d.id, d.edition_id, d.subscriber_id, p.created, coalesce(p.address, ''), d.state, d.attempts, d.next_at,
	d.reply, d.settled, ` + runColumns

const deliveryTables = ` FROM deliveries d JOIN subscribers p ON p.id = d.subscriber_id JOIN runs u ON u.id = d.run_id `

// deliveriesTo are those to the subscriber in the first parameter: their number follows from the run's.
const deliveriesTo = ` FROM runs u CROSS JOIN deliveries d ON d.id = (u.id << 25) + ?1 CROSS JOIN subscribers p ON p.id = ?1 `

func scanDeliveries(row *sql.Rows) (tidings.Delivery, error) { return scanDelivery(row) }

func scanDelivery(row *sql.Rows, before ...any) (d tidings.Delivery, err error) {
	var since, next, settled sql.NullInt64
	run, err := scanRun(row, append(before, &d.ID, &d.EditionID, &d.Subscriber, &since, &d.Address, &d.State, &d.Attempts, &next,
		&d.LastReply, &settled)...)
	d.RunID, d.Cadence = run.ID, run.Slot.Cadence
	d.MessageID, d.Date = run.MessageID(d.Subscriber), run.Created.Truncate(time.Second)
	d.Since, d.Next, d.Settled = instant(since), instant(next), instant(settled)
	if d.Next.IsZero() && d.State == tidings.DeliveryPending {
		d.Next = run.Goes
	}
	return d, err
}

// Settle writes down what became of claimed deliveries, in one transaction. An outcome for a delivery that is not being
// sent is an error that names it, and changes nothing; the other outcomes are written all the same. An outcome
// that is written down already is no error, so that a Settle of unknown fate can be repeated.
func (db *DB) Settle(ctx context.Context, outcomes []tidings.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	var refused []error
	err := db.write(ctx, outcomes[0].At, "mailer", func(tx *tx) error {
		refused = nil
		ours, err := tx.stillOurs(ctx, outcomes)
		if err != nil {
			return err
		}
		rest, err := tx.settleSent(ctx, ours)
		if err != nil {
			return err
		}
		for i := range rest {
			settle := tx.settleOne
			if rest[i].Letter {
				settle = tx.settleLetter
			}
			err := settle(ctx, &rest[i])
			if refusal := (*outcomeRefused)(nil); errors.As(err, &refusal) {
				refused = append(refused, err)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return errors.Join(refused...)
}

// outcomeRefused: an outcome came for a delivery or letter that is not being sent.
type outcomeRefused struct {
	what    string // "delivery 7"
	state   string // "" when there is no such thing
	outcome tidings.DeliveryState
}

func (e *outcomeRefused) Error() string {
	if e.state == "" {
		return e.what + ": there is none"
	}
	return fmt.Sprintf("%s: is %s, and cannot become %s", e.what, e.state, e.outcome)
}

// Unwrap: to who claimed it, the delivery is not there any more. Trying again would not help.
func (e *outcomeRefused) Unwrap() error { return tidings.ErrNotFound }

func (tx *tx) settleOne(ctx context.Context, o *tidings.Outcome) error {
	if o.Recalled {
		return tx.recall(ctx, o)
	}
	next, settled, err := outcomeTimes(o)
	if err != nil {
		return err
	}
	// Who was erased while the mail was on the wire stays so: relays like to repeat the address.
	done, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = ?, attempts = ?, next_at = ?, reply = iif(p.address IS NULL, '', ?), settled = ?
		FROM subscribers p
		WHERE deliveries.id = ? AND deliveries.state = 'sending' AND p.id = deliveries.subscriber_id`,
		string(o.State), o.Attempts, next, o.Reply, settled, o.Delivery)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, tx.refuseUnlessSame(ctx, o))
	}
	if o.Bounced != "" {
		return tx.bounced(ctx, o)
	}
	if settled.Valid {
		return nil
	}
	return tx.heedState(ctx, o)
}

// recall has a delivery that has failed wait for a person. One whose reader is gone meanwhile, or whose run was cancelled, stays as it is.
func (tx *tx) recall(ctx context.Context, o *tidings.Outcome) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET state = 'held', next_at = NULL, settled = NULL,
			reply = iif(p.address IS NULL, '', substr(? || ': ' || reply, 1, 400))
		FROM subscribers p
		WHERE deliveries.id = ? AND deliveries.state = 'failed' AND p.id = deliveries.subscriber_id AND p.state IN ('active', 'paused')
			AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.run_id = deliveries.run_id AND h.kind = 'cancelled')`, o.Reply, o.Delivery)
	return err
}

// outcomeTimes are when an outcome is due again, and when it came to an end.
func outcomeTimes(o *tidings.Outcome) (next, settled sql.NullInt64, err error) {
	next = millis(o.Next)
	switch o.State {
	case tidings.DeliverySent, tidings.DeliveryFailed, tidings.DeliverySuppressed:
		next, settled = sql.NullInt64{}, millis(o.At)
	case tidings.DeliveryHeld:
		next = sql.NullInt64{} // no pause ends this: a person must look
	case tidings.DeliveryPending, tidings.DeliveryDeferred, tidings.DeliveryUncertain:
		if !next.Valid {
			next = millis(o.At)
		}
	case tidings.DeliverySending:
		err = fmt.Errorf("%s: sending is not an outcome", outcomeOf(o))
	}
	return next, settled, err
}

// outcomeOf names what an outcome is of.
func outcomeOf(o *tidings.Outcome) string {
	if o.Letter {
		return fmt.Sprintf("letter %d", o.Delivery)
	}
	return fmt.Sprintf("delivery %d", o.Delivery)
}

// refuseUnlessSame is nil when the delivery or letter has this very outcome already.
func (tx *tx) refuseUnlessSame(ctx context.Context, o *tidings.Outcome) error {
	var state, reply string
	var attempts int
	query := `SELECT state, attempts, reply FROM deliveries WHERE id = ?`
	if o.Letter {
		query = `SELECT state, attempts, reply FROM letters WHERE id = ?`
	}
	err := tx.QueryRowContext(ctx, query, o.Delivery).
		Scan(&state, &attempts, &reply)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if state == string(o.State) && attempts == o.Attempts && (reply == o.Reply || reply == "") {
		return nil
	}
	return &outcomeRefused{what: outcomeOf(o), state: state, outcome: o.State}
}

// heedState is for a delivery that has not come to an end, whose run was cancelled or whose subscriber paused or went away while it
// was on the wire. One that is held for a person to look at stays so in a pause.
func (tx *tx) heedState(ctx context.Context, o *tidings.Outcome) error {
	if _, err := tx.ExecContext(ctx, cancelQuery+`AND id = ?`, o.At.UnixMilli(), o.Delivery); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET
			state = iif(p.state = 'paused', 'held', 'suppressed'),
			next_at = iif(p.state = 'paused', next_at, NULL),
			settled = iif(p.state = 'paused', NULL, ?)
		FROM subscribers p
		WHERE deliveries.id = ? AND deliveries.state IN ('pending', 'deferred', 'uncertain', 'held')
			AND p.id = deliveries.subscriber_id AND p.state <> 'active'`, o.At.UnixMilli(), o.Delivery)
	return err
}

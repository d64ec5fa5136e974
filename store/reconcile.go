package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/tidings/tidings"
)

// Reconciled is what came of comparing a database with what is known to have gone out.
type Reconciled struct {
	Deliveries int `json:"deliveries"` // that waited here, and had been sent
	Due        int `json:"-"`          // of these, those that waited for no person: Waiting counts them
	Letters    int `json:"letters"`    // likewise
	Readers    int `json:"readers"`    // who had a digest of a run that is lost here; of several cadences, each counts
	Waiting    int `json:"waiting"`    // that wait still: both together

	Beyond     int `json:"unknown_mails,omitempty"` // that were sent, and may have had in them what is not public here
	BeyondRuns int `json:"unknown_runs,omitempty"`  // by so many runs that are lost here
}

// reconcileBatch is how many deliveries are looked at in one go.
const reconcileBatch = 1000

const (
	// unsettled are the letters l that have not come to an end.
	unsettled = ` l.state IN ('pending', 'sending', 'deferred', 'uncertain', 'held') `

	// unsettledIDs are the deliveries that have not, by the indexes: those that have are many times more, and the writer is held.
	unsettledIDs = `
		SELECT d.id FROM runs u CROSS JOIN deliveries d WHERE` + neverClaimed + `UNION ALL
		SELECT d.id FROM deliveries d WHERE` + queueBack + `UNION ALL
		SELECT d.id FROM deliveries d WHERE` + isSending + `UNION ALL
		SELECT d.id FROM deliveries d WHERE` + isHeld
)

// Reconcile is for a database that was put back to an earlier state: whatever waits in it, and was sent by its Message-ID (without
// angle brackets), is sent; and whoever got a digest of a run that this state does not know, but the journal beside it, stands behind that
// run's releases. It is only counted, when nothing is to be written. It may be called again.
func (db *DB) Reconcile(ctx context.Context, now time.Time, sent func(messageID string) bool, write bool) (r Reconciled, err error) {
	if r, err = db.reconcileWaiting(ctx, now, sent, write); err != nil {
		return r, err
	}
	traced, err := db.tracedRuns()
	if err != nil {
		return r, err
	}
	if r.Readers, err = db.reconcileLost(ctx, now, traced, sent, write); err == nil {
		r.Beyond, r.BeyondRuns, err = db.countBeyond(ctx, traced, sent)
	}
	return r, err
}

func (db *DB) reconcileWaiting(ctx context.Context, now time.Time, sent func(string) bool, write bool) (r Reconciled, err error) {
	err = db.write(ctx, now, "reconcile", func(tx *tx) error {
		r = Reconciled{}
		if err := tx.reconcileLetters(ctx, sent, &r); err != nil {
			return err
		}
		all, err := list(ctx, tx, scanID, unsettledIDs)
		if err != nil {
			return err
		}
		slices.Sort(all) // in the query, it would have SQLite go through all deliveries, in their order
		for ids := range slices.Chunk(all, reconcileBatch) {
			some, err := list(ctx, tx, scanDeliveries, `SELECT `+deliveryColumns+deliveryTables+`
				WHERE d.id IN (SELECT value FROM json_each(?))`, listText(ids))
			if err != nil {
				return err
			}
			if err := tx.reconcile(ctx, some, sent, &r); err != nil {
				return err
			}
		}
		if r.Deliveries+r.Letters == 0 || !write {
			return errUnchanged
		}
		return tx.audit(ctx, "mail.reconcile", "mail", details{"deliveries": r.Deliveries, "letters": r.Letters, "waiting": r.Waiting})
	})
	return r, err
}

// reconcileReply stands where the relay's words would.
const reconcileReply = "was sent before this database was put back"

func (tx *tx) reconcile(ctx context.Context, some []tidings.Delivery, sent func(string) bool, r *Reconciled) error {
	var gone []int64
	for i := range some {
		if sent(some[i].MessageID) {
			gone = append(gone, some[i].ID)
			if some[i].State != tidings.DeliveryHeld {
				r.Due++
			}
		}
	}
	r.Deliveries += len(gone)
	r.Waiting += len(some) - len(gone)
	return tx.sentBefore(ctx, `
		UPDATE deliveries SET state = 'sent', next_at = NULL, settled = ?, reply = ? WHERE id IN (SELECT value FROM json_each(?))`, gone)
}

func (tx *tx) reconcileLetters(ctx context.Context, sent func(string) bool, r *Reconciled) error {
	letters, err := list(ctx, tx, scanDueLetter, lettersQuery+`WHERE`+unsettled)
	if err != nil {
		return err
	}
	var gone []int64
	for i := range letters {
		if sent(letters[i].MessageID) {
			gone = append(gone, letters[i].ID)
		}
	}
	r.Letters, r.Waiting = len(gone), len(letters)-len(gone)
	return tx.sentBefore(ctx, `
		UPDATE letters SET state = 'sent', next_at = NULL, settled = ?, reply = iif(address = '', '', ?), nonce = NULL
		WHERE id IN (SELECT value FROM json_each(?))`, gone)
}

func (tx *tx) sentBefore(ctx context.Context, query string, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, query, tx.now.UnixMilli(), reconcileReply, string(text))
	return err
}

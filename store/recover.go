package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tidings/tidings"
)

// sentMail is the journal beside the database, once it is open.
type sentMail struct {
	mu      sync.Mutex
	journal *journal
	durable int
}

func (s *sentMail) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.journal == nil {
		return nil
	}
	return s.journal.close()
}

// Trace adds to the journal of sent mail beside the database, and returns when it is on the disk. Only the holder of LockSender may
// call it, after Recover; tidings.ErrNotSender when another process has begun to send since, whose the journal is now.
func (db *DB) Trace(ctx context.Context, traces []tidings.Trace) error {
	db.sent.mu.Lock()
	defer db.sent.mu.Unlock()
	err := db.stillSender(func() *sql.Row { return db.senders.QueryRowContext(ctx) })
	if err == nil {
		err = db.beginJournal(ctx)
	}
	if err == nil {
		err = db.sent.journal.add(traces, func(run int64) (tracedRun, error) { return db.traceRun(ctx, run) })
	}
	if err != nil {
		return fmt.Errorf("the journal of sent mail: %w", err)
	}
	return nil
}

// beginJournal makes a journal where Recover has found none, which the database then knows.
func (db *DB) beginJournal(ctx context.Context) error {
	if db.sent.journal != nil {
		return nil
	}
	id := rand.Text()
	_, err := db.writer.ExecContext(ctx, `
		INSERT INTO meta (key, value, at) VALUES ('journal', ?1, 0) ON CONFLICT (key) DO UPDATE SET value = ?1`, id)
	if err != nil {
		return explain(err)
	}
	// The file last: each new one puts another aside.
	db.sent.journal, err = makeJournal(journalPath(db.path), id, db.sent.durable)
	return err
}

func (db *DB) journalID(ctx context.Context) (id string, err error) {
	err = db.readers.QueryRowContext(ctx, `SELECT coalesce((SELECT value FROM meta WHERE key = 'journal'), '')`).Scan(&id)
	return id, explain(err)
}

// Recover is for the start: it finds out what became of what is being sent according to the file. The journal knows what the relay
// took, and what had not been begun; of the rest nobody knows whether it arrived. It says how many of those there are. Whoever paused
// or went away meanwhile gets no second attempt, as in heedState. Only the holder of LockSender may call it.
func (db *DB) Recover(ctx context.Context, now time.Time) (unknown int, err error) {
	if err := db.beSender(ctx, now); err != nil { // first: who was it before adds nothing to the journal from now on
		return 0, err
	}
	known, err := db.openJournal(ctx)
	if err != nil {
		return 0, err
	}
	err = db.write(ctx, now, "mailer", func(tx *tx) error {
		sending, err := tx.sending(ctx)
		if err != nil {
			return err
		}
		if len(sending) == 0 {
			return errUnchanged
		}
		fates := map[string]tidings.Trace{}
		if known {
			if fates, err = db.fates(sending); err != nil {
				return err
			}
		}
		unknown, err = tx.recover(ctx, sending, fates)
		return err
	})
	return unknown, err
}

// openJournal opens the journal, and reports whether it is the one that the database knows. It writes nothing, so that a daemon starts on
// a full disk: where there is none, the first trace makes it.
func (db *DB) openJournal(ctx context.Context) (known bool, err error) {
	db.sent.mu.Lock()
	defer db.sent.mu.Unlock()
	if db.sent.journal != nil { // another process may have been the sender meanwhile
		if err := db.sent.journal.close(); err != nil {
			return false, err
		}
		db.sent.journal = nil
	}
	id, err := db.journalID(ctx)
	if err != nil {
		return false, err
	}
	db.sent.journal, err = openJournal(journalPath(db.path), id, db.sent.durable)
	if err != nil && !errors.Is(err, errOtherJournal) {
		return false, fmt.Errorf("the journal of sent mail: %w", err)
	}
	return err == nil, nil
}

// fates are what the journal says of these mails: that it was sent is final; one that was begun more often than it ended is open, for
// the end of an attempt may be written after the next one began, on another connection; one that has no trace was not begun.
func (db *DB) fates(of map[string]claim) (map[string]tidings.Trace, error) {
	fates := make(map[string]tidings.Trace, len(of))
	open := make(map[string]int, len(of))
	for t, err := range traces(journalPath(db.path), db.sent.journal.id) {
		if err != nil {
			return nil, err
		}
		if _, ours := of[t.MessageID]; !ours {
			continue
		}
		switch t.Step {
		case tidings.TraceSent:
			fates[t.MessageID] = t
		case tidings.TraceBegun:
			open[t.MessageID]++
		case tidings.TraceEnded:
			open[t.MessageID] = max(0, open[t.MessageID]-1) // it may end what could not be written down as begun
		}
	}
	for id := range of {
		switch {
		case fates[id].Step == tidings.TraceSent:
		case open[id] > 0:
			fates[id] = tidings.Trace{Step: tidings.TraceBegun}
		default:
			fates[id] = tidings.Trace{Step: tidings.TraceEnded}
		}
	}
	return fates, nil
}

// claim is a delivery or letter that is being sent.
type claim struct {
	id       int64
	letter   bool
	attempts int
}

// sending is all that is being sent, by Message-ID.
func (tx *tx) sending(ctx context.Context) (map[string]claim, error) {
	deliveries, err := list(ctx, tx, scanDeliveries, `SELECT `+deliveryColumns+deliveryTables+` WHERE`+isSending)
	if err != nil {
		return nil, err
	}
	letters, err := list(ctx, tx, scanDueLetter, lettersQuery+` WHERE l.state = 'sending'`)
	if err != nil {
		return nil, err
	}
	all := make(map[string]claim, len(deliveries)+len(letters))
	for i := range deliveries {
		all[deliveries[i].MessageID] = claim{id: deliveries[i].ID, attempts: deliveries[i].Attempts}
	}
	for i := range letters {
		all[letters[i].MessageID] = claim{id: letters[i].ID, letter: true, attempts: letters[i].Attempts}
	}
	return all, nil
}

const (
	unbegunQuery = `
		UPDATE deliveries SET
			state = CASE p.state WHEN 'active' THEN CASE WHEN attempts = 0 THEN 'pending'
				WHEN reply LIKE '%` + tidings.AfterTheDot + `%' THEN 'uncertain' ELSE 'deferred' END WHEN 'paused' THEN 'held' ELSE 'suppressed' END,
			next_at = iif(p.state IN ('active', 'paused'), coalesce(next_at, ?1), NULL),
			settled = iif(p.state IN ('active', 'paused'), NULL, ?1)
		FROM subscribers p
		WHERE deliveries.id IN (SELECT value FROM json_each(?2)) AND p.id = deliveries.subscriber_id`
	unbegunLetters = `
		UPDATE letters SET state = iif(address = '', 'suppressed', iif(attempts = 0, 'pending', 'deferred')),
			next_at = iif(address = '', NULL, coalesce(next_at, ?1)), settled = iif(address = '', ?1, NULL)
		WHERE id IN (SELECT value FROM json_each(?2))`
	recoverQuery = `
		UPDATE deliveries SET
			state = CASE p.state WHEN 'active' THEN 'uncertain' WHEN 'paused' THEN 'held' ELSE 'suppressed' END,
			next_at = iif(p.state IN ('active', 'paused'), ?, NULL),
			settled = iif(p.state IN ('active', 'paused'), NULL, ?),
			reply = iif(p.state IN ('active', 'paused') OR p.address IS NULL, reply, '` + tidings.MayHaveArrived + `they were not to be written to any more')
		FROM subscribers p
		WHERE deliveries.id IN (SELECT d.id FROM deliveries d WHERE` + isSending + `) AND p.id = deliveries.subscriber_id`
)

// recover writes down the fates of what was being sent, and says of how many it has none.
func (tx *tx) recover(ctx context.Context, sending map[string]claim, fates map[string]tidings.Trace) (unknown int, err error) {
	var unbegun, unbegunOfLetters []int64
	for id, c := range sending {
		switch t := fates[id]; {
		case t.Step == tidings.TraceSent:
			settle := tx.settleOne
			if c.letter {
				settle = tx.settleLetter
			}
			o := tidings.Outcome{Delivery: c.id, Letter: c.letter, State: tidings.DeliverySent, Attempts: t.Attempts, Reply: t.Reply, At: t.At}
			if err := settle(ctx, &o); err != nil {
				return 0, err
			}
		case t.Step == tidings.TraceEnded && c.letter:
			unbegunOfLetters = append(unbegunOfLetters, c.id)
		case t.Step == tidings.TraceEnded:
			unbegun = append(unbegun, c.id)
		}
	}
	for query, ids := range map[string][]int64{unbegunQuery: unbegun, unbegunLetters: unbegunOfLetters} {
		text, err := json.Marshal(ids)
		if err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, query, tx.now.UnixMilli(), string(text)); err != nil {
			return 0, err
		}
	}
	for _, query := range []string{recoverQuery, recoverLetters} {
		done, err := tx.ExecContext(ctx, query, tx.now.Add(uncertainWait).UnixMilli(), tx.now.UnixMilli())
		if err != nil {
			return 0, err
		}
		hit, err := done.RowsAffected()
		if err != nil {
			return 0, err
		}
		unknown += int(hit)
	}
	var all []int64
	for _, c := range sending {
		if !c.letter {
			all = append(all, c.id)
		}
	}
	text, err := json.Marshal(all)
	if err == nil { // of runs that were cancelled meanwhile
		_, err = tx.ExecContext(ctx, cancelQuery+`AND id IN (SELECT value FROM json_each(?))`, tx.now.UnixMilli(), string(text))
	}
	return unknown, err
}

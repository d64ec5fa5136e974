package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// Carried is how much of the old database came into the one that takes its place.
type Carried struct {
	Left       int    `json:"left"`             // readers of the backup who had left since
	Suppressed int    `json:"suppressed"`       // readers of the backup whose address was suppressed since
	Erased     int    `json:"erased"`           // people in the backup who were erased since
	Addresses  int    `json:"addresses"`        // suppressions, whosever
	Unread     string `json:"unread,omitempty"` // why nothing could: what is wrong with the old database
}

// CarryOver brings into the copy what the old database knows since the backup was made of whom nobody may write to: who left, who was
// erased, and which addresses are suppressed. All else is as the backup has it. What can't be read, because it is damaged or of another
// version, is left alone: that is no error. The options are those of Open. It comes before Place.
func (r *Restoration) CarryOver(ctx context.Context, now time.Time, opts ...Option) (c Carried, err error) {
	if st, err := os.Stat(r.to); errors.Is(err, fs.ErrNotExist) || err == nil && st.Size() == 0 {
		return c, nil
	}
	if err := r.settle(ctx); err != nil {
		return c, err
	}
	readers, err := r.readOld(ctx)
	if ctx.Err() != nil {
		return c, errors.Join(ctx.Err(), err)
	}
	if err != nil {
		return Carried{Unread: plainly(err)}, nil
	}
	defer func() { err = errors.Join(err, readers.Close()) }()
	db, err := Open(ctx, r.stage, opts...)
	if err != nil {
		return c, err
	}
	old := &DB{path: r.to, readers: readers, keys: db.keys, keyed: db.keyed}
	err = db.write(ctx, now, "restore", func(tx *tx) error {
		c, err = tx.carry(ctx, old)
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return Carried{}, fmt.Errorf("bringing over who left since: %w", err)
	}
	return c, syncPath(r.stage)
}

// plainly are those of an error, without the name of the file, which is known.
func plainly(err error) string {
	if invalid := (*tidings.InvalidError)(nil); errors.As(err, &invalid) {
		return invalid.Reason
	}
	return err.Error()
}

// readOld opens the old database to read from it, when it is whole and of the newest schema.
func (r *Restoration) readOld(ctx context.Context) (readers *sql.DB, err error) {
	if log, err := os.Stat(r.to + "-wal"); err == nil && log.Size() > 0 || !isSQLite(r.to) {
		return nil, errDamaged
	}
	if readers, err = openReaders(r.to); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			readers, err = nil, errors.Join(explain(err), readers.Close())
		}
	}()
	p, err := migrator(readers)
	if err != nil {
		return readers, err
	}
	if _, err := inspect(ctx, r.to, newestVersion(p)); err != nil {
		return readers, err
	}
	var version int64
	if err := readers.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+versionTable).Scan(&version); err != nil {
		return readers, err
	}
	if version != newestVersion(p) {
		return readers, fmt.Errorf("it has the schema version %d of an earlier program", version)
	}
	return readers, verify(ctx, readers, "quick_check")
}

// lastSaid is the last that was done to a subscriber or a suppression, as the audit log has it.
const lastSaid = `SELECT id, at, actor, action, subject FROM audit
	WHERE action GLOB 'subscriber.*' OR action GLOB 'suppression.*' ORDER BY id DESC LIMIT 1`

// saidSince reports whether the old database did anything to subscribers that is not known here. Else it is an earlier state of this one.
func (tx *tx) saidSince(ctx context.Context, old *DB) (since bool, err error) {
	var id, at int64
	var actor, action, subject string
	err = old.readers.QueryRowContext(ctx, lastSaid).Scan(&id, &at, &actor, &action, &subject)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = tx.QueryRowContext(ctx,
		`SELECT NOT EXISTS (SELECT 1 FROM audit WHERE id = ? AND at = ? AND actor = ? AND action = ? AND subject = ?)`,
		id, at, actor, action, subject).Scan(&since)
	return since, err
}

// carry is CarryOver within a transaction.
func (tx *tx) carry(ctx context.Context, old *DB) (c Carried, err error) {
	since, err := tx.saidSince(ctx, old)
	if err != nil || !since {
		return c, cmp.Or(err, errUnchanged)
	}
	if c.Addresses, err = tx.carrySuppressions(ctx, old); err != nil {
		return c, err
	}
	if err := tx.carryPeople(ctx, old, &c); err != nil {
		return c, err
	}
	if c == (Carried{}) {
		return c, errUnchanged
	}
	return c, tx.audit(ctx, "restore.carry", "subscribers",
		details{"left": c.Left, "suppressed": c.Suppressed, "erased": c.Erased, "addresses": c.Addresses})
}

// carriedSuppression takes the place of one of the same address that bars for less long.
const carriedSuppression = `
	INSERT INTO suppressions (address, reason, at, keyed, erased, ends) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, at = excluded.at, erased = excluded.erased, ends = excluded.ends
	WHERE iif(erased = 1, 0, coalesce(ends, 9223372036854775807)) < iif(excluded.erased = 1, 0, coalesce(excluded.ends, 9223372036854775807))`

// carrySuppressions brings over those in force, by the keys by which they are known: the keys of both databases are in one file.
func (tx *tx) carrySuppressions(ctx context.Context, old *DB) (total int, err error) {
	type row struct {
		key               []byte
		reason            string
		at, keyed, erased int64
		ends              sql.NullInt64
	}
	all, err := list(ctx, old.readers, func(rows *sql.Rows) (s row, err error) {
		return s, rows.Scan(&s.key, &s.reason, &s.at, &s.keyed, &s.erased, &s.ends)
	}, `SELECT address, reason, at, keyed, erased, ends FROM suppressions WHERE`+inForce, tx.now.UnixMilli(), erasedThen)
	for i := range all {
		s := &all[i]
		done, err := tx.ExecContext(ctx, carriedSuppression, s.key, s.reason, s.at, s.keyed, s.erased, s.ends)
		if err != nil {
			return total, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return total, err
		}
		total += int(n)
	}
	return total, err
}

const (
	// theGone are a page of those who left, are suppressed or were erased.
	theGone = `SELECT id, created, coalesce(address, '') FROM subscribers
		WHERE id > ? AND (address IS NULL OR state IN ('left', 'suppressed')) ORDER BY id LIMIT ?`
	// stillHere are those of them who are not gone here: by their number, if it is theirs, or by their address.
	stillHere = `
		SELECT p.id FROM json_each(?1) j CROSS JOIN subscribers p ON p.id = j.value ->> 'id' AND p.created = j.value ->> 'created'
			WHERE p.address IS NOT NULL AND (p.state NOT IN ('left', 'suppressed') OR j.value ->> 'address' = '')
		UNION SELECT p.id FROM json_each(?1) j CROSS JOIN subscribers p ON p.address = j.value ->> 'address'
			WHERE p.state NOT IN ('left', 'suppressed')`
)

// carryPeople looks at all who are gone in the old database and not in this one.
func (tx *tx) carryPeople(ctx context.Context, old *DB, c *Carried) error {
	type gone struct {
		ID      int64  `json:"id"`
		Created int64  `json:"created"`
		Address string `json:"address"`
	}
	for after := int64(0); ; {
		page, err := list(ctx, old.readers, func(row *sql.Rows) (g gone, err error) {
			return g, row.Scan(&g.ID, &g.Created, &g.Address)
		}, theGone, after, pageSize)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].ID
		text, err := json.Marshal(page)
		if err != nil {
			return err
		}
		here, err := list(ctx, tx, scanID, stillHere, string(text))
		if err != nil {
			return err
		}
		for _, id := range here {
			if err := tx.carryOne(ctx, old, id, c); err != nil {
				return fmt.Errorf("subscriber %d: %w", id, err)
			}
		}
	}
}

// carryOne does to a subscriber what the old database says of them last. Who left before something that they said here has not.
func (tx *tx) carryOne(ctx context.Context, old *DB, id int64, c *Carried) error {
	ref := strconv.FormatInt(id, 10)
	s, err := subscriber(ctx, tx, ref)
	if errors.Is(err, tidings.ErrNotFound) {
		return nil // met already, as another one of the page
	}
	if err != nil {
		return err
	}
	fate, err := old.fateOf(ctx, &s, tx.now)
	if err != nil {
		return err
	}
	var said int64
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(at), 0) FROM consents WHERE subscriber_id = ? AND at <= ?`,
		id, tx.now.UnixMilli()).Scan(&said); err != nil {
		return err
	}
	if fate.state == tidings.Left && !fate.at.IsZero() && fate.at.UnixMilli() < said || fate.state == s.State {
		return nil
	}
	next := s
	switch next.State, next.Left = fate.state, fate.at; {
	case fate.erased:
		c.Erased++
		return tx.removeSubscriber(ctx, ref, erasedByDesk)
	case fate.state == tidings.Suppressed:
		c.Suppressed++
		return tx.updateSubscriber(ctx, &s, &next)
	case fate.state == tidings.Left && s.State != tidings.Suppressed:
		c.Left++
		if err := tx.updateSubscriber(ctx, &s, &next); err != nil {
			return err
		}
		detail, err := consentDetail{Reason: "had left, as the database says in whose place this backup was put", Given: stamp(fate.at)}.text()
		if err != nil {
			return err
		}
		return tx.record(ctx, &tidings.ConsentEntry{Subscriber: id, Kind: tidings.ConsentLeft, Detail: detail})
	}
	return nil
}

// fate is how somebody stands, and since when; the zero time: nobody knows.
type fate struct {
	state  tidings.SubscriberState
	erased bool
	at     time.Time
}

// fateOf is that of whoever has the address of a subscriber of another state of this database; of nobody, that of the subscriber with the
// number, who moved since or was erased.
func (db *DB) fateOf(ctx context.Context, s *tidings.Subscriber, now time.Time) (f fate, err error) {
	var address string
	var left sql.NullInt64
	err = db.readers.QueryRowContext(ctx, `SELECT coalesce(address, ''), state, left_at FROM subscribers
		WHERE address = ?1 OR id = ?2 AND created = ?3 ORDER BY coalesce(address = ?1, 0) DESC LIMIT 1`,
		s.Address, s.ID, s.Created.UnixMilli()).Scan(&address, &f.state, &left)
	if errors.Is(err, sql.ErrNoRows) {
		return fate{}, nil
	}
	if err != nil {
		return f, err
	}
	f.at = instant(left)
	switch {
	case address == "":
		return fate{state: "", erased: true}, nil
	case f.state != tidings.Suppressed:
		return f, nil
	}
	why, err := db.suppression(ctx, db.readers, address)
	f.at = why.At
	switch moved := !strings.EqualFold(address, s.Address); {
	case why.Over(now):
		f.state, f.at = tidings.Left, why.Until
	case moved: // the other address may not be written to, and this one is theirs no more
		f.state = tidings.Left
	}
	return f, err
}

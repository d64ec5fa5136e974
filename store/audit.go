package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"
)

// AuditRecord says who did what and when. Subjects are "release:7", "subscriber:12", "topic:energy": never an address.
type AuditRecord struct {
	ID      int64
	At      time.Time
	Actor   string
	Action  string // "release.publish", "subscriber.update"
	Subject string
	Detail  json.RawMessage // an object
}

// Audit gives the newest records first, at most limit of them; 0: all.
func (db *DB) Audit(ctx context.Context, limit int) ([]AuditRecord, error) {
	return list(ctx, db.readers, func(row *sql.Rows) (a AuditRecord, err error) {
		var at int64
		var detail string
		err = row.Scan(&a.ID, &at, &a.Actor, &a.Action, &a.Subject, &detail)
		a.At, a.Detail = time.UnixMilli(at).UTC(), json.RawMessage(detail)
		return a, err
	}, `SELECT id, at, actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT ?`, limitOf(limit))
}

// details are what an audit record says beyond action and subject.
type details map[string]any

// audit writes down what the transaction does.
func (tx *tx) audit(ctx context.Context, action, subject string, d details) error {
	if d == nil {
		d = details{}
	}
	detail, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)`,
		tx.now.UnixMilli(), tx.actor, action, subject, string(detail))
	return err
}

// limitOf is a LIMIT: 0 means no limit, which SQL writes as -1.
func limitOf(n int) int {
	if n <= 0 {
		return -1
	}
	return n
}

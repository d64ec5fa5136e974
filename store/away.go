package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
)

// RelayAway is a relay that whoever sends leaves alone, because it did not work.
type RelayAway struct {
	Relay string    `json:"relay"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"` // when it is asked again
	Why   string    `json:"why"`
}

// RelaysAway are all of them.
type RelaysAway struct {
	Relays []RelayAway `json:"relays"`
	All    bool        `json:"all"` // no relay is left to send by
}

// AwayGood is for how long a note of relays that are away is believed: whoever sends writes it anew before that.
const AwayGood = 3 * time.Minute

// NoteRelaysAway writes down which relays are left alone, for other processes to know: RelaysAway. None are a note too.
func (db *DB) NoteRelaysAway(ctx context.Context, now time.Time, away RelaysAway) error {
	text, err := json.Marshal(away)
	if err != nil {
		return err
	}
	return db.write(ctx, now, "mailer", func(tx *tx) error { return tx.setMeta(ctx, "relays", string(text)) })
}

// forgetRelaysAway is for a copy: the note is of whoever sent from the original.
func (tx *tx) forgetRelaysAway(ctx context.Context) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE key = 'relays'`)
	return err
}

// RelaysAway are those that whoever sends leaves alone at now. None where nobody sends, or has said so for long; nor is a note believed that is
// of a clock which ran ahead.
func (db *DB) RelaysAway(ctx context.Context, now time.Time) (away RelaysAway, err error) {
	var text string
	err = db.readers.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'relays' AND at > ? AND at < ?`,
		now.Add(-AwayGood).UnixMilli(), now.Add(AwayGood).UnixMilli()).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return away, nil
	}
	if err != nil {
		return away, explain(err)
	}
	return away, json.Unmarshal([]byte(text), &away)
}

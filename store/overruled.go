package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Overruling is a person's word that a check is wrong.
type Overruling struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
}

// Overruled gives the checks that are overruled.
func (db *DB) Overruled(ctx context.Context) (map[string]Overruling, error) {
	return overruled(ctx, db.readers)
}

func overruled(ctx context.Context, q querier) (map[string]Overruling, error) {
	all := map[string]Overruling{}
	text, err := metaOf(ctx, q, "overruled")
	if err != nil || text == "" {
		return all, err
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("the overruled checks in the database: %w", err)
	}
	return all, nil
}

// Overrule overrules a check, or heeds it again. It says whether that changed anything.
func (db *DB) Overrule(ctx context.Context, now time.Time, actor, check, reason string, heed bool) (changed bool, err error) {
	err = db.write(ctx, now, actor, func(tx *tx) error {
		all, err := overruled(ctx, tx)
		if err != nil {
			return err
		}
		if _, is := all[check]; is != heed {
			return errUnchanged
		}
		changed = true
		action := "doctor.overrule"
		if heed {
			action = "doctor.heed"
			delete(all, check)
		} else {
			all[check] = Overruling{At: cut(now), By: actor, Reason: reason}
		}
		text, err := json.Marshal(all)
		if err != nil {
			return err
		}
		if err := tx.setMeta(ctx, "overruled", string(text)); err != nil {
			return err
		}
		return tx.audit(ctx, action, "check:"+check, details{"reason": reason})
	})
	return changed && err == nil, err
}

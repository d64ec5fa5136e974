package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/tidings/tidings"
)

// programs are what a database does by itself: its triggers and views, by kind, name and text.
func programs(ctx context.Context, q querier) (map[string]string, error) {
	all := map[string]string{}
	_, err := list(ctx, q, func(row *sql.Rows) (none struct{}, err error) {
		var name, text string
		err = row.Scan(&name, &text)
		all[name] = text
		return none, err
	}, `SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE type IN ('trigger', 'view')`)
	return all, err
}

// refuseForeign refuses a database of the newest schema with triggers or views that the migrations don't make: whoever put them there,
// they would act with every write of ours. from is its name.
func (db *DB) refuseForeign(ctx context.Context, from string) (err error) {
	fresh, err := openWriterIn(":memory:", false, "MEMORY") // on no disk: a restore that is killed leaves nothing of it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fresh.Close()) }()
	p, err := migrator(fresh)
	if err != nil {
		return err
	}
	if err := migrate(ctx, p); err != nil {
		return err
	}
	ours, err := programs(ctx, fresh)
	if err != nil {
		return err
	}
	there, err := programs(ctx, db.readers)
	if err != nil {
		return err
	}
	for name, text := range there {
		if ours[name] != text {
			return tidings.Invalidf(from, "has the %s in it, which is none of ours: somebody changed it. Take another backup", name)
		}
	}
	return nil
}

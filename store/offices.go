package store

import (
	"context"
	"database/sql"

	"github.com/tidings/tidings"
)

// Offices are those of public releases, by name, with how many each has.
func (db *DB) Offices(ctx context.Context) ([]tidings.OfficeCount, error) {
	scan := func(row *sql.Rows) (o tidings.OfficeCount, err error) { return o, row.Scan(&o.Name, &o.Count) }
	return list(ctx, db.readers, scan, `
		SELECT substr(list, ?), count(*) FROM listed WHERE list > ? AND list < ? GROUP BY list ORDER BY list`,
		len(officeList)+1, officeList, officeListEnd)
}

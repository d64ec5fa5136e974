package store

import (
	"context"
	"time"

	"github.com/tidings/tidings"
)

// admit counts a request and says what becomes of it: whether it is admitted, which has nothing to do with its address, and
// whether its letter may be written. able says that there is somebody to write to. A request that is not admitted leaves no row.
func (tx *tx) admit(ctx context.Context, r *tidings.Request, able bool) (a tidings.Admission, mail bool, err error) {
	busy := func(limit int, since time.Duration, where string, arg any) bool {
		if err != nil || limit <= 0 {
			return false
		}
		var n int
		// What is said to be in the future was counted while the clock was wrong.
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM requests WHERE `+where+` AND at > ?2 AND at <= ?3`,
			arg, tx.now.Add(-since).UnixMilli(), tx.now.UnixMilli()).Scan(&n)
		return n >= limit
	}
	known, l := r.Network != "", r.Limits
	switch {
	case known && busy(l.NetworkHour, time.Hour, `network = ?1`, r.Network),
		known && busy(l.BlockHour, time.Hour, `block = ?1`, r.Block):
		return tidings.NetworkBusy, false, nil
	case busy(l.SiteHour, time.Hour, `?1 AND mailed = 1`, true):
		return tidings.SiteBusy, false, nil
	}
	mail = able
	keys := tx.db.addressKeys(r.Address)
	for _, key := range keys {
		mail = mail && !busy(l.AddressHour, time.Hour, ofAddress, key) && !busy(l.AddressDay, 24*time.Hour, ofAddress, key)
	}
	if err != nil {
		return "", false, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO requests (at, kind, network, block, address, mailed) VALUES (?, ?, ?, ?, ?, ?)`,
		tx.now.UnixMilli(), string(r.Kind), r.Network, r.Block, keys[0], mail)
	return tidings.Admitted, mail, err
}

// ofAddress are the letters to an address.
const ofAddress = `address = ?1 AND mailed = 1`

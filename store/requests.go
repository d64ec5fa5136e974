package store

import (
	"context"
	"strings"
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
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM requests WHERE `+where+` AND at > ?2 AND at <= ?3`,
			arg, tx.now.Add(-since).UnixMilli(), tx.now.Add(writerWait).UnixMilli()).Scan(&n)
		return n >= limit
	}
	known, l := r.Network != "", r.Limits
	switch {
	case known && busy(l.NetworkHour, time.Hour, `network = ?1`, r.Network),
		known && busy(l.BlockHour, time.Hour, `block = ?1`, r.Block):
		return tidings.NetworkBusy, false, nil
	case busy(l.SiteHour, time.Hour, ofVisitors, tidings.OwnBlock):
		return tidings.SiteBusy, false, nil
	}
	mail = able
	keys, where := tx.db.addressKeys(mailbox(r.Address)), ofAddress(r.Kind)
	for _, key := range keys {
		mail = mail && !busy(l.AddressHour, time.Hour, where, key) && !busy(l.AddressDay, 24*time.Hour, where, key)
	}
	if err != nil {
		return "", false, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO requests (at, kind, network, block, address, mailed) VALUES (?, ?, ?, ?, ?, ?)`,
		tx.now.UnixMilli(), string(r.Kind), r.Network, r.Block, keys[0], mail)
	return tidings.Admitted, mail, err
}

// writerWait is longer than any request waits for the writer: what came after another, and had the writer first, counts for it. What
// is said to be in a farther future was counted while the clock was wrong.
const writerWait = 10 * time.Minute

// ofVisitors are the requests of all who are not on their own page, whether a letter came of them or not: by a count of letters
// it could be told who gets one.
const ofVisitors = `block <> ?1`

// ofAddress are the letters of a kind to an address: those that strangers cause by one form keep nobody from those of another.
func ofAddress(kind tidings.RequestKind) string {
	return `address = ?1 AND mailed = 1 AND kind = '` + string(kind) + `'`
}

// mailbox is an address as requests are counted by it: the same for most spellings that reach the same mailbox. Nothing is ever
// sent to it.
func mailbox(address string) string {
	address = fold(address)
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, domain := address[:at], address[at+1:]
	if i := strings.IndexByte(local, '+'); i > 0 {
		local = local[:i]
	}
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/tidings/tidings"
)

// extentQuery asks the two ends of the index of what is public.
const extentQuery = `SELECT (SELECT published FROM public_releases ORDER BY published, seq LIMIT 1),
	(SELECT published FROM public_releases ORDER BY published DESC, seq DESC LIMIT 1)`

// tallyQuery counts the public releases of spans of time, given as JSON: [[from, until], …].
const tallyQuery = `
	SELECT (SELECT count(*) FROM public_releases r WHERE r.published >= s.value ->> 0 AND r.published < s.value ->> 1)
	FROM json_each(?) s ORDER BY s.key`

// Months are those with a public release, as the zone counts days, the newest first. It reads the index alone.
func (db *DB) Months(ctx context.Context, zone *time.Location) (found []tidings.MonthCount, err error) {
	err = db.snapshot(ctx, func(q querier) error {
		var oldest, newest sql.NullInt64
		if err := q.QueryRowContext(ctx, extentQuery).Scan(&oldest, &newest); err != nil || !oldest.Valid {
			return err
		}
		var spans [][2]int64
		last := instant(newest).In(zone)
		until := monthOf(last, 1)
		for back := 0; until.UnixMilli() > oldest.Int64; back++ {
			from := monthOf(last, -back)
			spans = append(spans, [2]int64{from.UnixMilli(), until.UnixMilli()})
			found = append(found, tidings.MonthCount{Year: from.Year(), Month: from.Month()})
			until = from
		}
		asked, err := json.Marshal(spans)
		if err != nil {
			return err
		}
		counts, err := list(ctx, q, scanInt, tallyQuery, string(asked))
		if err != nil {
			return err
		}
		held := found[:0]
		for i := range counts {
			if counts[i] > 0 {
				found[i].Count = counts[i]
				held = append(held, found[i])
			}
		}
		found = held
		return nil
	})
	return found, err
}

// monthOf is the first instant of the month that comes so many after that of t.
func monthOf(t time.Time, after int) time.Time {
	return time.Date(t.Year(), t.Month()+time.Month(after), 1, 0, 0, 0, 0, t.Location())
}

func scanInt(rows *sql.Rows) (n int, err error) { return n, rows.Scan(&n) }

// Addresses gives where public releases are, in the order in which they became public: what comes later changes nothing
// before it.
func (db *DB) Addresses(ctx context.Context, q tidings.Query) ([]tidings.Address, error) {
	if err := refuseQuery(q.Selection); err != nil {
		return nil, err
	}
	narrow, args := where(q)
	return list(ctx, db.readers, scanAddress, addressQuery(narrow, !q.From.IsZero()),
		append(args, limitOf(q.Limit), max(0, q.Offset))...)
}

// addressQuery reads in the order of publication numbers; recent: those of a few days, which the index of dates finds, and
// sorts them.
func addressQuery(narrow string, recent bool) string {
	order := "seq"
	if recent {
		order = "+seq"
	}
	return `
		SELECT v.slug, v.language, v.title, r.published, coalesce(max(v.updated, r.published), r.published),
			CASE r.translation WHEN '' THEN '[]' ELSE (
				SELECT json_group_array(json_object('Language', w.language, 'Slug', w.slug) ORDER BY w.language, o.seq)
				FROM public_releases o JOIN revisions w ON w.release_id = o.id AND w.revision = o.revision
				WHERE o.translation = r.translation AND o.translation <> '') END
		FROM (SELECT id FROM public_releases r` + narrow + ` ORDER BY ` + order + ` LIMIT ? OFFSET ?) page
		CROSS JOIN public_releases r` + current + `
		WHERE r.id = page.id ORDER BY +r.seq`
}

func scanAddress(rows *sql.Rows) (a tidings.Address, err error) {
	var published, updated sql.NullInt64
	var alternates string
	if err := rows.Scan(&a.Slug, &a.Language, &a.Title, &published, &updated, &alternates); err != nil {
		return a, err
	}
	a.Published, a.Updated = instant(published), instant(updated)
	if err := json.Unmarshal([]byte(alternates), &a.Alternates); err != nil {
		return a, err
	}
	if len(a.Alternates) < 2 {
		a.Alternates = nil // it stands alone
	}
	return a, nil
}

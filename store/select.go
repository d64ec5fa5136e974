package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/tidings/tidings"
)

// refuseQuery: of what a filter selects there is no list. Search and WithdrawnBy find it.
func refuseQuery(sel tidings.Selection) error {
	if sel.Query != "" {
		return errors.New("store: what a filter selects is found by Search, and not listed")
	}
	return nil
}

// where narrows public_releases r to what is asked for. A language includes its regions: "pt" takes "pt-BR" in.
func where(q tidings.Query) (string, []any) {
	sel := q.Selection
	var terms []string
	var args []any
	if sel.Topic != "" {
		terms = append(terms,
			`r.id IN (SELECT release_id FROM release_topics WHERE topic_id = (SELECT id FROM topics WHERE slug = ?))`)
		args = append(args, sel.Topic)
	}
	if sel.Language != "" {
		terms = append(terms, `(r.language = ? OR substr(r.language, 1, length(?) + 1) = ? || '-')`)
		args = append(args, sel.Language, sel.Language, sel.Language)
	}
	if sel.Office != "" {
		terms, args = append(terms, `r.office = ?`), append(args, sel.Office)
	}
	if !q.From.IsZero() {
		terms, args = append(terms, `r.published >= ?`), append(args, q.From.UnixMilli())
	}
	if !q.Until.IsZero() {
		terms, args = append(terms, `r.published < ?`), append(args, q.Until.UnixMilli())
	}
	if len(terms) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args
}

// rowsIn are the rows of a query, in no order. No list is read any further than its index.
func rowsIn(q tidings.Query) (string, []any) {
	from, terms, args := `public_rows`, []string{}, []any{}
	if key := listKey(q.Selection); key != "" {
		from, terms, args = `listed`, append(terms, `list = ?`), append(args, key)
	}
	if !q.From.IsZero() {
		terms, args = append(terms, `row >= ?`), append(args, rowOf(q.From))
	}
	if !q.Until.IsZero() {
		terms, args = append(terms, `row < ?`), append(args, rowOf(q.Until))
	}
	if len(terms) > 0 {
		from += " WHERE " + strings.Join(terms, " AND ")
	}
	return from, args
}

// pageQuery gives the releases of a page of rows.
func pageQuery(rows string) string {
	return `SELECT ` + releaseColumns + `
		FROM (SELECT row FROM ` + rows + ` ORDER BY row DESC LIMIT ? OFFSET ?) page
		JOIN public_rows p ON p.row = page.row JOIN public_releases r ON r.id = p.release_id` + current + `
		ORDER BY p.row DESC`
}

// Releases gives public releases, newest first.
func (db *DB) Releases(ctx context.Context, q tidings.Query) ([]tidings.Release, error) {
	if err := refuseQuery(q.Selection); err != nil {
		return nil, err
	}
	rows, args := rowsIn(q)
	return list(ctx, db.readers, scanReleases, pageQuery(rows), append(args, limitOf(q.Limit), max(0, q.Offset))...)
}

// Count says how many public releases there are, whatever Limit and Offset say.
func (db *DB) Count(ctx context.Context, q tidings.Query) (n int, err error) {
	if err := refuseQuery(q.Selection); err != nil {
		return 0, err
	}
	rows, args := rowsIn(q)
	err = db.readers.QueryRowContext(ctx, `SELECT count(*) FROM `+rows, args...).Scan(&n)
	return n, explain(err)
}

// Mark says how far the selection has come. That of a filter is the mark of everything.
func (db *DB) Mark(ctx context.Context, sel tidings.Selection) (tidings.Mark, error) {
	var m tidings.Mark
	var at sql.NullInt64
	err := db.readers.QueryRowContext(ctx, `SELECT seq, at FROM marks WHERE selection = ?`, markKey(sel)).Scan(&m.Seq, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return tidings.Mark{}, nil
	}
	m.At = instant(at)
	return m, explain(err)
}

package store

import (
	"database/sql"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// IndexRows is how many releases the index of search holds.
func IndexRows(t *testing.T, db *DB) int {
	t.Helper()
	for _, query := range []string{
		`SELECT count(*) FROM search_docsize`, `SELECT count(*) FROM search WHERE search MATCH '"all:"'`,
	} {
		var n, rows int
		if err := db.readers.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if err := db.readers.QueryRowContext(t.Context(), `SELECT count(*) FROM public_rows`).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		if n != rows {
			t.Errorf("%s: %d, and %d rows", query, n, rows)
		}
	}
	var rows int
	if err := db.readers.QueryRowContext(t.Context(), `SELECT count(*) FROM public_rows`).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// MakeFormer makes a database as the program before this one left it: with so many public releases, every other one of them
// about hydrogen, and as many drafts.
func MakeFormer(t *testing.T, path string, releases int) {
	t.Helper()
	writer, err := openWriter(path, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := claimFile(t.Context(), writer); err != nil {
		t.Fatal(err)
	}
	p, err := migrator(writer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.ExecContext(t.Context(), `
		CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < ?1 * 2 - 1) SELECT i FROM n;
		INSERT INTO releases (id, uri, source, wanted, language, revision, status, published)
		SELECT i + 1, 'tag:' || i, 'r' || i, 'r' || i, 'ko', 1, 'draft', 1000 FROM n;
		INSERT INTO revisions (release_id, revision, at, slug, language, title, summary, format, source, html, text, topics,
			by_hand, office, authors, contact, attachments, note)
		SELECT i + 1, 1, 5, 'r' || i, 'ko', CASE i % 2 WHEN 0 THEN '그린수소' ELSE '철강' END, '', 'markdown', '', '', '', '[]',
			0, '', '[]', '{}', '[]', '' FROM n;
		INSERT INTO publications (seq, release_id, revision, kind, at) SELECT i + 1, i + 1, 1, 'published', 5 FROM n WHERE i < ?1;
		UPDATE releases SET seq = id, status = 'published' WHERE id <= ?1`, releases); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
}

// Post puts letters into the outbox, as the rooms that write them do.
func Post(t *testing.T, db *DB, now time.Time, letters ...*tidings.Letter) {
	t.Helper()
	err := db.write(t.Context(), now, "test", func(tx *tx) error {
		for _, l := range letters {
			if l.Kind == tidings.ConfirmLetter {
				if err := tx.keepSignUp(t.Context(), &l.SignUp); err != nil {
					return err
				}
			}
			if err := tx.post(t.Context(), l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// LetterRow is what is kept of a letter.
type LetterRow struct {
	State          tidings.DeliveryState
	Attempts       int
	Nonce, Settled bool // there is one
	Reply          string
}

// Letters are all letters, in their order.
func Letters(t *testing.T, db *DB) []LetterRow {
	t.Helper()
	rows, err := list(t.Context(), db.readers, func(row *sql.Rows) (l LetterRow, err error) {
		return l, row.Scan(&l.State, &l.Attempts, &l.Nonce, &l.Settled, &l.Reply)
	}, `SELECT state, attempts, nonce IS NOT NULL, settled IS NOT NULL, reply FROM letters ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Exec writes to the file as no part of the program does.
func Exec(t testing.TB, db *DB, query string, args ...any) {
	t.Helper()
	if _, err := db.writer.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

package store

import (
	"testing"

	"github.com/tidings/tidings"
)

func TestNoFilterHasTheNumberOfOneThatIsGone(t *testing.T) {
	t.Parallel()
	db := open(t)
	added(t, db, "a@example.org", daily(t, ""))
	var last int64
	for _, words := range []string{"narwhals", "otters", "puffins"} {
		if err := db.UpdateSubscriber(t.Context(), "1", at(2), "test", func(s *tidings.Subscriber) error {
			s.Subscriptions[0].Filter = daily(t, words).Filter
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		var n int64
		if err := db.readers.QueryRowContext(t.Context(), `SELECT filter_id FROM subscriptions`).Scan(&n); err != nil || n <= last {
			t.Errorf("%s has number %d after %d, %v", words, n, last, err)
		}
		last = n
		if err := db.UpdateSubscriber(t.Context(), "1", at(3), "test", func(s *tidings.Subscriber) error {
			s.Subscriptions[0].Filter = tidings.Filter{}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for again := range 2 {
			if f, err := db.Forget(t.Context(), tidings.Retention{}, at(4)); err != nil || again > 0 && f.Filters > 0 {
				t.Errorf("%+v, %v", f, err)
			}
		}
		if n := count(t, db, `filters WHERE text LIKE '%'||?||'%'`, words); n != 0 || count(t, db, `filters`) != 2 {
			t.Errorf("the words of nobody are still there (%s), or %d filters", words, count(t, db, `filters`))
		}
	}
}

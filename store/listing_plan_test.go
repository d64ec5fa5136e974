package store

import (
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func TestListsAreReadInTheirOwnOrder(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, sel := range []tidings.Selection{{}, {Topic: "energy"}, {Language: "ko"}, {Office: "Trade"}} {
		for _, q := range []tidings.Query{{Selection: sel}, {Selection: sel, From: time.Unix(1, 0), Until: time.Unix(2, 0)}} {
			rows, args := rowsIn(q)
			count := plan(t, db.readers, `SELECT count(*) FROM `+rows, args...)
			page := plan(t, db.readers, pageQuery(rows), append(args, 20, 40)...)
			for _, got := range []string{count, page} {
				if strings.Contains(got, "SCAN listed") || strings.Contains(got, "releases_") {
					t.Errorf("%+v:\n%s", q, got)
				}
			}
			// What is sorted, if anything is, are the twenty of the page.
			if strings.Count(page, "TEMP B-TREE") > 1 || strings.Index(page, "TEMP B-TREE") < strings.Index(page, "SCAN page") {
				t.Errorf("%+v:\n%s", q, page)
			}
		}
	}
}

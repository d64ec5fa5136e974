package store

import (
	"strings"
	"testing"
)

func TestWhatAnOwnPageShowsIsFoundByIndexAlone(t *testing.T) {
	t.Parallel()
	db := open(t)
	for query, want := range map[string][]string{
		visitedQuery: {"SEARCH d USING INTEGER PRIMARY KEY", "SEARCH p USING INTEGER PRIMARY KEY", "SEARCH u USING INTEGER PRIMARY KEY"},
		pastQuery: {
			"SEARCH d USING INDEX sqlite_autoindex_deliveries_1 (subscriber_id=?)", "SEARCH n USING PRIMARY KEY (edition_id=?)",
			"SEARCH releases USING INTEGER PRIMARY KEY",
		},
		lettersOfQuery: {"SEARCH letters USING INDEX letters_subscriber (subscriber_id=?)"},
		signUpsOfQuery: {"SEARCH signups USING INDEX signups_address (address=?)"},
		`SELECT ` + subscriberColumns + ` FROM subscribers p WHERE p.address IS NOT NULL AND p.id = ?`: {
			"SEARCH p USING INTEGER PRIMARY KEY",
		},
		`SELECT ` + subscriptionColumns + ` WHERE s.subscriber_id = ? ORDER BY s.id`: {
			"SEARCH s USING INDEX sqlite_autoindex_subscriptions_1 (subscriber_id=?)",
		},
	} {
		got := plan(t, db.readers, query, 1, 2)
		for _, step := range want {
			if !strings.Contains(got, step) {
				t.Errorf("no %s:\n%s", step, got)
			}
		}
		if strings.Contains(strings.ReplaceAll(got, "SCAN (subquery", ""), "SCAN") { // that one is the titles of one mail
			t.Errorf("%s\n%s", query, got)
		}
		if query == pastQuery && strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("sorts the mails:\n%s", got)
		}
	}
}

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
			"SEARCH d USING INTEGER PRIMARY KEY (rowid=?)", "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)",
			"SEARCH x USING INTEGER PRIMARY KEY (rowid=?)",
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
		// These are the titles of one mail, the entries of its edition, and the runs, newest first: few rows each, or read no further than needed.
		few := strings.NewReplacer("SCAN (subquery", "", "SCAN j VIRTUAL TABLE", "", "SCAN u\n", "")
		if strings.Contains(few.Replace(got), "SCAN") {
			t.Errorf("%s\n%s", query, got)
		}
		if query == pastQuery && strings.Count(got, "TEMP B-TREE") > 1 { // that one is the entries of one mail
			t.Errorf("sorts the mails:\n%s", got)
		}
	}
}

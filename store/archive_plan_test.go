package store

import (
	"strings"
	"testing"
)

func TestTheArchiveAndSitemapsReadByTheirIndex(t *testing.T) {
	t.Parallel()
	db := open(t)
	for query, want := range map[string]string{
		tallyQuery: "SEARCH releases USING COVERING INDEX releases_public (published>? AND published<?)",
		addressQuery(" WHERE r.published >= 1", true): "SEARCH releases USING COVERING INDEX releases_public (published>?)",
		addressQuery("", false):                       "SCAN page",
	} {
		got := plan(t, db.readers, query, "[]", 2)
		alternates := query == tallyQuery || strings.Contains(got, "releases_translation")
		if !strings.Contains(got, want) || !alternates || strings.Contains(got, "AUTOMATIC") {
			t.Errorf("%s\n%s\nlacks %s", query, got, want)
		}
	}
	if got := plan(t, db.readers, extentQuery); strings.Contains(got, "TEMP B-TREE") {
		t.Error(got)
	}
}

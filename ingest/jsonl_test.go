package ingest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func jsonItems(t testing.TB, text string, columns map[string]string) []ingest.Item {
	t.Helper()
	opts := tableOptions(t)
	opts.Columns = columns
	return slices.Collect(ingest.JSONLines(strings.NewReader(text), "a.jsonl", opts))
}

func TestJSONLineBecomesARelease(t *testing.T) {
	t.Parallel()
	items := jsonItems(t, `{"id": 12345678901234567890, "meta": {"headline": "One", "when": "2025-03-14"}, "content": "<p>x</p>", "tags": ["a, b", {"name": "c"}, 7], "extra": null}`+"\n\n"+
		`{"id": 2, "meta": {"headline": "Two", "when": "2025-03-14"}, "content": "*y*"}`+"\n",
		map[string]string{"title": "meta.headline", "date": "meta.when", "summary": "meta.lead"})
	if len(items) != 2 || items[0].Err != nil || items[1].Err != nil {
		t.Fatalf("%+v", items)
	}
	if r := items[0].Release; r.Title != "One" || r.Source != "table:a#12345678901234567890" || r.Body.Format != tidings.HTML || !slices.Equal(items[0].Terms, []string{"a, b", "c", "7"}) {
		t.Errorf("%q %+v", items[0].Terms, r)
	}
	if r := items[1].Release; items[1].Line != 3 || r.Body.HTML != "<p><em>y</em></p>" {
		t.Errorf("line %d: %+v", items[1].Line, r)
	}
}

func TestBrokenJSONLinesAreReportedWithLineAndColumnAndTheRestIsTaken(t *testing.T) {
	t.Parallel()
	long := `{"title": "` + strings.Repeat("x", 2<<20) + `"}`
	items := jsonItems(t, strings.Join([]string{
		`{"title": "A", "date": 2025}`, `{"title": "A" "date": 1}`, `[1]`, `{"a": 1} x`, `{"title": "A", "date"`, `null`, long, `{"headlin": "A", "date": "2025-03-14", "body": "x"}`,
		`{"title": "Last", "date": "2025-03-14", "body": "x"}`,
	}, "\n"), nil)
	wants := []string{
		"a.jsonl:1: date:", "a.jsonl:2: column 15: this is not JSON", "a.jsonl:3: column 1: this is array, and must be an object", "a.jsonl:4: column ", "a.jsonl:5: the object does not end",
		"a.jsonl:6: null is no object", "a.jsonl:7: the line is longer than", "a.jsonl:8: the title is missing", "",
	}
	if len(items) != len(wants) {
		t.Fatalf("%d items", len(items))
	}
	for i, want := range wants {
		if (items[i].Err == nil) != (want == "") || want != "" && !strings.HasPrefix(items[i].Err.Error(), want) {
			t.Errorf("%d: %v, want %s", i, items[i].Err, want)
		}
	}
}

func TestJSONLinesNameAMissingPathWithASuggestion(t *testing.T) {
	t.Parallel()
	items := jsonItems(t, `{"headline": "A", "date": "2025-03-14", "body": "x"}`, map[string]string{"title": "headlin"})
	if len(items) != 1 || items[0].Err == nil || !strings.Contains(items[0].Err.Error(), "did you mean headline?") {
		t.Errorf("%+v", items)
	}
}

func FuzzJSONLinesEndAsReleasesOrWithAReason(f *testing.F) {
	f.Add(`{"title": "A", "date": "2025-03-14", "body": "x"}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, item := range jsonItems(t, text, nil) {
			if invalid := (*tidings.InvalidError)(nil); item.Err != nil && !as(item.Err, &invalid) {
				t.Errorf("%v is no reason", item.Err)
			}
		}
	})
}

package ingest_test

import (
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestTableHoldsBackWhatItCallsADraft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		columns, cells string
		want           string // draft, public or broken
	}{
		{"draft", "true", "draft"},
		{"Draft", "Yes", "draft"},
		{"is_draft", "1", "draft"},
		{"draft", "draft", "draft"},
		{"draft", "false", "public"},
		{"draft", "", "public"},
		{"draft", "maybe", "broken"},
		{"published", "FALSE", "draft"},
		{"published", "true", "public"},
		{"published", "2024-02-03", "public"},
		{"published", "soon", "broken"},
		{"status", "draft", "draft"},
		{"Post Status", "Pending", "draft"},
		{"state", "private", "draft"},
		{"status", "in progress", "draft"},
		{"status", "publish", "public"},
		{"status", "1", "broken"},
		{"status", "x", "broken"},
		{"status,draft", "published,yes", "draft"},
		{"상태", "임시저장", "draft"},
		{"상태", "게시 중", "public"},
		{"공개여부", "비공개", "draft"},
		{"공개여부", "N", "draft"},
		{"공개여부", "Y", "public"},
		{"비공개", "예", "draft"},
		{"임시저장", "아니오", "public"},
	} {
		object := `{"title":"A","date":"2025-03-14","body":"x"`
		cells := strings.Split(c.cells, ",")
		for i, column := range strings.Split(c.columns, ",") {
			object += `,"` + column + `":"` + cells[i] + `"`
		}
		table := csvItems(t, "title,date,body,"+c.columns+"\nA,2025-03-14,x,"+c.cells+"\n", nil)
		for _, item := range append(table, jsonItems(t, object+"}", nil)...) {
			got := "public"
			switch {
			case item.Err != nil:
				got = "broken"
			case item.Release.Status == tidings.Draft:
				got = "draft"
			}
			if got != c.want {
				t.Errorf("%s %s: %s, want %s (%v)", c.columns, c.cells, got, c.want, item.Err)
			}
		}
	}
	for _, object := range []string{`"published":false`, `"draft":true`, `"draft":1`, `"public":false`} {
		items := jsonItems(t, `{"title":"A","date":"2025-03-14","body":"x",`+object+`}`, nil)
		if items[0].Err != nil || items[0].Release.Status != tidings.Draft {
			t.Errorf("%s: %+v", object, items)
		}
	}
}

func TestRecordsOfOneKeyDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	const table = "title,date,body,id,url,slug\n" +
		"A,2025-03-14,x,1,,\nB,2025-03-14,x,1,,\nA,2025-03-14,x,1,,\n" +
		"A,2025-03-14,x,,https://old.example/list,\nB,2025-03-14,x,,https://old.example/list,\n" +
		"A,2025-03-14,x,,,a\nB,2025-03-14,x,,,a\n"
	const lines = `{"id":1,"title":"A","date":"2025-03-14","body":"x"}` + "\n" + `{"id":1,"title":"A","date":"2025-03-14","body":"y"}` + "\n" +
		`{"id":1,"title":"A","date":"2025-03-14","body":"x"}` + "\n"
	var got []string
	for _, item := range append(csvItems(t, table, nil), jsonItems(t, lines, nil)...) {
		switch {
		case item.Err != nil:
			got = append(got, item.Err.Error())
		default:
			got = append(got, item.Skipped)
		}
	}
	const rest = " and says something else: only the first is taken"
	want := []string{
		"", "press-2025-03.csv:3: has the id of line 2" + rest, "repeats line 2", "", "press-2025-03.csv:6: has the url of line 5" + rest,
		"", "press-2025-03.csv:8: has the slug of line 7" + rest, "", "a.jsonl:2: has the id of line 1" + rest, "repeats line 1",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s", strings.Join(got, "\n"))
	}
}

func TestJSONLinesNameEachKeyThatIsNotTakenOnce(t *testing.T) {
	t.Parallel()
	const line = `{"title":"A","date":"2025-03-14","body":"x","meta":{"colour":"red"}}` + "\n"
	items := jsonItems(t, line+line, nil)
	if len(items) != 2 || strings.Join(items[0].Notes, "|") != "columns that are not taken: meta.colour" || len(items[1].Notes) != 0 {
		t.Errorf("%+v", items)
	}
}

package ingest

import (
	"fmt"
	"slices"

	"github.com/tidings/tidings"
)

// day is what the record says of its date. Where a column is called "published" beside another of dates, it holds the date or
// whether the release is public, and its date goes before unless a person has named the other.
func (t *sheet) day(rec row) string {
	if t.opts.Columns["date"] == "" && t.opts.Columns["published"] == "" && t.isDate(rec.text("public")) {
		return rec.text("public")
	}
	return rec.text("date")
}

func (t *sheet) isDate(text string) bool {
	_, ok := dateOf(text, t.opts.zone())
	return ok
}

// status is that of a draft when the record says that it is not for the public. What cannot be understood is an error: a
// release that was held back must not slip out.
func (t *sheet) status(rec row) (tidings.Status, error) {
	held := false
	for _, key := range []string{"draft", "public", "status"} {
		said := rec.text(key)
		if said == "" || key == "public" && t.isDate(said) {
			continue
		}
		public, known := saysPublic(key, said)
		if !known {
			return "", tidings.Invalidf(key, "%q does not say whether the release is public: write draft or published, or call the column otherwise if it means something else", short(said))
		}
		held = held || !public
	}
	if held {
		return tidings.Draft, nil
	}
	return "", nil
}

// saysPublic reads a value of a column that can hold a release back. Yes and no mean the opposite under "draft", and nothing
// under "status", whose numbers each program counts in its own way.
func saysPublic(key, said string) (public, known bool) {
	switch foldColumn(said) {
	case "published", "publish", "public", "live", "active", "scheduled", "future", "final", "released", "visible",
		"공개", "전체공개", "게시", "게시중", "게시됨", "게시완료", "발행", "발행됨", "발행완료", "배포", "배포완료", "예약", "예약발행", "승인", "완료":
		return true, true
	case "draft", "autodraft", "private", "pending", "hidden", "unpublished", "notpublished", "inprogress", "review", "inreview", "pendingreview",
		"trash", "deleted", "internal", "임시", "임시저장", "초안", "비공개", "미공개", "부분공개", "미게시", "게시전", "작성중", "대기", "검토", "검토중", "승인대기", "보류", "반려",
		"숨김", "삭제":
		return false, true
	case "true", "yes", "on", "y", "1", "o", "예", "네", "참":
		return key == "public", key != "status"
	case "false", "no", "off", "n", "0", "x", "아니오", "아니요", "거짓":
		return key == "draft", key != "status"
	}
	return false, false
}

// sighting is where a record stands, and a hash of what it says.
type sighting struct {
	line int
	says string
}

// once lets a record by that no earlier one of the same file is the same release as. Otherwise the later would overwrite the
// earlier, and the earlier the later when they are taken in again.
func (t *sheet) once(item Item, rec row) Item {
	var says []string
	for _, c := range columnNames() {
		says = append(says, rec.cells[c[0]])
	}
	key, whole := fingerprint(item.Release.Source), fingerprint(says...)
	first, again := t.first[key]
	switch {
	case !again:
		t.first[key] = sighting{line: item.Line, says: whole}
	case first.says == whole:
		return Item{File: item.File, Line: item.Line, Skipped: fmt.Sprintf("repeats line %d", first.line)}
	default:
		keys := []string{"id", "url", "slug"}
		by := keys[max(slices.IndexFunc(keys, func(key string) bool { return rec.text(key) != "" }), 0)]
		return Item{File: item.File, Line: item.Line, Err: fault(item.File, item.Line,
			"has the %s of line %d and says something else: only the first is taken", by, first.line)}
	}
	return item
}

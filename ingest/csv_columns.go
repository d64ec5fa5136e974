package ingest

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// NotTaken is the kind of the note on columns of a table, or keys of objects, that mean nothing here.
const NotTaken = "columns that are not taken"

// column is a key of a release and the usual names of its column, folded; the first is the key itself.
type column []string

// columnNames are in the order in which they choose: a description is the text where there is no other, else the summary, and
// published is the date where there is no other, else whether the release is public.
func columnNames() []column {
	return []column{
		{"title", "headline", "subject", "name", "posttitle", "제목", "보도자료제목", "기사제목"},
		{"body", "text", "content", "contenthtml", "contenttext", "html", "article", "postcontent", "본문", "내용", "기사내용", "본문내용", "description"},
		{
			"date", "publishedat", "datepublished", "publicationdate", "pubdate", "postdate", "releasedate",
			"날짜", "일자", "작성일", "등록일", "게시일", "배포일", "보도일", "보도일시", "등록일시", "published",
		},
		{"updated", "updatedat", "modified", "datemodified", "lastmodified", "lastmod", "수정일", "수정일시"},
		{"language", "lang", "locale", "언어"},
		{"topics", "topic", "tags", "categories", "category", "keywords", "주제", "분류", "분야", "태그", "카테고리"},
		{"summary", "abstract", "excerpt", "lead", "teaser", "description", "요약", "부제"},
		{"slug"},
		{"id", "guid", "no", "number", "번호", "글번호", "게시물번호", "연번"},
		{"office", "department", "division", "organisation", "organization", "agency", "부서", "담당부서", "부처", "기관", "소속"},
		{"authors", "author", "byline", "writer", "작성자", "담당자", "글쓴이", "기자"},
		{"url", "link", "permalink", "address", "uri", "주소", "링크", "원문주소"},
		{"attachments", "attachment", "files", "file", "enclosure", "첨부", "첨부파일"},
		{"contact", "email", "contactemail", "이메일"},
		{"draft", "isdraft", "hidden", "private", "임시저장", "임시저장여부", "비공개", "비공개여부"},
		{"public", "published", "ispublished", "ispublic", "publish", "visible", "visibility", "공개", "공개여부", "게시", "게시여부"},
		{"status", "poststatus", "publicationstatus", "state", "상태", "게시상태", "공개상태", "발행상태"},
	}
}

// columnKey is the key of a release that a person means by a word; "": none.
func columnKey(word string) string {
	for _, c := range columnNames() {
		if c[0] == word || word == "published" && c[0] == "date" {
			return c[0]
		}
	}
	return ""
}

// Check says which of the keys that columns are named for are none of a release; nil: all are.
func (o TableOptions) Check() error {
	var faults []error
	for _, word := range slices.Sorted(maps.Keys(o.Columns)) {
		if columnKey(word) == "" {
			var keys []string
			for _, c := range columnNames() {
				keys = append(keys, c[0])
			}
			faults = append(faults, tidings.Invalidf("--map", "%s is no key of a release%s; there are %s", word, tidings.DidYouMean(word, keys), strings.Join(keys, ", ")))
		}
	}
	return errors.Join(faults...)
}

// foldColumn is a column's name as it is compared: its letters and digits, in lower case.
func foldColumn(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFC.String(s))
}

// columns finds the column of each key among those that there are, and those that no key is in. An error tells of what was asked
// for and is not there.
func (o TableOptions) columns(have []string) (found map[string]string, left []string, err error) {
	found = map[string]string{}
	taken := map[string]bool{}
	var faults []error
	if err := o.Check(); err != nil {
		faults = append(faults, err)
	}
	for _, word := range slices.Sorted(maps.Keys(o.Columns)) {
		name := o.Columns[word]
		key := columnKey(word)
		switch {
		case key == "":
		case !slices.Contains(have, name):
			faults = append(faults, tidings.Invalidf("--map", "there is no column %q%s; there are %s", name, tidings.DidYouMean(name, have), strings.Join(have, ", ")))
		default:
			found[key], taken[name] = name, true
		}
	}
	for _, c := range columnNames() {
		for _, name := range c {
			at := slices.IndexFunc(have, func(h string) bool { return foldColumn(h) == name && !taken[h] })
			if at >= 0 && found[c[0]] == "" {
				found[c[0]], taken[have[at]] = have[at], true
			}
		}
	}
	for _, h := range have {
		if !taken[h] {
			left = append(left, h)
		}
	}
	return found, left, errors.Join(faults...)
}

package ingest_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

const spoilt = "A\x00b\x08c\x1b[31m\u009bd\uffff\ufffe e\u0085f\rg\vh\ttab 한국어"

func isNoText(r rune) bool {
	return unicode.IsControl(r) && r != '\t' && r != '\n' || r == '\ufffe' || r == '\uffff'
}

func TestControlCharactersOfABodyAreDropped(t *testing.T) {
	t.Parallel()
	fromDocument, err := document(t, "x.md", "---\ntitle: T\n---\n"+spoilt+"\n\n`code"+spoilt+"` &#27;[0m &#x85; [x](https://a.example/ \"\x1bt\")\n")
	if err != nil {
		t.Fatal(err)
	}
	items := archive(t, "-\nT\n"+spoilt+"\n\x1b\n"+"end date2025-03-01\n")
	if len(items) != 1 || items[0].Err != nil {
		t.Fatalf("%+v", items)
	}
	for name, body := range map[string]tidings.Body{
		"document": fromDocument.Body, "archive": items[0].Release.Body,
		"HTML": render(t, tidings.HTML, "<p title=x>Abc&#8;&#x1b;[31md ef g h&#9;tab 한국어<img src=/&#1;x.png alt='&#7;y'>"),
	} {
		for part, s := range map[string]string{"source": body.Source, "HTML": body.HTML, "text": body.Text} {
			if strings.ContainsFunc(s, isNoText) && (name != "HTML" || part != "source") {
				t.Errorf("%s: control characters in the %s: %q", name, part, s)
			}
		}
		if want := "Abc[31md e"; !strings.HasPrefix(body.Text, "Abc[31md e") || !strings.Contains(body.Text, "한국어") {
			t.Errorf("%s: words were lost: %q, want %s …", name, body.Text, want)
		}
	}
	if strings.Contains(items[0].Release.Body.HTML, "<p></p>") {
		t.Errorf("an empty paragraph stayed: %q", items[0].Release.Body.HTML)
	}
}

func TestBodyOfControlCharactersIsNone(t *testing.T) {
	t.Parallel()
	if items := archive(t, "-\nT\n\x08\x1b date2025-03-01\n"); items[0].Err == nil {
		t.Errorf("taken: %+v", items[0].Release.Body)
	}
	if r, err := document(t, "x.md", "# T\n\x08\x1b\n"); err == nil {
		t.Errorf("taken: %+v", r.Body)
	}
}

func TestNoncharactersInATitleAreRefused(t *testing.T) {
	t.Parallel()
	if items := archive(t, "-\nT\uffff\nText. date2025-03-01\n"); items[0].Err == nil || !strings.HasPrefix(items[0].Err.Error(), "a.txt:2: ") {
		t.Errorf("got %v", items[0].Err)
	}
}

func TestFloodsOfMarksInTitleAndSummaryAreCutToFour(t *testing.T) {
	t.Parallel()
	flood := "Z" + strings.Repeat("\u0335\u0336\u0489\u200d", 40) + "algo"
	want := "Z\u0335\u0336\u0489\u200d\u0335" + strings.Repeat("\u200d", 39) + "algo"
	r, err := document(t, "x.md", "---\ntitle: \""+flood+"\"\nsummary: \""+flood+"\"\n---\nText.")
	if err != nil || r.Title != want || r.Summary != want {
		t.Errorf("%+q\n%+q, %v", r.Title, r.Summary, err)
	}
	if items := archive(t, "-\n"+flood+"\nText. date2025-03-01\n"); items[0].Release.Title != want {
		t.Errorf("archive: %+q, %v", items[0].Release.Title, items[0].Err)
	}
}

func TestLivingScriptsKeepTheirMarks(t *testing.T) {
	t.Parallel()
	for _, title := range []string{
		"प्रधानमंत्री ने र्\u200dहस्व कार्यक्रम का उद्घाटन किया", "กระทรวงพาณิชย์แถลงข่าวเพื่อผู้ประกอบการที่น้ำท่วม",
		"Bộ Công Thương tổ chức hội nghị xúc tiến thương mại", norm.NFD.String("Bộ Công Thương; 보도자료; ソフトバンク"),
		"בְּרֵאשִׁ֖ית בָּרָ֣א", "وِزَارَةُ التِّجَارَةِ", "1️⃣ 👩‍👩‍👧‍👦 🚀", "བསྒྲུབས་", "မြန်မာ့ကုန်သွယ်ရေး",
	} {
		items := archive(t, "-\n"+title+"\nText. date2025-03-01\n")
		if got := items[0].Release.Title; got != norm.NFC.String(title) {
			t.Errorf("%+q became %+q", title, got)
		}
	}
}

func TestLinksToAPlaceInTheBodyLeaveTheirWords(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"See [below](#below) or [there](/there#x).": `<p>See below or <a href="https://news.example.org/there#x">there</a>.</p>`,
		"[x]( #x )": "<p>x</p>",
	} {
		if got := render(t, tidings.Markdown, source).HTML; got != want {
			t.Errorf("%s: %s", source, got)
		}
	}
}

func TestAnEscapeThatYAMLDoesNotKnowIsToldWithItsCure(t *testing.T) {
	t.Parallel()
	err := ingest.Document(strings.NewReader("---\nlang: en\ntitle: \"Launch \\ud83d\\ude80\"\n---\nText."), "x.md", nil, options(t)).Err
	if err == nil || !strings.HasSuffix(err.Error(), ": write the character itself") || !strings.HasPrefix(err.Error(), "x.md:3: ") {
		t.Errorf("got %v", err)
	}
}

func TestTitleThatCannotBeSeenOrTurnsTheTextIsRefused(t *testing.T) {
	t.Parallel()
	for title, good := range map[string]bool{
		"\u200b\u200f": false, "Rates \u202egnipihs": false, "\u2066Rates\u2069": false,
		"Rates": true, "🚀": true, "שלום \u200f(א)": true, "수출": true,
	} {
		_, err := document(t, "x.md", "---\ntitle: \""+title+"\"\n---\nText.")
		if good != (err == nil) {
			t.Errorf("%q: %v", title, err)
		}
	}
}

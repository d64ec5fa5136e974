package card_test

import (
	"bytes"
	"image"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/card"
)

func drawer(t testing.TB) *card.Drawer {
	t.Helper()
	d, err := card.New(card.Config{
		Site: &tidings.Site{
			Names: map[string]string{"en": "Ministry of Trade, Industry and Energy", "ko": "산업통상자원부"},
			Base:  &url.URL{Scheme: "https", Host: "news.example.org"}, Language: "en",
		},
		Colour: tidings.Colour{R: 0x14, G: 0x42, B: 0x7d},
		Date: func(_ *tidings.Site, language string, at time.Time) (string, error) {
			if language == "ko" {
				return at.Format("2006년 1월 2일"), nil
			}
			return at.Format("2 January 2006"), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func draw(t testing.TB, d *card.Drawer, language, title string) []byte {
	t.Helper()
	b, err := d.Draw(&tidings.Release{Slug: "a", Language: language, Title: title, Published: time.Date(2025, 3, 17, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func titles() map[string][2]string {
	return map[string][2]string{
		"short":    {"en", "Korea’s ICT exports rebound in February"},
		"long":     {"en", "ASEAN-ROK Think Tank Dialogue (AKTD) officially launched as platform to strengthen Korea-ASEAN economic and trade cooperation"},
		"korean":   {"ko", "제35차 에너지위원회, 비상시 에너지수급계획과 가스안전관리 기본계획을 심의·의결"},
		"syllable": {"ko", "뷁"},
		"endless":  {"en", strings.Repeat("A title that never ends ", 60)},
		"one word": {"ko", strings.Repeat("소재부품장비산업", 40)},
		"foreign":  {"en", "日本語の題名 العربية"},
		"hanja":    {"ko", "尹, 美·中·日 정상과 통화…北 도발에 “韓美 공조 강화” ㈜한국 1,000㎡ ①단계 착공"},
		"kana":     {"ko", "日本「サプライチェーン」協議 開始 さくら"},
		"empty":    {"en", ""},
	}
}

func TestPicturesAreOfOneSizeAndLight(t *testing.T) {
	t.Parallel()
	d := drawer(t)
	for name, title := range titles() {
		b := draw(t, d, title[0], title[1])
		if dir := os.Getenv("CARDS"); dir != "" { // to look at them
			if err := os.WriteFile(filepath.Join(dir, name+".png"), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		picture, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if picture.Bounds() != image.Rect(0, 0, card.Width, card.Height) || len(b) > 60_000 || len(b) < 2000 {
			t.Errorf("%s: %v, %d octets", name, picture.Bounds(), len(b))
		}
		if edge := inked(picture, image.Rect(0, 0, 60, card.Height)) + inked(picture, image.Rect(card.Width-60, 0, card.Width, card.Height)) +
			inked(picture, image.Rect(0, card.Height-60, card.Width, card.Height)); edge > 0 {
			t.Errorf("%s: %d pixels of text stand in the margins", name, edge)
		}
	}
}

// inked is how many pixels are not the background's.
func inked(p image.Image, where image.Rectangle) int {
	n, back := 0, p.At(0, 0)
	for y := where.Min.Y; y < where.Max.Y; y++ {
		for x := where.Min.X; x < where.Max.X; x++ {
			if p.At(x, y) != back {
				n++
			}
		}
	}
	return n
}

func TestSameReleaseGivesTheSameBytesFromManyAtOnce(t *testing.T) {
	t.Parallel()
	d := drawer(t)
	want := draw(t, d, "ko", "공급망 안정화 방안")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if !bytes.Equal(draw(t, d, "ko", "공급망 안정화 방안"), want) {
				t.Error("the picture differs")
			}
		})
	}
	all.Wait()
}

// What no font has is left out, with its blank: the picture is that of the title without it.
func TestNoPictureShowsABoxForAMissingCharacter(t *testing.T) {
	t.Parallel()
	d := drawer(t)
	for title, same := range map[string]string{
		"수출 \U0001f389 회복":                     "수출 회복",
		"\U0001f389\U0001f389\U0001f389 개막":    "개막",
		"Exports ❤️‍\U0001f525 rebound 1️⃣":    "Exports ❤ rebound 1",
		"\u200btitle\u00ad\n of\ttwo":          "title of two",
		"3월∼5월":                                "3월~5월",
		"A word العرب among very many of ours": "A word among very many of ours",
		"العربية":                              "", // too little would be left
		"العربية and":                          "",
		"a\u0316":                              "", // marks are not set upon letters
		"\U0001f600":                           "",
	} {
		if !bytes.Equal(draw(t, d, "en", title), draw(t, d, "en", same)) {
			t.Errorf("%q is not drawn as %q", title, same)
		}
	}
}

func TestHeadlinesKeepHanjaAndSigns(t *testing.T) {
	t.Parallel()
	d := drawer(t)
	without := draw(t, d, "ko", "")
	seen := map[string]string{string(draw(t, d, "ko", "수출")): "수출"}
	for _, title := range []string{
		"Żółć €5 “quoted” – ½", "가힣뷁", "Ελλάδα Україна", "日本語の題名",
		"수출美", "수출中", "수출日", "수출韓", "수출北", "수출英", "수출獨", "수출佛", "수출與", "수출野", "수출靑", "수출尹", "수출李", "수출\uf9e1",
		"수출㈜", "수출㎡", "수출①", "수출⑳", "수출カ", "수출「", "수출→", "수출△", "수출※",
	} {
		b := draw(t, d, "ko", title)
		if bytes.Equal(b, without) {
			t.Errorf("%q was not drawn", title)
		}
		if twin := seen[string(b)]; twin != "" && title != "수출\uf9e1" { // that is 李 once more
			t.Errorf("%q is drawn as %q", title, twin)
		}
		seen[string(b)] = title
	}
}

func BenchmarkDraw(b *testing.B) {
	d := drawer(b)
	for b.Loop() {
		draw(b, d, "ko", titles()["korean"][1])
	}
}

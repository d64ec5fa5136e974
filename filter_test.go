package tidings_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

func parse(tb testing.TB, s string) tidings.Filter {
	tb.Helper()
	f, err := tidings.ParseFilter(s)
	if err != nil {
		tb.Fatalf("ParseFilter(%q): %v", s, err)
	}
	return f
}

func TestFilterHasOneCanonicalText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" \t\u3000\n", ""},
		{"Battery", "battery"},
		{"  trade   energy ", "energy trade"},
		{"energy energy Energy ÉNERGIE", "energie energy"},
		{`"supply chain"`, `"supply chain"`},
		{`“Supply  Chain”`, `"supply chain"`},
		{`"energy"`, "energy"},
		{`"OR"`, "or"},
		{"this or that", "or that this"},
		{"Korea-EU", `"korea eu"`},
		{"Korea’s", `"korea s"`},
		{"Korea's", `"korea s"`},
		{"U.S.", `"u s"`},
		{"R&D", `"r d"`},
		{"$16.7", `"$ 16.7"`},
		{"￦1,000", `"₩ 1,000"`},
		{"10:30", `"10 30"`},
		{"Šefčovič", "sefcovic"},
		{"S\u030cefc\u030covic\u030c", "sefcovic"},
		{"ＦＴＡ", "fta"},
		{"$$5", `"$ $ 5"`},
		{"sup\u00adply", "supply"},
		{"\u1100-\u1161", "\"\u1100 \u1161\""},
		{"か\u3099く", "か\u3099く"},
		{"경제", "경제"},
		{"\u1100\u1167\u11bc\u110c\u1166", "경제"},
		{"FTA는", `"fta 는"`},
		{"topic:energy", "topic:energy"},
		{"Topic:Trade,energy,trade", "topic:energy,trade"},
		{"topic:b OR topic:a", "topic:a,b"},
		{"topic:b OR x OR topic:a,c", "topic:a,b,c OR x"},
		{"lang:KO OR lang:en-GB", "lang:en-gb,ko"},
		{"topic:b topic:a", "topic:a topic:b"},
		{"-topic:b lang:en x topic:a", "topic:a lang:en x -topic:b"},
		{"after:2025-03", "after:2025-03-01"},
		{"before:2025", "before:2025-01-01"},
		{"before:2025-03-17 after:2024-02-29", "after:2024-02-29 before:2025-03-17"},
		{"--a", "a"},
		{"-(-a)", "a"},
		{"-(-(-a))", "-a"},
		{"-(-(a OR b)) c", "c (a OR b)"},
		{"-(b a)", "-(a b)"},
		{"-(a)", "-a"},
		{"(a) ((b))", "a b"},
		{"(c (b a))", "a b c"},
		{"c OR (b OR a)", "a OR b OR c"},
		{"c d OR b a", "a b OR c d"},
		{"(c OR d)(b OR a)", "(a OR b) (c OR d)"},
		{"(a OR a) b", "a b"},
		{"-korea-eu", `-"korea eu"`},
		{`a"b c"d`, `"b c" a d`},
	} {
		f := parse(t, c.in)
		if got := f.String(); got != c.want {
			t.Errorf("ParseFilter(%q) is %q, want %q", c.in, got, c.want)
		}
		if again := parse(t, c.want).String(); again != c.want {
			t.Errorf("ParseFilter(%q) is %q, want it unchanged", c.want, again)
		}
		if f.IsZero() != (c.want == "") {
			t.Errorf("ParseFilter(%q).IsZero() is %v", c.in, f.IsZero())
		}
	}
}

func TestFilterErrorNamesThePosition(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a ", 201)
	for _, c := range []struct {
		in   string
		pos  int
		says string
	}{
		{"office:energy", 1, `no field "office:"; write topic:`},
		{"경제 https://example.org", 4, `no field "https:"`},
		{"a topic:", 9, "something is missing here; write a topic's short name"},
		{"topic:energy,", 14, "missing here"},
		{"topic:energy, trade", 14, "without blanks"},
		{"topic:,energy", 7, "missing here"},
		{"topic:energy,a_b", 14, `"a_b" cannot be`},
		{"lang:", 6, "a language's code"},
		{"lang:en,한국어", 9, `"한국어" cannot be; write a language's code`},
		{"lang:abcdefghi", 6, "cannot be"},
		{"x after:2025-02-30", 9, "no day; write it as in after:2025-03-17"},
		{"before:", 8, "before:2025-03"},
		{"before:17.03.2025", 8, "no day"},
		{"a - b", 3, `a "-" stands right before`},
		{"a -", 3, `a "-" stands right before`},
		{"(a -)", 4, `a "-" stands right before`},
		{"-OR b", 1, `a "-" stands right before`},
		{`a "b c`, 3, "never closed"},
		{"a “b c", 3, "never closed"},
		{"a (b (c)", 3, "never closed"},
		{"a (b", 3, "never closed"},
		{"a) b", 2, "closes nothing"},
		{"a ()", 4, "something must stand before"},
		{"OR a", 1, "OR needs a term on either side"},
		{"a OR OR b", 6, "OR needs a term on either side"},
		{"a OR", 5, "ends too early"},
		{"(a OR )", 7, "something must stand before"},
		{"a AND b", 3, "AND is not needed"},
		{"NOT b", 1, `for the word, write "not"`},
		{"a & b", 3, "no letter and no digit"},
		{`a ""`, 3, "no letter and no digit"},
		{long, 401, "more than 200 terms"},
		{"topic:" + strings.Repeat("a,", 200) + "a", 407, "more than 200 terms"},
		{strings.Repeat("경", 2001), 2001, "longer than 2000 characters"},
		{strings.Repeat("a.", 1000), 1, "canonical text is longer"},
		{strings.Repeat("(", 21) + "a" + strings.Repeat(")", 21), 21, "deeper than 20"},
		{strings.Repeat("-", 21) + "a", 21, "deeper than 20"},
	} {
		_, err := tidings.ParseFilter(c.in)
		wrong, ok := errors.AsType[*tidings.FilterError](err)
		if !ok {
			t.Errorf("ParseFilter(%.30q): %v, want a *FilterError", c.in, err)
			continue
		}
		if wrong.Pos != c.pos || !strings.Contains(wrong.Reason, c.says) || wrong.Text != c.in {
			t.Errorf("ParseFilter(%.30q): %v; want character %d and %q", c.in, err, c.pos, c.says)
		}
		invalid, ok := errors.AsType[*tidings.InvalidError](err)
		if !ok || invalid.Field != "filter" || !strings.Contains(invalid.Reason, wrong.Reason) {
			t.Errorf("ParseFilter(%.30q): as an InvalidError %v", c.in, invalid)
		}
	}
}

func TestFilterErrorReadsAsASentence(t *testing.T) {
	t.Parallel()
	_, err := tidings.ParseFilter("(energy OR trade")
	if want := `filter, character 1: this "(" is never closed; write ")" where the group ends`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestFilterTakesWhatIsJustWithinTheLimits(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		strings.Repeat("경", 2000),
		"topic:" + strings.Repeat("a,", 199) + "a",
		strings.Repeat("(", 20) + "a" + strings.Repeat(")", 20),
	} {
		parse(t, s)
	}
}

func TestFilterTopicsAreThoseAskedFor(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"":                                     nil,
		"battery":                              nil,
		"topic:trade,energy":                   {"energy", "trade"},
		"topic:trade (topic:energy OR x)":      {"energy", "trade"},
		"topic:trade -topic:energy":            {"trade"},
		"-(topic:a -topic:b)":                  {"b"},
		"topic:a lang:ko OR topic:a lang:en b": {"a"},
	} {
		if got := parse(t, in).Topics(); !slices.Equal(got, want) {
			t.Errorf("%q asks for %q, want %q", in, got, want)
		}
	}
}

func TestFilterNamesTopicsHoweverItAsks(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"": false, "oil -gas": false, "lang:ko after:2025": false, "topic:oil": true, "-topic:oil": true,
		"-(gas topic:oil)": true, "-(gas -topic:oil)": true, "(gas OR topic:oil) lang:ko": true,
	} {
		if got := parse(t, in).NamesTopics(); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func seoul(tb testing.TB) *time.Location {
	tb.Helper()
	return zone(tb, "Asia/Seoul")
}

// commission is a release in the ministry's style; sameInKorean its counterpart.
func commission(tb testing.TB) *tidings.Release {
	tb.Helper()
	return &tidings.Release{
		Language: "en-GB",
		Title:    "Korea and EU launch 12th FTA Trade Committee meeting",
		Summary:  "Minister Cheong and Commissioner Maroš Šefčovič co-chaired the Korea-EU meeting.",
		Body: tidings.Body{Text: "Exports rose 1.2 percent to USD 16.7 billion (₩24,000 billion).\n\n" +
			"Korea’s “supply\u00a0chains” for U.S. and EU electric vehicles (EV) were discussed."},
		Office: "Bureau of FTA Policy", Authors: []string{"Lee Ho-hyeon", "Naïma Łukasz"},
		Topics:    []string{"trade", "supply-chains"},
		Published: time.Date(2025, 3, 17, 0, 30, 0, 0, seoul(tb)),
	}
}

func sameInKorean(tb testing.TB) *tidings.Release {
	tb.Helper()
	return &tidings.Release{
		Language: "ko", Title: "제12차 한-EU FTA 무역위원회 개최",
		Body:      tidings.Body{Text: "세계경제는 어렵다. 산업통상자원부는 반도체수출이 늘었다고 밝혔다. FTA는 중요하다."},
		Published: time.Date(2025, 3, 16, 12, 0, 0, 0, seoul(tb)),
	}
}

func TestFilterMatchesEnglish(t *testing.T) {
	t.Parallel()
	doc := tidings.NewDoc(commission(t), seoul(t))
	expectMatches(t, doc, true, "", "korea", "KOREA", "korea’s", "korea's", "Korea-EU", `"korea eu"`, `"supply chains"`, "U.S.",
		"Šefčovič", "sefcovic", "Sefc\u030covic\u030c", "naima", "lukasz", `"lee ho-hyeon"`, "ho-hyeon", "(EV)", "12th", "fta",
		"16.7", "₩24,000", "₩", "1.2", `"FTA Policy"`, "bureau", "topic:trade", "topic:energy,trade", "lang:en", "lang:en-gb",
		"lang:ko,en", "-topic:energy", "-lang:ko", "trade -battery", "battery OR korea", "(battery OR korea) lang:en",
		"after:2025-03-17", "after:2025-03", "after:2025", "before:2025-03-18", "before:2026", "-before:2025-03-17")
	expectMatches(t, doc, false, "port", "export", "kore", "chain", `"eu korea"`, `"korea committee"`, "meeting-minister",
		`"policy lee"`, "16", "7", "24", "co-chair", "topic:energy", "topic:supply", "lang:ko", "lang:e", "lang:en-us", "-korea",
		"korea battery", "battery OR energy", "before:2025-03-17", "before:2025", "after:2025-03-18", "after:2025-04")
}

func TestFilterMatchesKoreanInsideRuns(t *testing.T) {
	t.Parallel()
	doc := tidings.NewDoc(sameInKorean(t), seoul(t))
	expectMatches(t, doc, true, "경제", "세계", "세계경제", "수출", "반도체", "fta", "FTA는", "한-EU", "12차", "제12차",
		`"무역위원회 개최"`, `"위원회 개최"`, `"EU FTA 무역"`, "\u1100\u1167\u11bc\u110c\u1166",
		"lang:ko 산업통상자원부", "-battery", "before:2025-03-17")
	expectMatches(t, doc, false, "경제학", "2차", "ft", `"무역 위원회"`, `"FTA 위원회"`, "한EU미", "-수출", "lang:en")
}

func TestFilterMatchesHanAndKanaInsideRuns(t *testing.T) {
	t.Parallel()
	doc := tidings.NewDoc(&tidings.Release{Title: "日本経済はエネルギー政策を。中国贸易部"}, time.UTC)
	expectMatches(t, doc, true, "経済", "エネルギー", "ルギー政", "贸易", `"政策を 中国"`)
	expectMatches(t, doc, false, "経政", "政策中国", `"政策 中国"`)
}

func TestFilterMatchesDecomposedTextAsComposed(t *testing.T) {
	t.Parallel()
	r := &tidings.Release{Title: "\u1100\u1167\u11bc\u110c\u1166\u1102\u1173\u11ab S\u030cefc\u030covic\u030c и\u0306"}
	expectMatches(t, tidings.NewDoc(r, time.UTC), true, "경제", "경제는", "Šefčovič", "й")
}

func TestFilterByDayPassesOverWhatHasNoDay(t *testing.T) {
	t.Parallel()
	expectMatches(t, tidings.NewDoc(&tidings.Release{}, time.UTC), false, "after:2025", "before:2025")
}

func TestFilterCountsDaysInTheZone(t *testing.T) {
	t.Parallel()
	f := parse(t, "after:2025-03-17")
	if r := commission(t); !f.Match(r, seoul(t)) || f.Match(r, time.UTC) {
		t.Error("half past midnight of 17 March in Seoul is 16 March in UTC")
	}
}

func expectMatches(t *testing.T, doc *tidings.Doc, want bool, filters ...string) {
	t.Helper()
	for _, s := range filters {
		if got := parse(t, s).MatchDoc(doc); got != want {
			t.Errorf("%q matches: %v, want %v", s, got, want)
		}
	}
}

func TestFilterIsItsTextInJSON(t *testing.T) {
	t.Parallel()
	out, err := json.Marshal(struct{ Filter, None tidings.Filter }{Filter: parse(t, "b  A")})
	if want := `{"Filter":"a b","None":""}`; err != nil || string(out) != want {
		t.Errorf("got %s, %v; want %s", out, err, want)
	}
	var in struct{ Filter tidings.Filter }
	if err := json.Unmarshal([]byte(`{"Filter":"topic:b,a"}`), &in); err != nil || in.Filter.String() != "topic:a,b" {
		t.Errorf("got %q, %v", in.Filter, err)
	}
	if _, ok := errors.AsType[*tidings.FilterError](json.Unmarshal([]byte(`{"Filter":"("}`), &in)); !ok {
		t.Error("a wrong filter in JSON is no FilterError")
	}
}

func BenchmarkMatch(b *testing.B) {
	r := commission(b)
	r.Body.Text = strings.Repeat(r.Body.Text+"\n\n", 20) // 3 kB, as the ministry's releases are
	doc := tidings.NewDoc(r, seoul(b))
	b.Run("doc", func(b *testing.B) {
		for b.Loop() {
			tidings.NewDoc(r, seoul(b))
		}
	})
	for _, s := range []string{
		"topic:trade,energy", "korea", "battery", `"electric vehicles"`, "수출", `(battery OR "supply chains") -lang:ko`,
	} {
		f := parse(b, s)
		b.Run(s, func(b *testing.B) {
			for b.Loop() {
				f.MatchDoc(doc)
			}
		})
	}
}

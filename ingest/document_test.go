package ingest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/ingest"
)

func document(t testing.TB, name, text string) (tidings.Release, error) {
	t.Helper()
	item := ingest.Document(strings.NewReader(text), name, nil, options(t))
	return item.Release, item.Err
}

const yamlMatter = `---
title: "Energy plan: the ‘first’ draft"
date: 2025-03-17 09:30
updated: 2025-03-18
slug: energy-plan
lang: ko
topics: [energy, trade]
description: >
  What the plan
  is about.
office: Energy Policy
author: [Kim, Lee]
contact: {name: Press desk, email: press@example.org, phone: +82 2 123 4567}
attachments:
  - url: /files/plan.pdf
    type: application/pdf
    size: 1024
  - {name: Data, url: https://example.org/data.xlsx}
note: Corrected a figure.
id: plan-35
---
Text.
`

const tomlMatter = `+++
title = "Energy plan: the ‘first’ draft"
published = 2025-03-17T09:30:00
updated = 2025-03-18
slug = "energy-plan"
language = "ko"
topics = ["energy", "trade"]
summary = "What the plan is about."
office = "Energy Policy"
authors = ["Kim", "Lee"]
note = "Corrected a figure."
source = "plan-35"

[contact]
name = "Press desk"
email = "press@example.org"
phone = "+82 2 123 4567"

[[attachments]]
url = "/files/plan.pdf"
type = "application/pdf"
size = 1024

[[attachments]]
name = "Data"
url = "https://example.org/data.xlsx"
+++
Text.
`

func TestDocumentReadsEveryKeyInYAMLAndTOMLAlike(t *testing.T) {
	t.Parallel()
	zone := options(t).Zone
	want := tidings.Release{
		Source: "id:plan-35", Slug: "energy-plan", SlugByHand: true, Language: "ko", Title: "Energy plan: the ‘first’ draft",
		Summary: "What the plan is about.", Topics: []string{"energy", "trade"}, TopicsByHand: true,
		Office: "Energy Policy", Authors: []string{"Kim", "Lee"},
		Contact: tidings.Contact{Name: "Press desk", Email: "press@example.org", Phone: "+82 2 123 4567"},
		Attachments: []tidings.Attachment{
			{Name: "plan.pdf", URL: "https://news.example.org/files/plan.pdf", MediaType: "application/pdf", Size: 1024},
			{Name: "Data", URL: "https://example.org/data.xlsx"},
		},
		Published: time.Date(2025, 3, 17, 9, 30, 0, 0, zone), Updated: time.Date(2025, 3, 18, 0, 0, 0, 0, zone),
		Note: "Corrected a figure.",
		Body: tidings.Body{Format: tidings.Markdown, Source: "Text.\n", HTML: "<p>Text.</p>", Text: "Text."},
	}
	for _, text := range []string{yamlMatter, tomlMatter, "\ufeff" + strings.ReplaceAll(yamlMatter, "\n", "\r\n")} {
		got, err := document(t, "x.md", text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.3s: -want +got\n%s", text, diff)
		}
	}
}

func TestDocumentDatesAreReadInTheZoneUnlessTheyNameOne(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ date, want string }{
		{"2025-03-17", "2025-03-17T00:00:00+09:00"},
		{"2025-03-17 09:00", "2025-03-17T09:00:00+09:00"},
		{"2025-03-17 09:00:30", "2025-03-17T09:00:30+09:00"},
		{"2025-03-17T09:00:00Z", "2025-03-17T09:00:00Z"},
		{"2025-03-17T09:00:00-04:00", "2025-03-17T09:00:00-04:00"},
	} {
		for _, text := range []string{"---\ntitle: T\npublished: " + tc.date + "\n---\nText.", "+++\ntitle = 'T'\npublished = " + tc.date + "\n+++\nText."} {
			if strings.HasPrefix(text, "+") && tc.date == "2025-03-17 09:00" {
				continue // TOML asks for seconds
			}
			r, err := document(t, "x.md", text)
			if err != nil || r.Published.Format(time.RFC3339) != tc.want {
				t.Errorf("%q: %s, %v; want %s", text, r.Published.Format(time.RFC3339), err, tc.want)
			}
		}
	}
}

func TestDocumentTakesTheTitleFromTheFirstHeading(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, title, body string }{
		{"\n# A *plain* [title](x) #\n\nText.\n", "A plain title", "<p>Text.</p>"},
		{"---\nlang: ko\n---\n\n# 제목\n본문.\n", "제목", "<p>본문.</p>"},
		{"---\ntitle: Same\n---\n# Same\nText.", "Same", "<p>Text.</p>"},
		{"---\ntitle: One\n---\n# Another\nText.", "One", "<h2>Another</h2>\n<p>Text.</p>"},
	} {
		r, err := document(t, "x.md", tc.text)
		if err != nil || r.Title != tc.title || r.Body.HTML != tc.body {
			t.Errorf("%q: %q, %q, %v", tc.text, r.Title, r.Body.HTML, err)
		}
	}
}

func TestDocumentSourceIsItsIDElseItsFileName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, matter, want string }{
		{"in/plan.v2.md", "id: a\nslug: b\n", "id:a"},
		{"in/plan.md", "slug: b\n", "file:plan"},
		{"in/plan.v2.md", "", "file:plan.v2"},
		{"-", "slug: b\n", "slug:b"},
		{ingest.StandardInput, "", "title:The title"},
	} {
		r, err := document(t, tc.name, "---\ntitle: The title\n"+tc.matter+"---\nText.")
		if err != nil || r.Source != tc.want || r.SourceGuessed != strings.HasPrefix(tc.want, "file:") {
			t.Errorf("%s, %q: %s, %v", tc.name, tc.matter, r.Source, err)
		}
	}
}

func TestDocumentErrorsNameTheLineAndSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, want string }{
		{"---\ntitle: T\ntitel: U\n---\nText.", "x.md:3: titel: is no key of a release: did you mean title?"},
		{"+++\ntitle = 'T'\n\npublishd = 2025-01-01\n+++\nText.", "x.md:4: publishd: is no key of a release: did you mean published?"},
		{"---\ntitle: T\ndate: soon\n---\nText.", `x.md:3: published: "soon" is no time that there is`},
		{"---\ntitle: T\ndate: 2025-01-01\npublished: 2025-01-02\n---\nText.", "x.md:4: published: says the same as date"},
		{"---\ntitle: T\ntitle: T\n---\nText.", "x.md:3: title stands here a second time"},
		{"---\ntitle: T\nText.", "x.md:1: the front matter has no end"},
		{"---\ntitle: 'T\n---\nText.", "the front matter is not YAML"},
		{"+++\ntitle = 'T'\nlanguage = en\n+++\nText.", "x.md:3: this is not TOML"},
		{"---\n- T\n---\nText.", "x.md:2: the front matter must be lines of key: value"},
		{"---\ntitle: T\noffice: &x [*x]\n---\nText.", "once its aliases are followed"},
		{"---\ntitle: [T]\n---\nText.", "x.md:2: title: must be a single value, not a list"},
		{"---\ntitle: \"a\\x07b\"\n---\nText.", "x.md:2: title: the title holds a control character"},
		{"---\nlang: ko\n---\nText.", "x.md:1: title: is missing"},
		{"Text.", "x.md:1: title: is missing"},
		{"---\ntitle: T\n---\n\n", "x.md:4: body: is empty"},
		{"---\ntitle: T\nlang: english language\n---\nText.", "x.md:3: language: must be a language tag"},
		{"---\ntitle: T\nstatus: withdrawn\n---\nText.", "x.md:3: status: cannot be withdrawn here"},
		{"---\ntitle: T\nstatus: scheduled\n---\nText.", "x.md:3: status: is scheduled, but there is no published"},
		{"---\ntitle: T\ndraft: maybe\n---\nText.", "x.md:3: draft: must be true or false"},
		{"---\ntitle: T\nslug: A B\n---\nText.", "x.md:3: slug: must be lower-case words with hyphens between: write a-b"},
		{"---\ntitle: T\ndate: 2025-01-02\nupdated: 2025-01-01\n---\nText.", "x.md:4: updated: is before published"},
		{"---\ntitle: T\ncontact:\n  mail: x\n---\nText.", "x.md:4: contact.mail: is no key of contact: did you mean email?"},
		{"---\ntitle: T\ncontact:\n  email: Press <x@y.org>\n---\nText.", "x.md:4: contact.email: must be an address"},
		{"---\ntitle: T\nattachments:\n  - name: x\n---\nText.", "x.md:4: attachments.url: is missing"},
		{"---\ntitle: T\nattachments:\n  - url: 'javascript:x'\n    size: big\n---\nText.", "x.md:4: attachments.url: must be an address that begins with https:// or http://\nx.md:5: attachments.size: must be a number"},
		{"# T\n<script>alert(1)</script>\n", "x.md:2: body: nothing is left of it"},
		{"# T\n" + strings.Repeat("> ", 600) + "x", "x.md:2: body: quotes and lists stand more than 100 deep"},
		{strings.Repeat("x", 8<<20+1), "x.md: is larger than 8 MB"},
		{"---\ntitle: T\noffice: \"a\\x07b\"\n---\nText.", "x.md:3: office: holds a control character"},
		{"---\ntitle: T\nstatus: lost\n---\nText.", "x.md:3: status: must be draft, scheduled or published"},
		{"---\ntitle: T\ndraft: true\nstatus: published\n---\nText.", "x.md:4: status: is published, but draft says true"},
		{"# T\n\nText \xff.", "x.md:3: has octets that are not UTF-8"},
	} {
		_, err := document(t, "x.md", tc.text)
		var invalid *tidings.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.200q\n got %v\nwant %s", tc.text, err, tc.want)
		}
	}
}

func TestDocumentSaysNothingOfItsStatusUnlessAskedTo(t *testing.T) {
	t.Parallel()
	for matter, want := range map[string]tidings.Status{
		"": "", "draft: true\n": tidings.Draft, "status: draft\n": tidings.Draft, "draft: false\n": "",
		"status: draft\ndraft: true\n": tidings.Draft, "date: 2030-01-01\nstatus: scheduled\n": tidings.Scheduled,
	} {
		r, err := document(t, "x.md", "---\ntitle: T\n"+matter+"---\nText.")
		if err != nil || r.Status != want {
			t.Errorf("%q: %s, %v; want %s", matter, r.Status, err, want)
		}
	}
}

func TestDocumentTellsEveryFaultAtOnceInTheOrderOfLines(t *testing.T) {
	t.Parallel()
	_, err := document(t, "x.md", "---\nlang: x y\ntitel: T\ndate: soon\n---\n")
	want := "x.md:1: title: is missing: write title: … in the front matter, or begin the body with # and the title\n" +
		"x.md:2: language: must be a language tag, such as en, ko or pt-BR\n" +
		"x.md:3: titel: is no key of a release: did you mean title?\n" +
		"x.md:4: published: \"soon\" is no time that there is: write 2025-03-17, 2025-03-17 09:00 or 2025-03-17T09:00:00+09:00\n" +
		"x.md:6: body: is empty: write the text behind the front matter"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func FuzzDocument(f *testing.F) {
	f.Add(yamlMatter)
	f.Add(tomlMatter)
	f.Add("# Title\n\nText")
	f.Add("+++\n[[attachments]]\nurl='x'\n[attachments.a]\nb={c=[{d=1}]}\n+++\n# T\nx")
	f.Add("---\n? [a]\n: b\n---\nx")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := document(t, "x.md", text)
		var invalid *tidings.InvalidError
		if err != nil && !errors.As(err, &invalid) {
			t.Fatalf("no InvalidError: %v", err)
		}
		if err == nil && (r.Title == "" || r.Slug == "" || r.Source == "" || strings.ContainsAny(r.Title, "\r\n")) {
			t.Fatalf("half a release: %+v", r)
		}
	})
}

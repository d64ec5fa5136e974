package templates

import (
	"strings"
	"testing"
)

func TestADigestPutTogetherIsTheSameAsAWhole(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, lang := range s.Languages() {
		for _, m := range []*DigestMail{weekly(t, lang), single(t, lang), changes(t, lang, false), changes(t, lang, true)} {
			if err := s.tryDigest(m); err != nil {
				t.Error(err)
			}
		}
	}
}

func FuzzADigestPutTogetherIsTheSameAsAWhole(f *testing.F) {
	for _, evil := range hostile() {
		f.Add(evil, evil, evil, "en")
	}
	s := open(f)
	f.Fuzz(func(t *testing.T, title, lead, topic, lang string) {
		m := weekly(t, lang)
		m.Sections[0].Topic, m.Sections[1].Releases[0].Title = topic, topic
		r := &m.Sections[0].Releases[0]
		r.Title, r.Lead, r.Language, r.AlsoIn = title, lead, lang, []string{topic}
		if err := s.tryDigest(m); err != nil {
			t.Error(err)
		}
	})
}

func TestAReleaseOfADigestEndsWithALine(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, lang := range s.Languages() {
		for _, m := range []*DigestMail{weekly(t, lang), changes(t, lang, false)} {
			frame, err := s.DigestFrame(m)
			if err != nil {
				t.Fatal(err)
			}
			_, releases := placed(m)
			for _, part := range [][]Cutting{frame.HTML, frame.Text} {
				if len(part) != len(releases)+1 {
					t.Errorf("%d releases make %d pieces of a frame", len(releases), len(part))
				}
				for _, c := range part[:len(part)-1] {
					if c.Text != "" && !strings.HasSuffix(c.Text, "\n") {
						t.Errorf("a release comes within the line of %q", c.Text)
					}
				}
			}
			for _, r := range releases {
				p, err := s.DigestRelease(m.Site, m.Language, *r)
				if err != nil || !strings.HasSuffix(p.HTML, "\n") || !strings.HasSuffix(p.Text, "\n") {
					t.Errorf("%q, %q, %v", p.HTML, p.Text, err)
				}
			}
		}
	}
}

// withoutBlock is a template of a digest as they were before there was a block for one release.
const withoutBlock = `<p>{{.Subject}}</p>{{$site := .Site}}{{range .Sections}}{{range .Releases}}
<a href="{{.URL}}">{{title .}}</a> {{date $site .Published}}{{end}}{{end}}<a href="{{.LeaveURL}}">x</a>`

func TestATemplateWithoutTheBlockShowsTheReleasesItself(t *testing.T) {
	t.Parallel()
	s, err := New(folder(map[string]string{"mails/digest.html": withoutBlock}))
	if err != nil {
		t.Fatal(err)
	}
	m := weekly(t, "en")
	frame, err := s.DigestFrame(m)
	if err != nil || len(frame.HTML) != 1 || len(frame.Text) < 2 {
		t.Fatalf("%+v, %v", frame, err)
	}
	_, releases := placed(m)
	for _, r := range releases {
		if !strings.Contains(frame.HTML[0].Text, `href="`+r.URL+`"`) {
			t.Errorf("no %s in\n%s", r.URL, frame.HTML[0].Text)
		}
	}
}

func TestABlockThatCannotStandAloneIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"in an attribute": {
			`{{define "release"}}{{.URL}}{{end}}{{range .Sections}}{{range .Releases}}<a title="{{template "release" .}}">x</a>{{end}}{{end}}`,
			"stands where no element of HTML may",
		},
		"of a section": {
			`{{define "release"}}{{range .Releases}}{{title .}}{{end}}{{end}}{{range .Sections}}{{template "release" .}}{{end}}{{.LeaveURL}}`,
			`mails/digest: the block "release" is given a templates.Section: that name is for what shows one MailRelease; call it otherwise`,
		},
		"of a template": {
			`{{define "release"}}{{.Kind}}{{.Heading}}{{end}}{{template "release" .}}`, "mails/digest.html:1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(folder(map[string]string{"mails/digest.html": c.text}))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

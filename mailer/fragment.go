package mailer

import (
	"strings"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// item is a release as the digests of one language show it: rendered and encoded once, and put into all of them. It never changes.
type item struct {
	shown      templates.MailRelease
	section    string // a topic's slug
	topic      string // its name
	text, html fragment
}

// fragment is a piece of a part.
type fragment struct {
	text   string // canonical
	quoted []byte // the same as quoted-printable; nil: it is not made of whole lines, so that its encoding depends on what is beside it
}

func newFragment(text string) fragment {
	f := fragment{text: canonical(text)}
	if strings.HasSuffix(f.text, "\n") {
		f.quoted = appendQuotedPrintable(nil, f.text)
	}
	return f
}

// item makes one of a release. The topics' names are those of the language.
func (c *Composer) item(language string, entry *tidings.Entry, r *tidings.Release, names map[string]string) (*item, error) {
	i := &item{section: entry.Section, topic: names[entry.Section]}
	if entry.Kind == tidings.NewEntry {
		i.shown = c.release(r, entry.Section, names)
	} else {
		i.shown = c.changed(r, entry.Kind)
	}
	parts, err := c.templates.DigestRelease(c.site, language, i.shown)
	if err != nil {
		return nil, err
	}
	i.text, i.html = newFragment(parts.Text), newFragment(parts.HTML)
	return i, nil
}

// body is the text of a part, and what of it is encoded already.
type body struct {
	text  string
	ready []ready // in the order of the text
}

// ready is a fragment at its place in a text.
type ready struct {
	at int
	*fragment
}

// join puts fragments into the gaps of a frame.
func join(frame []templates.Cutting, of func(release int) *fragment) body {
	b, pieces, length := body{ready: make([]ready, 0, len(frame))}, make([]string, 0, 2*len(frame)), 0
	add := func(piece string) { pieces, length = append(pieces, piece), length+len(piece) }
	for _, c := range frame {
		if add(canonical(c.Text)); c.Release >= 0 {
			f := of(c.Release)
			b.ready = append(b.ready, ready{length, f})
			add(f.text)
		}
	}
	b.text = strings.Join(pieces, "")
	return b
}

// quoted encodes the text up to cut, as appendQuotedPrintable does: an encoded line never depends on the one before it, so what is whole
// lines is taken as it was encoded before.
func (b *body) quoted(cut int) []byte {
	out, done := make([]byte, 0, cut+cut/4), 0
	for _, r := range b.ready {
		end := r.at + len(r.fragment.text)
		if end > cut || r.quoted == nil || r.at > 0 && b.text[r.at-1] != '\n' {
			continue
		}
		out = append(appendQuotedPrintable(out, b.text[done:r.at]), r.quoted...)
		done = end
	}
	return appendQuotedPrintable(out, b.text[done:cut])
}

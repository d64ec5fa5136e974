package web

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// slowest is how many octets of a file a reader must take in a second, not to be cut off.
const slowest = 8 << 10

// Policies of files. They are not ours: whatever is in them does nothing in our name.
const (
	policyOfFiles = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
	// Browsers show PDF in a page of their own making, which a sandbox would keep empty. No script in it is of our origin.
	policyOfPDF = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// file serves what a public release shows. Its URL has its hash in it: what is there never changes, but it may go away.
func (s *site) file(w http.ResponseWriter, r *http.Request) error {
	hash := strings.ToLower(r.PathValue("hash"))
	if len(hash) != len(tidings.HashOf(nil)) {
		return tidings.ErrNotFound
	}
	mark, err := s.Library.Mark(r.Context(), tidings.Selection{})
	if err != nil {
		return err
	}
	f, err := s.files.take(hash, mark, func() (tidings.File, int, error) {
		f, err := s.Stacks.File(r.Context(), hash)
		return f, len(f.Data), err
	})
	if err != nil {
		return hidden(err)
	}
	name := r.PathValue("name")
	if canonical := s.Site.FileURL(hash, name); !s.isAt(r, canonical) { // a hash in capitals
		return &movedError{to: canonical}
	}
	h := w.Header()
	h.Set("Cache-Control", forever)
	h.Set("ETag", `"`+hash+`"`)
	mediaType, shown := showable(f.MediaType)
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", disposition(shown, savedAs(name, f.Name)))
	h.Set("Content-Security-Policy", policyOfFiles)
	if mediaType == "application/pdf" {
		h.Set("Content-Security-Policy", policyOfPDF)
	}
	// The server's own limit is meant for pages. Where it cannot be moved, as in a recorder, there is none.
	limit := time.Now().Add(time.Minute + time.Duration(len(f.Data)/slowest)*time.Second)
	if err := http.NewResponseController(w).SetWriteDeadline(limit); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.Data))
	return nil
}

// savedAs is the name that a file is saved under: the one it was asked for by, since the same octets may have come in by another
// name with a release that nobody may know of. Its ending is that of the stored name: no link makes a program of a table.
func savedAs(asked, stored string) string {
	ending := path.Ext(stored)
	if strings.EqualFold(path.Ext(asked), ending) {
		return asked
	}
	return strings.TrimSuffix(asked, path.Ext(asked)) + ending
}

// hidden makes one "not found" of all reasons why something is not public.
func hidden(err error) error {
	if err == nil || errors.Is(err, tidings.ErrWithdrawn) {
		return tidings.ErrNotFound
	}
	return err
}

// showable is the media type that a file is served with, and whether a browser may show it by itself: pictures, sound, films
// and PDF. All else is saved, SVG too, which may hold a script; a page's <img> shows it all the same.
func showable(given string) (mediaType string, shown bool) {
	mediaType, params, err := mime.ParseMediaType(given)
	if err != nil {
		return "application/octet-stream", false
	}
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "application/pdf":
		return mediaType, true
	}
	kind, _, _ := strings.Cut(mediaType, "/")
	return mime.FormatMediaType(mediaType, params), kind == "audio" || kind == "video"
}

// disposition names a file (RFC 6266 §4), with a name in ASCII for programs that know no other (appendix D).
func disposition(shown bool, name string) string {
	kind := "attachment"
	if shown {
		kind = "inline"
	}
	var plain, encoded strings.Builder
	for _, b := range []byte(name) {
		if isAttr(b) {
			encoded.WriteByte(b)
		} else {
			fmt.Fprintf(&encoded, "%%%02X", b)
		}
	}
	for _, c := range name {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\%`, c) {
			c = '_'
		}
		plain.WriteRune(c)
	}
	return kind + `; filename="` + plain.String() + `"; filename*=UTF-8''` + encoded.String()
}

// isAttr: RFC 8187 §3.2.1, attr-char.
func isAttr(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || strings.IndexByte("!#$&+-.^_`|~", b) >= 0
}

package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// version is one state of a document, ready to be sent.
type version struct {
	mediaType string
	body      []byte
	gzip      []byte // nil: not prepared
	tag       string // the entity tag without W/
	modified  time.Time
}

// newVersion makes a version of a body; modified may be zero: unknown.
func newVersion(mediaType string, body []byte, modified time.Time) *version {
	sum := sha256.Sum256(body)
	return &version{
		mediaType: mediaType, body: body, modified: modified.Truncate(time.Second),
		tag: `"` + hex.EncodeToString(sum[:16]) + `"`,
	}
}

// zipped prepares the compressed body.
func (v *version) zipped() *version {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(v.body) //nolint:errcheck // a Buffer takes everything
	z.Close()
	v.gzip = b.Bytes()
	return v
}

// octets is what it takes to keep the version.
func (v *version) octets() int {
	const besides = 1 << 10 // what is kept besides its bodies
	return len(v.body) + len(v.gzip) + besides
}

// settled reports whether the second of an instant is over. Before, another version may still come to bear the same date
// (RFC 9110 §8.8.2.2), so that the date tells neither of them.
func settled(at, now time.Time) bool {
	return !at.IsZero() && now.Truncate(time.Second).After(at.Truncate(time.Second))
}

// serve sends the version, or 304 to whoever has it.
func (v *version) serve(w http.ResponseWriter, r *http.Request, keep string, now time.Time) {
	h := w.Header()
	// Weak, because it is the same for every encoding (RFC 9110 §8.8.1).
	h.Set("ETag", "W/"+v.tag)
	h.Set("Cache-Control", keep)
	if v.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
	}
	dated := settled(v.modified, now)
	if dated {
		h.Set("Last-Modified", v.modified.UTC().Format(http.TimeFormat))
	}
	if v.has(r, dated) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := v.body
	if v.gzip != nil && acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body = v.gzip
	}
	h.Set("Content-Type", v.mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body) //nolint:errcheck,gosec // a reader who has gone can't be told; what was rendered is escaped
}

// has: whether the reader has this version. If-None-Match beats If-Modified-Since (RFC 9110 §13.2.2), which counts only when
// the version's date tells it from others.
func (v *version) has(r *http.Request, dated bool) bool {
	if tags := r.Header.Values("If-None-Match"); len(tags) > 0 {
		for tag := range strings.SplitSeq(strings.Join(tags, ","), ",") {
			tag = strings.Trim(tag, " \t")
			if tag == "*" || strings.TrimPrefix(tag, "W/") == v.tag { // weak comparison: §13.1.2
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && dated && !v.modified.After(since)
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3): the coding by its own name counts before `*`, and q=0 means no.
func acceptsGzip(values []string) bool {
	star := false
	for one := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding, params, _ := strings.Cut(strings.NewReplacer(" ", "", "\t", "").Replace(one), ";")
		wanted := true
		if name, q, ok := strings.Cut(params, "="); ok && strings.EqualFold(name, "q") {
			weight, err := strconv.ParseFloat(q, 64)
			wanted = err == nil && weight > 0
		}
		switch strings.ToLower(coding) {
		case "gzip", "x-gzip":
			return wanted
		case "*":
			star = wanted
		}
	}
	return star
}

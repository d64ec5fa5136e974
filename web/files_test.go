package web_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/web"
)

// keep publishes a release that shows a file, and gives the path of the file.
func (n *newsroom) keep(slug, name, mediaType string, data []byte) string {
	n.t.Helper()
	f := tidings.File{Hash: tidings.HashOf(data), Name: name, MediaType: mediaType, Data: data}
	n.attach(slug, f, nil)
	return strings.TrimPrefix(n.site.FileURL(f.Hash, name), strings.TrimSuffix(n.site.URL(), "/"))
}

// attach stores a release with a file.
func (n *newsroom) attach(slug string, f tidings.File, change func(*tidings.Release)) tidings.Release {
	n.t.Helper()
	n.now = n.now.Add(time.Minute)
	r := n.draft(slug, change)
	r.Attachments = append(r.Attachments, tidings.Attachment{
		Name: f.Name, MediaType: f.MediaType, Size: int64(len(f.Data)), Hash: f.Hash,
	})
	filed, err := n.db.SaveBatch(n.t.Context(), n.site, []tidings.Filing{{Release: &r, Files: []tidings.File{f}}}, n.now, "test")
	if err != nil || filed[0].Err != nil {
		n.t.Fatal(err, filed)
	}
	return r
}

func TestFilesAreKeptForEverAndShownOnlyWhereTheyAreHarmless(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for name, want := range map[string]struct{ given, served, disposition string }{
		"a.png":     {"image/png", "image/png", "inline"},
		"b.jpg":     {"image/jpeg", "image/jpeg", "inline"},
		"c.pdf":     {"application/pdf", "application/pdf", "inline"},
		"d.mp4":     {"video/mp4", "video/mp4", "inline"},
		"e.svg":     {"image/svg+xml", "image/svg+xml", "attachment"},
		"f.html":    {"text/html; charset=utf-8", "text/html; charset=utf-8", "attachment"},
		"g.hwp":     {"application/x-hwp", "application/x-hwp", "attachment"},
		"h.js":      {"text/javascript", "text/javascript", "attachment"},
		"i":         {"", "application/octet-stream", "attachment"},
		"j.png":     {"image/png\r\nX: y", "application/octet-stream", "attachment"},
		"통계 1.xlsx": {"application/vnd.ms-excel", "application/vnd.ms-excel", "attachment"},
		`k".png`:    {"IMAGE/PNG", "image/png", "inline"},
	} {
		path := n.keep("about-"+tidings.HashOf([]byte(name))[:8], name, want.given, []byte("octets of "+name))
		resp := n.get(path)
		status(t, resp, http.StatusOK)
		h := resp.Header
		if body := text(t, resp); body != "octets of "+name {
			t.Errorf("%s is %q", path, body)
		}
		if h.Get("Content-Type") != want.served || !strings.HasPrefix(h.Get("Content-Disposition"), want.disposition+`; filename="`) ||
			h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("X-Content-Type-Options") != "nosniff" ||
			h.Get("ETag") != `"`+strings.Split(path, "/")[2]+`"` || h.Get("Accept-Ranges") != "bytes" {
			t.Errorf("%s: %v", path, h)
		}
		policy := h.Get("Content-Security-Policy")
		if sandboxed := strings.Contains(policy, "sandbox") && strings.Contains(policy, "default-src 'none'"); sandboxed == (want.served == "application/pdf") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
	}
	const xlsx = `attachment; filename="__ 1.xlsx"; filename*=UTF-8''%ED%86%B5%EA%B3%84%201.xlsx`
	path := n.keep("again", "통계 1.xlsx", "application/vnd.ms-excel", []byte("octets of 통계 1.xlsx"))
	if got := n.get(path).Header.Get("Content-Disposition"); got != xlsx {
		t.Errorf("Content-Disposition is %s, want %s", got, xlsx)
	}
}

func TestFilesAnswerRangesTagsAndHead(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	path := n.keep("solar", "a.png", "image/png", []byte("0123456789"))
	tag := n.get(path).Header.Get("ETag")
	resp := n.get(path, "Range", "bytes=2-4")
	if got := text(t, resp); resp.StatusCode != http.StatusPartialContent || got != "234" {
		t.Errorf("%d %q", resp.StatusCode, got)
	}
	status(t, n.get(path, "If-None-Match", tag), http.StatusNotModified)
	status(t, n.get(path, "Range", "bytes=2-4", "If-Range", `"x"`), http.StatusOK)
	status(t, n.get(path, "Range", "bytes=99-"), http.StatusRequestedRangeNotSatisfiable)
	head := n.do(http.MethodHead, path, "")
	if head.Header.Get("Content-Length") != "10" || text(t, head) != "" {
		t.Errorf("HEAD: %v", head.Header)
	}
	other := n.get(strings.Replace(path, "a.png", "b.exe", 1)) // the same octets may have two names, but not another ending
	if got := other.Header.Get("Content-Disposition"); !strings.Contains(got, `"b.png"`) || text(t, other) != "0123456789" {
		t.Errorf("by another name it is saved as %s", got)
	}
	redirects(t, n, strings.ToUpper(path[:71])+"/a.png", "https://news.example.org"+strings.ToLower(path[:71])+"/a.png")
	for _, wrong := range []string{"/files", path[:71], "/files/x/a.png", strings.Replace(path, path[7:11], "0000", 1), path + "/x"} {
		status(t, n.get(wrong), http.StatusNotFound)
	}
}

func TestAFileIsPublicWhileAPublicReleaseShowsIt(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	f := tidings.File{Hash: tidings.HashOf([]byte("x")), Name: "x.png", MediaType: "image/png", Data: []byte("x")}
	path := "/files/" + f.Hash + "/x.png"
	due := n.now.Add(time.Hour)
	first := n.attach("first", f, func(r *tidings.Release) { r.Status, r.Published = tidings.Scheduled, due })
	status(t, n.get(path), http.StatusNotFound)
	if _, err := n.db.PublishDue(t.Context(), due); err != nil {
		t.Fatal(err)
	}
	status(t, n.get(path), http.StatusOK)
	n.now = due
	second := n.attach("second", f, nil)
	for i, r := range []tidings.Release{first, second} {
		if err := n.db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{}, n.now, "test"); err != nil {
			t.Fatal(err)
		}
		status(t, n.get(path), []int{http.StatusOK, http.StatusNotFound}[i])
		status(t, n.get(path, "If-None-Match", `"`+f.Hash+`"`), []int{http.StatusNotModified, http.StatusNotFound}[i])
	}
}

func TestALargeFileOutlastsTheTimeThatPagesHave(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	path := n.keep("film", "film.mp4", "video/mp4", data)
	server := httptest.NewUnstartedServer(n)
	server.Config = web.Server(n, "")
	server.Config.WriteTimeout = time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	resp, err := http.Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	<-time.After(20 * time.Millisecond)
	var got bytes.Buffer
	if _, err := got.ReadFrom(resp.Body); err != nil || !bytes.Equal(got.Bytes(), data) {
		t.Errorf("%d of %d octets came: %v", got.Len(), len(data), err)
	}
}

func TestACardIsThatOfTheCurrentRevision(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.save("solar", nil)
	n.save("solar", func(r *tidings.Release) { r.Title = "About more" })
	const second = "https://news.example.org/cards/solar/2.png"
	has(t, n.page("/releases/solar"), `<meta property="og:image" content="`+second+`"`, `"`+second+`"`,
		`<meta property="og:image:alt" content="About more – `)
	resp := n.get("/cards/solar/2.png")
	if body := text(t, resp); resp.Header.Get("Content-Type") != "image/png" || !strings.HasSuffix(body, "About more") {
		t.Errorf("%v %q", resp.Header, body)
	}
	status(t, n.get("/cards/solar/2.png", "If-None-Match", resp.Header.Get("ETag")), http.StatusNotModified)
	for _, old := range []string{"/cards/solar/1.png", "/cards/solar/02.png"} {
		redirects(t, n, old, second)
	}
	for _, wrong := range []string{"/cards/solar/3.png", "/cards/solar/0.png", "/cards/solar/2.jpg", "/cards/solar/2", "/cards/nothing/1.png", "/cards"} {
		status(t, n.get(wrong), http.StatusNotFound)
	}
	r, err := n.db.Release(t.Context(), "solar")
	if err == nil {
		err = n.db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{}, n.now, "test")
	}
	if err != nil {
		t.Fatal(err)
	}
	status(t, n.get("/cards/solar/2.png"), http.StatusNotFound)
}

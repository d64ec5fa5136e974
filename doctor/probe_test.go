package doctor

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings/mailer/mailbox"
)

func TestDKIMIsTheKeyThatIsPublished(t *testing.T) {
	t.Parallel()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&small.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	ed := base64.StdEncoding.EncodeToString(public)
	for name, c := range map[string]struct {
		records []string
		want    string
	}{
		"the same":         {[]string{"v=DKIM1; k=ed25519; p=" + ed[:9] + " " + ed[9:]}, "ok publishes the key that mails are signed with"},
		"another":          {[]string{"k=ed25519; p=" + base64.StdEncoding.EncodeToString(make([]byte, 32))}, "hard publishes another key"},
		"of another kind":  {[]string{"v=DKIM1; p=" + base64.StdEncoding.EncodeToString(der)}, "hard publishes another key"},
		"revoked":          {[]string{"v=DKIM1; k=ed25519; p="}, "hard revoked"},
		"a test":           {[]string{"v=DKIM1; k=ed25519; t=y:s; p=" + ed}, "warn says that it is a test"},
		"two":              {[]string{"v=DKIM1; p=", "k=rsa; p="}, "hard has 2 records"},
		"none":             {nil, "hard is not there"},
		"no base64":        {[]string{"k=ed25519; p=%%"}, "hard no base64"},
		"cut off":          {[]string{"k=ed25519; p=" + ed[:20]}, "hard no Ed25519 key"},
		"no RSA key":       {[]string{"p=" + ed}, "hard no RSA key"},
		"sha1 alone":       {[]string{"k=ed25519; h=sha1; p=" + ed}, "hard does not allow sha256"},
		"of another use":   {[]string{"v=DKIM1; k=ed25519; s=tlsrpt; p=" + ed}, "hard s=tlsrpt is not for mail"},
		"of mail's use":    {[]string{"v=DKIM1; k=ed25519; s=tlsrpt : email; p=" + ed}, "ok publishes the key"},
		"of any use":       {[]string{"v=DKIM1; k=ed25519; s=*; p=" + ed}, "ok publishes the key"},
		"another version":  {[]string{"v=DKIM2; k=ed25519; p=" + ed}, "hard is not DKIM1"},
		"another standard": {[]string{"k=ed448; p=" + ed}, "hard no kind of key that is known"},
		"nobody answers":   {[]string{"timeout"}, "unsure i/o timeout"},
	} {
		dns := table{}
		if c.records != nil {
			dns["s._domainkey.agency.org TXT"] = c.records
		}
		f := facts()
		f.DKIM = []Selector{{Domain: "agency.org", Selector: "s", Key: public}}
		found, _ := (&Doctor{Resolver: dns}).dkim(t.Context(), f)
		expect(t, name, found, c.want)
	}
	f := facts()
	found, _ := (&Doctor{Resolver: table{}}).dkim(t.Context(), f)
	expect(t, "not signed here", found, "note mails leave here without a signature")
	f.DKIM = []Selector{{Domain: "agency.org", Selector: "s"}}
	f.Signed = []string{"From", "list-unsubscribe"}
	dns := table{"s._domainkey.agency.org TXT": {"p=" + base64.StdEncoding.EncodeToString(der)}}
	found, _ = (&Doctor{Resolver: dns}).dkim(t.Context(), f)
	expect(t, "a short key, and a header left out", found,
		"warn RSA key of 1024 bits", "hard does not cover List-Unsubscribe-Post")
}

// secured is a certificate for example.com and 127.0.0.1, and who trusts it.
func secured(t *testing.T) (*tls.Config, *x509.CertPool, time.Time) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return &tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12}, pool, server.Certificate().NotAfter
}

func TestTheRelayIsAskedForItsTLSAndNoMore(t *testing.T) {
	t.Parallel()
	config, pool, end := secured(t)
	now := end.Add(-100 * 24 * time.Hour)
	for name, c := range map[string]struct {
		options  mailbox.Options
		host     string
		security string
		now      time.Time
		want     string
	}{
		"STARTTLS":         {mailbox.Options{TLS: config}, "127.0.0.1", "starttls", now, "ok TLS 1.3, a certificate for 127.0.0.1 for 100 days"},
		"TLS":              {mailbox.Options{TLS: config, Implicit: true}, "127.0.0.1", "tls", now, "ok TLS 1.3"},
		"soon over":        {mailbox.Options{TLS: config}, "127.0.0.1", "starttls", end.Add(-50 * time.Hour), "warn ends in 2 days"},
		"no STARTTLS":      {mailbox.Options{}, "127.0.0.1", "starttls", now, "hard does not offer STARTTLS"},
		"another name":     {mailbox.Options{TLS: config}, "relay.agency.org", "starttls", now, "hard not relay.agency.org"},
		"no TLS there":     {mailbox.Options{}, "127.0.0.1", "tls", now, "hard does not speak TLS"},
		"on this machine":  {mailbox.Options{}, "127.0.0.1", "none", now, "note on this machine"},
		"nobody's keyring": {mailbox.Options{TLS: config}, "untrusted", "starttls", now, "hard certificate"},
	} {
		box, err := mailbox.Listen("127.0.0.1:0", c.options)
		if err != nil {
			t.Fatal(err)
		}
		d := &Doctor{RootCAs: pool, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, box.Addr())
		}}
		expect(t, name, []Finding{d.relay(t.Context(), &Relay{Host: c.host, Port: 25, Security: c.security}, c.now)}, c.want)
		if n := len(box.Mails()); n > 0 {
			t.Errorf("%s: it has sent %d mails", name, n)
		}
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	}
	d := &Doctor{Patience: 50 * time.Millisecond, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, _ := net.Pipe() // takes nothing, says nothing
		return here, nil
	}}
	expect(t, "silent", []Finding{d.relay(t.Context(), &Relay{Host: "relay.agency.org", Port: 25}, now)}, "unsure relay.agency.org:25")
	d.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }
	expect(t, "gone", []Finding{d.relay(t.Context(), &Relay{Host: "relay.agency.org", Port: 25}, now)}, "unsure refused")
}

// foreign is a status of 200 by somebody else.
const foreign = -1

func TestTheOneClickURLIsAskedForByItsPublicName(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		status int // of a GET
		post   int // of a POST; 0: as of a GET
		date   time.Time
		want   []string
	}{
		"well":        {200, 0, now, []string{"ok a POST to 127.0.0.1", "ok as that of"}},
		"challenged":  {403, 0, now, []string{"hard is barred (403", "ok"}},
		"elsewhere":   {301, 0, now, []string{"hard leads elsewhere (301", "ok"}},
		"not ours":    {404, 0, now, []string{"hard 404", "ok"}},
		"not running": {502, 0, now, []string{"warn 502", "ok"}},
		"slow":        {200, 0, now.Add(3 * time.Minute), []string{"ok", "warn are 3m0s apart"}},

		"programs are challenged":       {200, 403, now, []string{"hard a POST to 127.0.0.1", "ok"}},
		"a POST is nowhere":             {200, 404, now, []string{"hard /u/…: 404", "ok"}},
		"a POST is not let in":          {200, 405, now, []string{"hard /u/…: 405", "ok"}},
		"a POST leads elsewhere":        {200, 302, now, []string{"hard leads elsewhere (302", "ok"}},
		"a POST finds nothing running":  {200, 503, now, []string{"warn a POST to 127.0.0.1", "ok"}},
		"another site answers anything": {200, foreign, now, []string{"hard is answered (200 OK), and not by this site", "ok"}},
	} {
		var asked []string
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			form := "no one-click"
			if r.PostFormValue("List-Unsubscribe") == "One-Click" && r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
				form = "one-click"
			}
			asked = append(asked, r.Method+" "+r.URL.Path+" "+form)
			w.Header().Set("Date", c.date.Format(http.TimeFormat))
			w.Header().Set("Location", "/")
			status := c.status
			if r.Method == http.MethodPost {
				status = cmp.Or(c.post, status)
			}
			switch {
			case status == foreign:
				status = http.StatusOK
			case r.Method == http.MethodPost:
				w.Header().Set("Ours", "one-click")
			}
			w.WriteHeader(status)
		}))
		client := server.Client()
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		d := &Doctor{Web: client}
		f := siteAt(t, server.URL)
		expect(t, name, d.site(t.Context(), f, now), c.want...)
		want := []string{"GET /u/TOKEN no one-click"}
		if c.status == http.StatusOK {
			want = append(want, "POST /u/TOKEN one-click")
		}
		if !slices.Equal(asked, want) {
			t.Errorf("%s: asked %q", name, asked)
		}
		if name == "well" {
			late := server.Certificate().NotAfter.Add(-time.Hour)
			expect(t, "a certificate at its end", d.site(t.Context(), f, late), "ok", "warn ends in 0 days", "warn clock")
			expect(t, "nobody's certificate", (&Doctor{Web: http.DefaultClient}).site(t.Context(), f, now), "hard certificate", "note not checked")
		}
		server.Close()
	}
	expect(t, "no TLS", (&Doctor{}).site(t.Context(), siteAt(t, "http://news.agency.org"), now), "hard is not https", "note not checked")
	expect(t, "an example", (&Doctor{}).site(t.Context(), siteAt(t, "https://news.example.org"), now), "note nobody's", "note not checked")
	expect(t, "not reached", (&Doctor{Web: http.DefaultClient}).site(t.Context(), siteAt(t, "https://127.0.0.1:1"), now), "unsure was not reached", "note not checked")
}

// siteAt are the facts of a site at a URL. The tests' servers have addresses for names, which nobody owns.
func siteAt(t *testing.T, base string) *Facts {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	f := facts()
	f.Base, f.OneClick = u, base+"/u/TOKEN"
	f.Proof = "Ours"
	return f
}

func TestThisMachineIsLookedAtWithoutAskingAnybody(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC)
	well := Facts{
		Zones: []string{"Asia/Seoul", "UTC"}, Size: 1 << 30, Free: 4 << 30, Looked: true, KeyFile: "tidings.key",
		Backup: now.Add(-20 * time.Hour), Schedule: 24 * time.Hour,
	}
	for name, c := range map[string]struct {
		change func(*Facts)
		want   string
	}{
		"well":          {func(*Facts) {}, "note ok ok ok ok ok"},
		"no zone":       {func(f *Facts) { f.Zones = append(f.Zones, "Asia/Nowhere") }, "note hard ok ok ok ok"},
		"a full disk":   {func(f *Facts) { f.Free = 60 << 20 }, "note ok hard ok ok ok"},
		"a small disk":  {func(f *Facts) { f.Free = 1 << 29 }, "note ok warn ok ok ok"},
		"unknown disk":  {func(f *Facts) { f.Free = -1 }, "note ok note ok ok ok"},
		"damaged":       {func(f *Facts) { f.Damage = errors.New("row 1 missing") }, "note ok ok hard ok ok"},
		"not read":      {func(f *Facts) { f.Looked = false }, "note ok ok note ok ok"},
		"no backup":     {func(f *Facts) { f.Backup = time.Time{} }, "note ok ok ok ok warn"},
		"an old backup": {func(f *Facts) { f.Backup = now.Add(-40 * time.Hour) }, "note ok ok ok ok warn"},
		"of 2031":       {func(f *Facts) { f.Backup = now.Add(43823 * time.Hour) }, "note ok ok ok ok warn"},
		"of 2031 too":   {func(f *Facts) { f.Backup, f.Schedule = now.Add(43823*time.Hour), 0 }, "note ok ok ok ok warn"},
		"a second off":  {func(f *Facts) { f.Backup = now.Add(time.Second) }, "note ok ok ok ok ok"},
		"open keys":     {func(f *Facts) { f.KeyMode = "0644" }, "note ok ok ok warn ok"},
		"no keys":       {func(f *Facts) { f.KeyFile = "" }, "note ok ok ok note ok"},
		"by hand":       {func(f *Facts) { f.Backup, f.Schedule = now.Add(-6*24*time.Hour), 0 }, "note ok ok ok ok ok"},
	} {
		f := well
		c.change(&f)
		findings := LocalChecks(&f, now)
		got := make([]string, len(findings))
		for i, one := range findings {
			got[i] = string(one.Severity)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %s, want %s: %s", name, got, c.want, said(findings))
		}
		for _, one := range findings {
			if one.Severity == Warn && one.Mend == "" {
				t.Errorf("%s: %s has no mend", name, one.Seen)
			}
		}
	}
}

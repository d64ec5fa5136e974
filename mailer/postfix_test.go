package mailer

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
	"github.com/tidings/tidings/store/storetest"
)

// The deadline for what postfix does in a second on an idle machine.
const postfixMost = time.Minute

// mailUser owns the mailboxes. It needs no name on the machine.
const mailUser = 65534

// A relay of its own: one port on loopback, no DNS, no way out. Nothing is taken without TLS.
const postfixMain = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = /dev/stdout
myhostname = relay.example.com
mydestination = here.example.com
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
default_transport = error:nothing leaves this relay
relay_transport = error:nothing leaves this relay
alias_maps = texthash:%[1]s/etc/aliases
alias_database =
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = %[1]s/etc/relay.pem
smtpd_tls_key_file = %[1]s/etc/relay.pem
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions =
	check_recipient_access inline:{ {busy@example.com = 450 4.2.1 The mailbox is busy} }
virtual_mailbox_domains = example.com
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = inline:{ min@example.com=min/, kim@example.com=kim/, lee@example.com=lee/, busy@example.com=busy/ }
virtual_minimum_uid = 1
virtual_uid_maps = static:%[2]d
virtual_gid_maps = static:%[2]d
`

const postfixMaster = `127.0.0.1:%d inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
local unix - n n - - local
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`

// postfix is a mail server that nobody of ours wrote.
type postfix struct {
	t     *testing.T
	etc   string // the folder of its configuration
	mail  string // the folder of the mailboxes
	relay *Relay
}

// postfixProgram finds one of its programs, which are in no user's path.
func postfixProgram(name string) (path string, err error) {
	if path, err = exec.LookPath(name); err != nil {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	return path, err
}

func newPostfix(t *testing.T, more ...string) *postfix {
	t.Helper()
	program, err := postfixProgram("postfix")
	if err != nil {
		t.Skip("postfix is not installed: no relay of others takes the mails")
	}
	if os.Geteuid() != 0 {
		t.Skip("not root, and postfix starts for root alone: no relay of others takes the mails")
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // postfix's own users pass through
		t.Fatal(err)
	}
	p := &postfix{t: t, etc: filepath.Join(dir, "etc"), mail: filepath.Join(dir, "mail"), relay: &Relay{Host: "127.0.0.1"}}
	own := must(user.Lookup("postfix"))(t)
	for sub, uid := range map[string]int{"etc": 0, "queue": 0, "data": must(strconv.Atoi(own.Uid))(t), "mail": mailUser} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(dir, sub), uid, -1); err != nil {
			t.Fatal(err)
		}
	}
	p.relay.Port = freePort(t)
	p.write("main.cf", fmt.Appendf(nil, postfixMain+strings.Join(more, ""), dir, mailUser))
	// Commands run as the owner of the file that names them.
	p.write("aliases", fmt.Appendf(nil, "leave \"|cat > %[1]s/leave.new && mv %[1]s/leave.new %[1]s/leave.eml\"\n", p.mail))
	if err := os.Chown(filepath.Join(p.etc, "aliases"), mailUser, -1); err != nil {
		t.Fatal(err)
	}
	p.write("master.cf", fmt.Appendf(nil, postfixMaster, p.relay.Port))
	p.certify()
	p.start(program)
	return p
}

func (p *postfix) write(name string, content []byte) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.etc, name), content, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// certify gives the relay a certificate, and makes the mailer trust it alone.
func (p *postfix) certify() {
	p.t.Helper()
	config, pool := certificate(p.t)
	pair := config.Certificates[0]
	key := must(x509.MarshalPKCS8PrivateKey(pair.PrivateKey))(p.t)
	p.write("relay.pem", append(
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})...))
	p.relay.RootCAs = pool
}

func freePort(t *testing.T) int {
	t.Helper()
	l := must(net.Listen("tcp4", "127.0.0.1:0"))(t)
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return must(strconv.Atoi(port))(t)
}

// start starts the relay, and waits until it would take a mail. It stops when its standard input ends: with the test,
// and also when the test's whole process is killed.
func (p *postfix) start(program string) {
	p.t.Helper()
	// Whoever stops early finds it still starting, and has to say so again.
	const script = `"$0" -c "$1" start-fg & cat >/dev/null
		while ! "$0" -c "$1" stop && kill -0 $!; do sleep 0.1; done; wait`
	cmd := exec.Command("sh", "-c", script, program, p.etc)
	life := must(cmd.StdinPipe())(p.t)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = life.Close()
		if err := cmd.Wait(); err != nil || p.t.Failed() {
			p.t.Logf("postfix ended: %v. It says:\n%s", err, log.String())
		}
	})
	p.until("the relay takes mail", func() bool { return p.relay.Check(p.t.Context()) == nil })
}

// until waits for what must happen soon.
func (p *postfix) until(what string, happened func() bool) {
	p.t.Helper()
	ticker, deadline := time.NewTicker(20*time.Millisecond), time.After(postfixMost)
	defer ticker.Stop()
	for !happened() {
		select {
		case <-ticker.C:
		case <-deadline:
			p.t.Fatalf("after %v: not yet that %s", postfixMost, what)
		}
	}
}

// received waits for the one mail in a mailbox.
func (p *postfix) received(name string) string {
	p.t.Helper()
	var files []string
	p.until("a mail to "+name+" has arrived", func() bool {
		files, _ = filepath.Glob(filepath.Join(p.mail, name, "new", "*"))
		return len(files) > 0
	})
	if len(files) != 1 {
		p.t.Fatalf("%s got %d mails", name, len(files))
	}
	return string(must(os.ReadFile(files[0]))(p.t))
}

// postRoom is a database with a weekly run that has a delivery for each subscriber, in the order given.
func postRoom(t *testing.T, subscribers ...tidings.Subscriber) *store.DB {
	t.Helper()
	db, now := storetest.New(t), time.Now()
	for _, topic := range testTopics() {
		must(db.SaveTopic(t.Context(), &topic, now, "test"))(t)
	}
	for _, s := range subscribers {
		s.State, s.Consent = tidings.Active, tidings.Consent{Basis: "asked", By: "test", At: now}
		s.Subscriptions = []tidings.Subscription{{Cadence: tidings.Weekly, Zone: "UTC", Hour: tidings.AnyHour}}
		if err := db.AddSubscriber(t.Context(), &s, now, "test"); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range []*tidings.Edition{english(), korean()} {
		for i, r := range e.Releases {
			r.Slug = fmt.Sprintf("%s-%d", r.Language, i)
			r.ID, r.Source, r.Status, r.Published, r.Updated = 0, "test:"+r.Slug, tidings.Published, now, now
			r.Body = tidings.Body{Format: tidings.Markdown, Source: "Text.", HTML: "<p>Text.</p>", Text: "Text."}
			must(db.Save(t.Context(), testSite(), &r, now, "test"))(t)
		}
	}
	if runs := must(planner(t, db).Force(t.Context(), now, tidings.Weekly))(t); len(runs) != 1 {
		t.Fatalf("%d runs", len(runs))
	}
	return db
}

func reader(address, language string) tidings.Subscriber {
	return tidings.Subscriber{Address: address, Language: language}
}

func newest(t *testing.T, db *store.DB, address string) (tidings.Subscriber, tidings.Delivery) {
	t.Helper()
	s := must(db.Subscriber(t.Context(), address))(t)
	found := must(db.Deliveries(t.Context(), s.ID, 2))(t)
	if len(found) != 1 {
		t.Fatalf("%s has %d deliveries", address, len(found))
	}
	return s, found[0]
}

// traces are the fields that a relay and a delivery agent write above a message (RFC 5321 §4.4).
var traces = regexp.MustCompile(`\A(?:(?:Return-Path|X-Original-To|Delivered-To|Received): .*\n(?:[ \t].*\n)*)+\z`)

func TestPostfixTakesADigestRunAndDeliversItUnchanged(t *testing.T) {
	t.Parallel()
	relay := newPostfix(t)
	db := postRoom(t, reader("min@example.com", "en"), reader("kim@example.com", "ko"), reader("lee@example.com", "en"),
		reader("nobody@example.com", "en"), reader("busy@example.com", "ko"))
	composer, zone := signingComposer(t)
	m := must(New(Config{Relay: relay.relay, Composer: composer, Outbox: db, Journal: db, Editions: db}))(t)
	sum, err := m.Drain(t.Context())
	if want := (Summary{Sent: 3, Failed: 1, Deferred: 1}); err != nil || sum != want {
		t.Fatalf("%+v, %v; want %+v", sum, err, want)
	}
	arrived := map[string][]byte{}
	for _, name := range []string{"min", "kim", "lee"} {
		_, d := newest(t, db, name+"@example.com")
		edition := must(db.Edition(t.Context(), d.EditionID))(t)
		form := must(composer.Compose(&edition, must(db.Topics(t.Context()))(t)))(t)
		// A mailbox's lines end as the machine's do.
		sent := strings.ReplaceAll(string(must(form.Fill(&d))(t)), "\r\n", "\n")
		got := relay.received(name)
		above, intact := strings.CutSuffix(got, sent)
		if !intact || !traces.MatchString(above) {
			t.Errorf("%s got\n%s\nand was sent\n%s", name, got, sent)
		}
		for _, line := range []string{"Return-Path: <bounce@example.org>\n", "Delivered-To: " + name + "@example.com\n", " with ESMTPS "} {
			if !strings.Contains(above, line) {
				t.Errorf("%q is missing in\n%s", line, above)
			}
		}
		if n := strings.Count(got, "Message-ID: <"+d.MessageID+">\n"); n != 1 || strings.Count(strings.ToLower(got), "\nmessage-id:") != 1 {
			t.Errorf("%d times the Message-ID %s in\n%s", n, d.MessageID, got)
		}
		arrived[name] = []byte(strings.ReplaceAll(got, "\n", "\r\n"))
	}
	wantSigned(t, zone, arrived)
}

func TestPostfixRefusingAnAddressForGoodSuppressesItAndForNowDefersIt(t *testing.T) {
	t.Parallel()
	relay := newPostfix(t)
	db := postRoom(t, reader("min@example.com", "en"), reader("nobody@example.com", "en"), reader("busy@example.com", "ko"))
	m := must(New(Config{Relay: relay.relay, Composer: testComposer(t), Outbox: db, Journal: db, Editions: db}))(t)
	if sum, err := m.Drain(t.Context()); err != nil || sum != (Summary{Sent: 1, Failed: 1, Deferred: 1}) {
		t.Fatalf("%+v, %v", sum, err)
	}
	s, d := newest(t, db, "nobody@example.com")
	if d.State != tidings.DeliveryFailed || s.State != tidings.Suppressed || !strings.HasPrefix(d.LastReply, "550 5.1.1 ") {
		t.Errorf("the unknown reader is %s, the delivery %s: %s", s.State, d.State, d.LastReply)
	}
	s, d = newest(t, db, "busy@example.com")
	if d.State != tidings.DeliveryDeferred || s.State != tidings.Active || !strings.HasPrefix(d.LastReply, "450 4.2.1 ") ||
		!d.Next.After(time.Now()) {
		t.Errorf("the busy reader is %s, the delivery %s until %v: %s", s.State, d.State, d.Next, d.LastReply)
	}
}

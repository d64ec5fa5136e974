package bounce

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // as SNS does
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

const (
	secret = "a secret of the relay's"
	topic  = "arn:aws:sns:eu-west-1:123456789012:bounces"
	john   = "john@example.com" // of the payloads that the relays document
)

// now is when the requests of the tests come.
func now() time.Time { return monday().Add(2 * time.Hour) }

func (d *desk) hooks(get Getter) *Hooks {
	return &Hooks{Service: d.Service, Get: get, Log: d.Log, Hooks: []Hook{
		{Kind: "generic", Secret: secret}, {Kind: "mailgun", Secret: secret}, {Kind: "postmark", Secret: secret}, {Kind: "ses", Topic: topic},
	}}
}

func sign(text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// hearing says what becomes of john by each of the calls, and that a call which does not prove itself does nothing.
func hearing(t *testing.T, get Getter, calls map[string]Call, forged map[string]Call) {
	t.Helper()
	quiet := newDesk(t, john, "other@example.com")
	for what, f := range forged {
		if err := quiet.hooks(get).Take(t.Context(), f, now()); !errors.Is(err, tidings.ErrBadToken) || quiet.state(john) != tidings.Active {
			t.Errorf("%s: %v, and john is %s", what, err, quiet.state(john))
		}
	}
	for name, c := range calls {
		d, want, reason := quiet, tidings.Active, ""
		if !strings.HasPrefix(name, "nothing") {
			d, want, reason = newDesk(t, john, "other@example.com"), tidings.Suppressed, "bounced: 5.1.1"
		}
		if strings.HasPrefix(name, "complaint") {
			reason = "complained"
		}
		if err := d.hooks(get).Take(t.Context(), c, now()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d.state(john) != want || d.state("other@example.com") != tidings.Active {
			t.Errorf("%s: john is %s, the other %s; the log: %s", name, d.state(john), d.state("other@example.com"), d.log.String())
		}
		all, err := d.db.Suppressions(t.Context(), now())
		if err != nil || want == tidings.Suppressed && (len(all) != 1 || all[0].Reason != reason) {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
	}
}

func TestTheGenericWebhookIsSignedOverItsInstantAndBody(t *testing.T) {
	t.Parallel()
	call := func(at time.Time, body string) Call {
		stamp := strconv.FormatInt(at.Unix(), 10)
		return Call{Kind: "generic", Body: []byte(body), Header: http.Header{
			"Tidings-Timestamp": {stamp}, "Tidings-Signature": {sign(stamp + "." + body)},
		}}
	}
	const hard = `{"kind": "bounce", "recipient": "john@example.com", "status": "5.1.1", "diagnostic": "550 no"}`
	changed := call(now(), hard)
	changed.Body = []byte(strings.Replace(hard, "john", "jon", 1))
	later := call(now(), hard)
	later.Header.Set("Tidings-Timestamp", strconv.FormatInt(now().Unix()+1, 10))
	hearing(t, nil, map[string]Call{
		"one event":            call(now(), hard),
		"a list":               call(now(), "["+hard+"]"),
		"a little ago":         call(now().Add(-4*time.Minute), hard),
		"complaint":            call(now(), `{"kind": "complaint", "recipient": "john@example.com"}`),
		"nothing: soft":        call(now(), strings.Replace(hard, "5.1.1", "5.2.2", 1)),
		"nothing: of nobody":   call(now(), strings.Replace(hard, "john", "nobody", 1)),
		"nothing: a full list": call(now(), "[]"),
	}, map[string]Call{
		"changed": changed, "another instant": later, "old": call(now().Add(-6*time.Minute), hard), "unsigned": {Kind: "generic", Body: []byte(hard)},
		"of the future": call(now().Add(time.Hour), hard),
	})
	d := newDesk(t)
	for _, body := range []string{"x", `{"kind": "x"}`, `{"kind": "bounce", "recipient": "a@b.example"}`, `{"kind": "complaint"}`} {
		var invalid *tidings.InvalidError
		if err := d.hooks(nil).Take(t.Context(), call(now(), body), now()); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if err := d.hooks(nil).Take(t.Context(), Call{Kind: "smoke"}, now()); !errors.Is(err, tidings.ErrNotFound) {
		t.Errorf("a kind that nobody listens to: %v", err)
	}
}

func TestPostmarkProvesItselfByAPasswordOrAKeyInItsURL(t *testing.T) {
	t.Parallel()
	call := func(user, password, key, body string) Call {
		r := http.Request{Header: http.Header{}}
		if password != "" {
			r.SetBasicAuth(user, password)
		}
		return Call{Kind: "postmark", Header: r.Header, Query: url.Values{"key": {key}}, Body: []byte(body)}
	}
	hard, complaint := sample(t, "postmark-bounce.json"), sample(t, "postmark-complaint.json")
	hearing(t, nil, map[string]Call{
		"by password":      call("postmark", secret, "", hard),
		"by key":           call("", "", secret, hard),
		"complaint":        call("postmark", secret, "", complaint),
		"nothing: soft":    call("", "", secret, strings.Replace(hard, `"HardBounce"`, `"SoftBounce"`, 1)),
		"nothing: blocked": call("", "", secret, strings.Replace(hard, `"HardBounce"`, `"Blocked"`, 1)),
		"nothing: away":    call("", "", secret, strings.Replace(hard, `"HardBounce"`, `"AutoResponder"`, 1)),
		"nothing: a click": call("", "", secret, strings.Replace(hard, `"Bounce"`, `"Click"`, 1)),
	}, map[string]Call{
		"no secret": call("", "", "", hard), "another": call("x", "another secret", "another secret", hard), "as the user": call(secret, "x", "", hard),
	})
}

func TestMailgunSignsInstantAndToken(t *testing.T) {
	t.Parallel()
	call := func(at time.Time, changes ...string) Call {
		var c map[string]any
		if err := json.Unmarshal([]byte(strings.NewReplacer(changes...).Replace(sample(t, "mailgun-failed.json"))), &c); err != nil {
			t.Fatal(err)
		}
		s := c["signature"].(map[string]any)
		s["timestamp"] = strconv.FormatInt(at.Unix(), 10)
		s["signature"] = sign(s["timestamp"].(string) + s["token"].(string))
		body, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return Call{Kind: "mailgun", Body: body}
	}
	forged := call(now())
	forged.Body = []byte(strings.Replace(string(forged.Body), `"token":"4`, `"token":"5`, 1))
	hearing(t, nil, map[string]Call{
		"it bounced before": call(now()),
		"refused": call(now().Add(-8*time.Hour), `"suppress-bounce"`, `"bounce"`, `"message": ""`, `"message": "5.1.1 The email account does not exist"`,
			`605`, `550`),
		"complaint":          call(now(), `"failed"`, `"complained"`),
		"nothing: goes on":   call(now(), `"permanent"`, `"temporary"`, `"suppress-bounce"`, `"generic"`),
		"nothing: blocked":   call(now(), `"suppress-bounce"`, `"espblock"`),
		"nothing: they left": call(now(), `"suppress-bounce"`, `"suppress-unsubscribe"`),
		"nothing: delivered": call(now(), `"failed"`, `"delivered"`),
	}, map[string]Call{
		"another token": forged, "old": call(now().Add(-13 * time.Hour)),
		"as documented, in 2018": {Kind: "mailgun", Body: []byte(sample(t, "mailgun-failed.json"))},
	})
}

func TestAMailgunTokenSaysNothingElseASecondTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t, john, "other@example.com")
	hooks := d.hooks(nil)
	say := func(token, recipient string, at time.Time) error {
		stamp := strconv.FormatInt(now().Unix(), 10)
		body := `{"signature": {"timestamp": "` + stamp + `", "token": "` + token + `", "signature": "` + sign(stamp+token) + `"},
			"event-data": {"event": "complained", "recipient": "` + recipient + `"}}`
		return hooks.Take(t.Context(), Call{Kind: "mailgun", Body: []byte(body)}, at)
	}
	for i, c := range []struct {
		token, recipient string
		after            time.Duration
		want             error
	}{
		{"one", john, 0, nil},
		{"one", "other@example.com", time.Second, tidings.ErrBadToken},
		{"one", john, 11 * time.Hour, nil}, // the relay tries again
		{"one", "other@example.com", 12 * time.Hour, tidings.ErrBadToken},
		{"two", "nobody@example.com", 12 * time.Hour, nil},
		{"one", "other@example.com", 13 * time.Hour, tidings.ErrBadToken}, // its time is over
	} {
		if err := say(c.token, c.recipient, now().Add(c.after)); !errors.Is(err, c.want) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if d.state(john) != tidings.Suppressed || d.state("other@example.com") != tidings.Active {
		t.Errorf("john is %s, the other %s", d.state(john), d.state("other@example.com"))
	}
}

func TestNoMoreTokensAreRememberedThanThereIsRoomFor(t *testing.T) {
	t.Parallel()
	var seen tokens
	for i := range tokensMost + 10 {
		if !seen.fits(strconv.Itoa(i), []byte("a"), now()) {
			t.Fatal(i)
		}
	}
	if len(seen.said) != tokensMost || len(seen.order) != tokensMost || seen.fits(strconv.Itoa(tokensMost), []byte("b"), now()) {
		t.Errorf("%d tokens, %d in order", len(seen.said), len(seen.order))
	}
	seen.fits("new", []byte("a"), now().Add(replayRelay+2*replayAhead))
	if len(seen.said) != 1 || len(seen.order) != 1 {
		t.Errorf("%d tokens, %d in order after their time", len(seen.said), len(seen.order))
	}
}

// sns is a region of SNS with a key of its own.
type sns struct {
	t    *testing.T
	key  *rsa.PrivateKey
	cert []byte
	asks []string
}

func newSNS(t *testing.T) *sns {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: monday().AddDate(-1, 0, 0), NotAfter: monday().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &sns{t: t, key: key, cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func (s *sns) get(_ context.Context, address string) ([]byte, error) {
	s.asks = append(s.asks, address)
	return s.cert, nil
}

// call signs a notice after it was changed, and changes it once more.
func (s *sns) call(message string, before, after func(*notice)) Call {
	s.t.Helper()
	n := notice{
		Type: "Notification", MessageID: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", TopicArn: topic, Subject: "Amazon SES Email Event Notification",
		Message: message, Timestamp: now().Format("2006-01-02T15:04:05.000Z"), SignatureVersion: "1",
		SigningCertURL: "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem",
	}
	if before != nil {
		before(&n)
	}
	sum1, sum2 := sha1.Sum([]byte(n.text())), sha256.Sum256([]byte(n.text())) //nolint:gosec // as SNS does
	hash, sum := crypto.SHA1, sum1[:]
	if n.SignatureVersion == "2" {
		hash, sum = crypto.SHA256, sum2[:]
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, hash, sum)
	if err != nil {
		s.t.Fatal(err)
	}
	n.Signature = base64.StdEncoding.EncodeToString(signature)
	if after != nil {
		after(&n)
	}
	body, err := json.Marshal(n)
	if err != nil {
		s.t.Fatal(err)
	}
	return Call{Kind: "ses", Body: body}
}

func TestSESIsBelievedByTheSignatureOfSNSAndForItsTopicAlone(t *testing.T) {
	t.Parallel()
	s := newSNS(t)
	hard, complaint := sample(t, "ses-bounce.json"), sample(t, "ses-complaint.json")
	change := func(old, with string) string { return strings.Replace(hard, old, with, 1) }
	cert := func(at string) func(*notice) { return func(n *notice) { n.SigningCertURL = at } }
	hearing(t, s.get, map[string]Call{
		"signature version 1":     s.call(hard, nil, nil),
		"signature version 2":     s.call(hard, func(n *notice) { n.SignatureVersion = "2" }, nil),
		"without a subject":       s.call(hard, func(n *notice) { n.Subject = "" }, nil),
		"an event":                s.call(change("notificationType", "eventType"), nil, nil),
		"without a status":        s.call(strings.Replace(change(`"status": "5.1.1",`, ""), "smtp; 550 5.1.1", "smtp; 550", 1), nil, nil),
		"complaint":               s.call(complaint, nil, nil),
		"nothing: the box full":   s.call(strings.NewReplacer(`"5.1.1"`, `"5.2.2"`, "550 5.1.1", "552 5.2.2").Replace(hard), nil, nil),
		"nothing: not spam":       s.call(strings.Replace(complaint, `"abuse"`, `"not-spam"`, 1), nil, nil),
		"nothing: set up by SES":  s.call("Successfully validated SNS topic for Amazon SES event publishing.", nil, nil),
		"nothing: a confirmation": s.call("You have chosen to subscribe", subscription, nil),
	}, map[string]Call{
		"another topic":  s.call(hard, func(n *notice) { n.TopicArn = topic + "2" }, nil),
		"changed":        s.call(hard, nil, func(n *notice) { n.Message += " " }),
		"old":            s.call(hard, func(n *notice) { n.Timestamp = now().Add(-13 * time.Hour).Format(time.RFC3339) }, nil),
		"unsigned":       s.call(hard, nil, func(n *notice) { n.Signature = "" }),
		"no version":     s.call(hard, func(n *notice) { n.SignatureVersion = "3" }, nil),
		"not by TLS":     s.call(hard, cert("http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"), nil),
		"a host like it": s.call(hard, cert("https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem"), nil),
		"a bucket":       s.call(hard, cert("https://evil.s3.amazonaws.com/SimpleNotificationService-1.pem"), nil),
		"another port":   s.call(hard, cert("https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-1.pem"), nil),
		"a user in it":   s.call(hard, cert("https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem"), nil),
		"no certificate": s.call(hard, cert("https://sns.eu-west-1.amazonaws.com/?SimpleNotificationService-1.pem"), nil),
		"confirm by a wrong address": s.call("x", func(n *notice) {
			subscription(n)
			n.SubscribeURL = "https://evil.example/"
		}, nil),
	})
	for _, address := range s.asks {
		if !strings.HasPrefix(address, "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-") {
			t.Errorf("it asked for %s", address)
		}
	}
	d := newDesk(t)
	s.asks = nil
	hooks := d.hooks(s.get)
	for range 3 {
		if err := hooks.Take(t.Context(), s.call("You have chosen to subscribe", subscription, nil), now()); err != nil {
			t.Error(err)
		}
	}
	if len(s.asks) != 1 || !strings.Contains(d.log.String(), "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription") {
		t.Errorf("asked for %v; the log: %s", s.asks, d.log.String())
	}
	broken := d.hooks(func(context.Context, string) ([]byte, error) { return nil, errors.New("no route") })
	if err := broken.Take(t.Context(), s.call(hard, nil, nil), now()); err == nil || errors.Is(err, tidings.ErrBadToken) {
		t.Errorf("a certificate that cannot be had: %v", err)
	}
}

// subscription makes a notice one that asks whether we want to hear.
func subscription(n *notice) {
	n.Type, n.Subject, n.Token = "SubscriptionConfirmation", "", "2336412f37fb687f5d51e6e2425a8a59"
	n.SubscribeURL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + topic + "&Token=2336412f37fb687f5d51e6e2425a8a59"
}

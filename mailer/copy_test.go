package mailer

import (
	"database/sql"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/mailer/mailbox"
)

// postCopy posts a letter that brings a delivery again.
func (o *office) postCopy(was *tidings.Delivery) int64 {
	o.t.Helper()
	file := must(sql.Open("sqlite", "file:"+o.path))(o.t)
	defer file.Close()
	now := time.Now().UnixMilli()
	var id int64
	err := file.QueryRowContext(o.t.Context(), `
		INSERT INTO letters (kind, address, language, subscriber_id, delivery_id, domain, created, state, next_at)
		VALUES ('copy', ?, 'en', ?, ?, 'news.example.org', ?, 'pending', ?) RETURNING id`,
		was.Address, was.Subscriber, was.ID, now, now).Scan(&id)
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

func TestCopyIsTheDigestAgainUnderAnotherMessageID(t *testing.T) {
	t.Parallel()
	o := overTCP(t, 1, mailbox.Options{})
	o.drain()
	was := o.delivery(1)
	copied := o.postCopy(&was)
	if got := o.drain(); got.Sent != 1 {
		t.Fatalf("%+v", got)
	}
	mails := o.box.Mails()
	first, second := must(mailbox.Read(mails[0].Data))(t), must(mailbox.Read(mails[1].Data))(t)
	if second.Text != first.Text || second.HTML != first.HTML || second.Subject != first.Subject {
		t.Errorf("the copy says\n%s\nnot\n%s", second.Text, first.Text)
	}
	if len(second.Headers) != len(first.Headers) {
		t.Errorf("headers %v, not those of a digest", second.Headers)
	}
	for i, h := range second.Headers {
		if same := h == first.Headers[i]; same == (h.Name == "Message-ID") && h.Name != "Date" {
			t.Errorf("%s: first %s, then %s", h.Name, first.Headers[i].Value, h.Value)
		}
	}
	for i, slug := range []string{"release-number-1", "release-number-2"} {
		again := o.postCopy(&was)
		r := must(o.db.Release(t.Context(), slug))(t)
		if err := o.db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Reason: "wrong"}, time.Now(), "test"); err != nil {
			t.Fatal(err)
		}
		got := o.drain()
		if i == 0 && (got.Sent != 1 || len(linksIn(must(mailbox.Read(o.box.Mails()[2].Data))(t).Text)) != 1) {
			t.Errorf("with one release withdrawn: %+v", got)
		}
		if i == 1 && (got.Suppressed != 1 || o.letter(again).state != tidings.DeliverySuppressed) {
			t.Errorf("with nothing left: %+v", got)
		}
	}
	if r := o.letter(copied); r.state != tidings.DeliverySent {
		t.Errorf("%+v", r)
	}
}

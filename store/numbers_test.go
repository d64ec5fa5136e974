package store

import (
	"strings"
	"testing"

	"github.com/tidings/tidings"
)

func TestLinksOfMailsFromBeforeLeadToTheSameDelivery(t *testing.T) {
	t.Parallel()
	// The second delivery of the first newsroom had the number 2, and a letter that brings it again.
	db := openAt(t, firstDatabase(t, firstNewsroom))
	_, d, err := db.Visitor(t.Context(), 2, 2)
	if err != nil || d.ID != firstOf(1)+2 || d.State != tidings.DeliveryPending || d.EditionID != firstOf(1)+1 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, same, err := db.Visitor(t.Context(), 2, d.ID); err != nil || same.ID != d.ID {
		t.Errorf("by its number of now: %+v, %v", same, err)
	}
	if _, other, err := db.Visitor(t.Context(), 1, 2); err != nil || other.ID != 0 {
		t.Errorf("somebody else's: %+v, %v", other, err)
	}
}

func TestLettersOfFormerProgramsKeepTheirDelivery(t *testing.T) {
	t.Parallel()
	path := firstDatabase(t, firstNewsroom)
	writer, err := openWriter(path, false)
	if err != nil {
		t.Fatal(err)
	}
	p, err := migrator(writer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.ExecContext(t.Context(), `
		INSERT INTO letters (kind, address, language, subscriber_id, delivery_id, domain, created, state, next_at)
		VALUES ('copy', 'kim@example.org', 'en', 1, 1, 'x.org', 1, 'pending', 1), ('link', 'kim@example.org', 'en', 1, NULL, 'x.org', 1, 'pending', 1)`); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	db := openAt(t, path)
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	claimed, err := db.Claim(t.Context(), at(0), 1)
	if err != nil || len(claimed) != 1 || claimed[0].Letter.Delivery != firstOf(1)+1 || claimed[0].EditionID != firstOf(1)+1 {
		t.Errorf("%+v, %v", claimed, err)
	}
}

func TestCheckFindsASubscriptionWithoutPosition(t *testing.T) {
	t.Parallel()
	db := openAt(t, firstDatabase(t, firstNewsroom))
	if err := db.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	Exec(t, db, `DELETE FROM positions WHERE subscription_id = 1`)
	if err := db.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "1 subscriptions have no position") {
		t.Error(err)
	}
}

func TestCheckFindsDeliveriesOfNothing(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		`INSERT INTO deliveries (id, edition_id, state) VALUES (1 << 25 | 9, 1 << 25 | 1, 'pending')`, // no subscriber
		`INSERT INTO deliveries (id, edition_id, state) VALUES (7 << 25 | 1, 1 << 25 | 1, 'pending')`, // no run
		`UPDATE deliveries SET edition_id = 1 << 25 | 5`,                                              // no edition
		`UPDATE editions SET entries = ',1,9,'`,
	} {
		db := openAt(t, firstDatabase(t, firstNewsroom))
		Exec(t, db, query)
		if err := db.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "1 deliveries have no") &&
			!strings.Contains(err.Error(), "2 deliveries have no") && !strings.Contains(err.Error(), "1 editions name") {
			t.Errorf("%s: %v", query, err)
		}
	}
}

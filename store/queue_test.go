package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

func TestTheQueueIsWhatWaitsAndNothingElse(t *testing.T) {
	t.Parallel()
	db := outbox(t, 5)
	d := claim(t, db, at(2), 4)
	settle(t, db,
		tidings.Outcome{Delivery: d[0].ID, State: tidings.DeliverySent, At: at(3)},
		tidings.Outcome{Delivery: d[1].ID, State: tidings.DeliveryDeferred, Next: at(30), Attempts: 1, Reply: "451 later", At: at(3)},
		tidings.Outcome{Delivery: d[2].ID, State: tidings.DeliveryHeld, Reply: "554 what is this", At: at(3)})
	store.Post(t, db, at(60), confirming(t, "one@EXAMPLE.net"))
	groups, err := db.Queue(t.Context(), at(62))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range groups {
		next := 0
		if !g.Next.IsZero() {
			next = int(g.Next.Sub(at(0)).Minutes())
		}
		got = append(got, fmt.Sprintf("%v %s %s %v %d %d %d %q",
			g.Letters, g.State, g.Domain, g.Age, g.Mails, int(g.Oldest.Sub(at(0)).Minutes()), next, g.Reply))
	}
	want := []string{
		`false deferred example.org 24h0m0s 1 2 30 "451 later"`,
		`false held example.org 24h0m0s 1 2 0 "554 what is this"`,
		`false pending example.org 24h0m0s 1 2 2 ""`,
		`false sending example.org 24h0m0s 1 2 0 ""`,
		`true pending example.net 5m0s 1 60 60 ""`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if older, err := db.Queue(t.Context(), at(2).Add(8*24*time.Hour)); err != nil || older[0].Age != 0 {
		t.Errorf("after more than a week: %+v, %v", older[0], err)
	}
}

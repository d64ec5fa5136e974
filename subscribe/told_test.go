package subscribe_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tidings/tidings"
)

// told is how many letters say what was done by the link of a digest.
func (d *desk) told(t *testing.T) int {
	t.Helper()
	return len(slices.DeleteFunc(d.posted(t), func(l tidings.Delivery) bool { return l.Letter.Kind != tidings.ChangedLetter }))
}

func TestWhatIsDoneByTheLinkOfADigestIsToldAndNothingElseIs(t *testing.T) {
	t.Parallel()
	steps := map[string]func(d *desk, token string) error{
		"choose": func(d *desk, token string) error {
			return d.Choose(t.Context(), token, tidings.Wish{Choices: []tidings.Choice{weekly("topic:trade")}}, d.now)
		},
		"language": func(d *desk, token string) error {
			return d.Choose(t.Context(), token, tidings.Wish{Language: "en"}, d.now)
		},
		"pause": func(d *desk, token string) error {
			return d.PauseVisit(t.Context(), token, d.now.Add(48*time.Hour), d.now)
		},
		"resume": func(d *desk, token string) error {
			if err := d.Pause(t.Context(), "min@example.org", time.Time{}, d.now, "test"); err != nil {
				return err
			}
			return d.ResumeVisit(t.Context(), token, d.now)
		},
		"leave": func(d *desk, token string) error { return d.LeaveVisit(t.Context(), token, d.now) },
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, own := range []bool{true, false} {
				d := newDesk(t)
				d.add(t)
				token := d.mailLink(t)
				if own {
					token = d.own(t)
				}
				for range 2 {
					if err := step(d, token); err != nil {
						t.Fatal(err)
					}
				}
				if got := d.told(t); (got == 0) != own || got > 1 {
					t.Errorf("own %v: %d letters", own, got)
				}
			}
		})
	}
}

func TestTheLinkThatLeavesTellsNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	if _, err := d.LeaveByToken(t.Context(), d.token(t), d.now, "test"); err != nil || d.told(t) != 0 {
		t.Errorf("%d letters, %v", d.told(t), err)
	}
}

func TestWhatIsToldBringsTheirOwnLink(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.add(t)
	if err := d.PauseVisit(t.Context(), d.mailLink(t), time.Time{}, d.now); err != nil {
		t.Fatal(err)
	}
	mails, err := d.db.Claim(t.Context(), d.now, 1) // letters come first
	if err != nil || len(mails) != 1 || mails[0].Letter == nil {
		t.Fatalf("%+v, %v", mails, err)
	}
	l := mails[0].Letter
	token, err := d.Keyring.TicketOf(l.Purpose, l.Nonce, l.TicketHash)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := d.Visit(t.Context(), token, d.now.Add(24*time.Hour-time.Second)); err != nil || !v.Own {
		t.Errorf("%+v, %v", v, err)
	}
	if err := d.ResumeVisit(t.Context(), token, d.now); err != nil || d.stored(t).State != tidings.Active {
		t.Error(err, d.stored(t).State)
	}
}

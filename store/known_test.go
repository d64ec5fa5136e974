package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidings/tidings"
)

// newsroom is a database with readers, and what their digests are made of.
type newsroom struct {
	*testing.T
	db  *DB
	now int // in minutes: one for each run
}

func newNewsroom(t *testing.T, readers ...string) *newsroom {
	t.Helper()
	n := &newsroom{T: t, db: open(t)}
	for _, name := range readers {
		n.join(name, "")
	}
	return n
}

func (n *newsroom) must(err error) {
	n.Helper()
	if err != nil {
		n.Fatal(err)
	}
}

func (n *newsroom) join(name, filter string) {
	n.Helper()
	f, err := tidings.ParseFilter(filter)
	n.must(err)
	n.must(n.db.AddSubscriber(n.Context(), &tidings.Subscriber{
		Address: name + "@example.org", Language: "en", State: tidings.Active, Consent: tidings.Consent{Basis: "a test"},
		Subscriptions: []tidings.Subscription{{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour, Filter: f}},
	}, at(n.now), "test"))
}

// save publishes a release; with a note it corrects it.
func (n *newsroom) save(slug, language, text, note string) tidings.Release {
	n.Helper()
	r := tidings.Release{
		Source: slug, Slug: slug, Language: language, Title: text, Translation: "steel", Note: note, Status: tidings.Published,
	}
	_, err := n.db.Save(n.Context(), &tidings.Site{TagEntity: "news.example.org,2026"}, &r, at(n.now), "test")
	n.must(err)
	return r
}

// run makes the next digest. Everybody gets all that is new to them, and is told all they are owed; what they get goes out.
// It says what each cohort looked like.
func (n *newsroom) run(send tidings.DeliveryState) []string {
	n.Helper()
	n.now++
	run := tidings.Run{Slot: everybody(), Kind: tidings.ScheduledRun, Due: at(n.now), Created: at(n.now)}
	var seen []string
	_, err := n.db.OpenRun(n.Context(), &run, func(cohorts []tidings.Cohort, all []tidings.Candidate) ([]tidings.Decision, error) {
		decisions := make([]tidings.Decision, len(cohorts))
		for i, c := range cohorts {
			seen = append(seen, fmt.Sprintf("%q at %d got %v owed %v", c.Filter, c.Position, c.Got, c.Owed))
			decisions[i].Position = run.UpTo
			for _, cand := range all {
				id := cand.Release.ID
				if cand.Seq > c.Position && (cand.Kind == tidings.NewEntry && !c.Got[id] || cand.Kind != tidings.NewEntry && c.Owed[id]) {
					decisions[i].Entries = append(decisions[i].Entries, tidings.Entry{Release: id, Revision: cand.Release.Revision, Kind: cand.Kind})
				}
			}
		}
		return decisions, nil
	})
	n.must(err)
	claimed, err := n.db.Claim(n.Context(), at(n.now), 100)
	n.must(err)
	var outcomes []tidings.Outcome
	for _, d := range claimed {
		outcomes = append(outcomes, tidings.Outcome{Delivery: d.ID, State: send, Next: at(n.now + 1), At: at(n.now)})
	}
	n.must(n.db.Settle(n.Context(), outcomes))
	return seen
}

func (n *newsroom) want(got []string, want ...string) {
	n.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		n.Errorf("cohorts (-want +got):\n%s", diff)
	}
}

func TestCohortsPartOnlyWhereTheirPastMatters(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, "kim", "lee")
	steel := n.save("steel", "en", "Steel", "")
	n.want(n.run(tidings.DeliverySent), `"" at 0 got map[] owed map[]`)
	n.join("park", "") // after the release
	n.join("choi", "") // likewise
	n.save("steel", "en", "Steel!", "One figure was wrong.")
	n.want(n.run(tidings.DeliverySent), `"" at 1 got map[] owed map[]`, `"" at 1 got map[] owed map[1:true]`)
	korean := n.save("철강", "ko", "철강", "")
	n.want(n.run(tidings.DeliverySent), `"" at 2 got map[] owed map[]`, fmt.Sprintf(`"" at 2 got map[%d:true] owed map[]`, korean.ID))
	n.save("alone", "fr", "Acier", "")
	if got := n.run(tidings.DeliverySent); len(got) != 1 {
		t.Errorf("everybody has a version, and they are apart: %q", got)
	}
	n.must(n.db.Withdraw(t.Context(), steel.ID, tidings.Withdrawal{Reason: "Wrong.", Notify: true}, at(n.now), "test"))
	n.want(n.run(tidings.DeliverySent), `"" at 4 got map[] owed map[]`, `"" at 4 got map[] owed map[1:true]`)
	n.want(n.run(tidings.DeliverySent), `"" at 5 got map[] owed map[]`)
}

// TestOneWhoLagsBehindChangesNothingForOthers: both versions are candidates, since somebody has yet to settle the first.
func TestOneWhoLagsBehindChangesNothingForOthers(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, "kim", "lee")
	become := func(state tidings.SubscriberState) {
		t.Helper()
		n.must(n.db.UpdateSubscriber(t.Context(), "lee@example.org", at(n.now), "test", func(s *tidings.Subscriber) error {
			s.State = state
			return nil
		}))
	}
	become(tidings.Paused)
	n.save("steel", "en", "Steel", "")
	n.run(tidings.DeliverySent)
	become(tidings.Active)
	n.save("철강", "ko", "철강", "")
	n.want(n.run(tidings.DeliverySent), `"" at 0 got map[] owed map[]`, `"" at 1 got map[1:true 2:true] owed map[]`)
}

func TestWhoNeverGotItIsToldNothing(t *testing.T) {
	t.Parallel()
	for state, told := range map[tidings.DeliveryState]struct{ corrected, withdrawn bool }{
		tidings.DeliverySent:       {true, true},
		tidings.DeliveryUncertain:  {true, true},  // it may have come
		tidings.DeliveryDeferred:   {true, false}, // it will come as it was; or it won't, when it is withdrawn
		tidings.DeliveryFailed:     {},
		tidings.DeliverySuppressed: {},
	} {
		n := newNewsroom(t, "kim")
		n.save("steel", "en", "Steel", "")
		n.run(state)
		r := n.save("steel", "en", "Steel!", "One figure was wrong.")
		if owed := strings.Contains(n.run(state)[0], "owed map[1:true]"); owed != told.corrected {
			t.Errorf("%s: told of the correction: %t", state, owed)
		}
		n.must(n.db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Notify: true}, at(n.now), "test"))
		if owed := strings.Contains(n.run(state)[0], "owed map[1:true]"); owed != told.withdrawn {
			t.Errorf("%s: told of the withdrawal: %t", state, owed)
		}
	}
}

// TestAVersionStandsInForWhoMissedOne: what becomes of the mail with the Korean version before and after its withdrawal.
func TestAVersionStandsInForWhoMissedOne(t *testing.T) {
	t.Parallel()
	sent, failed, dropped := tidings.DeliverySent, tidings.DeliveryFailed, tidings.DeliverySuppressed
	deferred, wire, unsure, held := tidings.DeliveryDeferred, tidings.DeliverySending, tidings.DeliveryUncertain, tidings.DeliveryHeld
	for _, c := range []struct {
		before, after tidings.DeliveryState
		want          string
	}{
		{sent, "", ""},
		{failed, "", ""},
		{deferred, "", "missed"},
		{deferred, sent, "missed"}, // without it
		{deferred, dropped, "missed"},
		{deferred, held, "missed"},
		{deferred, failed, ""}, // nothing of that mail came
		{deferred, wire, "on the wire"},
		{unsure, "", "on the wire"},
		{wire, "", "on the wire"},
	} {
		n := newNewsroom(t, "kim")
		n.save("steel", "en", "Steel", "")
		korean := n.save("철강", "ko", "철강", "")
		n.decideOnly(korean.ID)
		settle := func(state tidings.DeliveryState) {
			t.Helper()
			n.now++
			claimed, err := n.db.Claim(t.Context(), at(n.now), 9)
			n.must(err)
			if state == wire || len(claimed) == 0 {
				return
			}
			n.must(n.db.Settle(t.Context(), []tidings.Outcome{{Delivery: claimed[0].ID, State: state, At: at(n.now)}}))
		}
		settle(c.before)
		n.now++
		n.must(n.db.Withdraw(t.Context(), korean.ID, tidings.Withdrawal{Reason: "Wrong."}, at(n.now), "test"))
		if c.after != "" {
			settle(c.after)
		}
		got := ""
		s, err := n.db.Subscriber(t.Context(), "kim@example.org")
		n.must(err)
		cohort, candidates, err := n.db.Preview(t.Context(), s.ID, s.Subscriptions[0].ID)
		n.must(err)
		standsIn := slices.ContainsFunc(candidates, func(cand tidings.Candidate) bool {
			return cand.Release.Slug == "steel" && cand.Instead == korean.ID && cand.Seq > cohort.Position
		})
		switch {
		case standsIn && cohort.Missed[korean.ID]:
			got = "missed"
		case standsIn && cohort.OnWire[korean.ID]:
			got = "on the wire"
		}
		if got != c.want {
			t.Errorf("%s, then %s: %q (%+v), want %q", c.before, c.after, got, cohort, c.want)
		}
	}
}

// decideOnly makes a digest of one release for everybody, and sends nothing.
func (n *newsroom) decideOnly(release int64) {
	n.Helper()
	n.now++
	run := tidings.Run{Slot: everybody(), Kind: tidings.ScheduledRun, Due: at(n.now), Created: at(n.now)}
	_, err := n.db.OpenRun(n.Context(), &run, func(cohorts []tidings.Cohort, _ []tidings.Candidate) ([]tidings.Decision, error) {
		decisions := make([]tidings.Decision, len(cohorts))
		for i := range decisions {
			decisions[i] = tidings.Decision{Position: run.UpTo, Entries: []tidings.Entry{{Release: release, Revision: 1}}}
		}
		return decisions, nil
	})
	n.must(err)
}

func everybody() tidings.Slot {
	return tidings.Slot{Cadence: tidings.Daily, Zone: "UTC", Hour: tidings.AnyHour}
}

func TestPreviewKnowsWhatARunWould(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, "kim")
	n.save("steel", "en", "Steel", "")
	n.run(tidings.DeliverySent)
	n.save("steel", "en", "Steel!", "One figure was wrong.")
	korean := n.save("철강", "ko", "철강", "")
	s, err := n.db.Subscriber(t.Context(), "kim@example.org")
	n.must(err)
	cohort, candidates, err := n.db.Preview(t.Context(), s.ID, s.Subscriptions[0].ID)
	n.must(err)
	if len(candidates) != 2 || !cohort.Owed[1] || !cohort.Got[korean.ID] {
		t.Errorf("%d candidates, got %v, owed %v", len(candidates), cohort.Got, cohort.Owed)
	}
	n.want(n.run(tidings.DeliverySent), fmt.Sprintf(`"" at 1 got %v owed %v`, cohort.Got, cohort.Owed))
}

func TestAnEditionTellsOfAWithdrawalAndNothingElseOfIt(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, "kim")
	r := n.save("steel", "en", "Steel", "")
	n.run(tidings.DeliverySent)
	next := n.save("hydrogen", "fr", "Hydrogène", "")
	n.must(n.db.Withdraw(t.Context(), r.ID, tidings.Withdrawal{Reason: "Wrong.", Successor: next.ID, Notify: true}, at(n.now), "test"))
	n.run(tidings.DeliverySent)
	e, err := n.db.Edition(t.Context(), 2<<25+1)
	n.must(err)
	want := tidings.Release{
		ID: r.ID, URI: r.URI, Slug: "steel", Language: "en", Title: "Steel", Status: tidings.Withdrawn, Published: r.Published,
		Updated: r.Updated, Revision: 1, Reason: "Wrong.", Successor: "hydrogen", Seq: r.Seq,
	}
	if len(e.Entries) != 1 || e.Entries[0].Kind != tidings.WithdrawnEntry || !cmp.Equal(e.Releases, []tidings.Release{want}) {
		t.Errorf("%+v: %s", e.Entries, cmp.Diff([]tidings.Release{want}, e.Releases))
	}
}

func TestWhatMembersKnowIsFoundByIndex(t *testing.T) {
	t.Parallel()
	db := open(t)
	for query, want := range map[string]struct {
		args  []any
		steps []string
	}{
		knownInSlot: {[]any{`[]`, "", "", 1, 0, 9}, []string{
			"SEARCH e USING INDEX run_entries_release (release_id=?)",
			"SEARCH s USING INDEX subscriptions_slot (cadence=? AND slot_zone=? AND slot_hour=? AND rowid>? AND rowid<?)",
			"SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
			"SEARCH n USING INTEGER PRIMARY KEY (rowid=?)",
			"SEARCH b USING INDEX publications_withdrawn_once (release_id=?)",
		}},
		knownToOne: {[]any{`[]`, 1}, []string{
			"SEARCH e USING INDEX run_entries_release (release_id=?)",
			"SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
		}},
		versionsQuery:   {[]any{`[]`}, []string{"SEARCH r USING INDEX releases_translation (translation=?)"}},
		candidatesQuery: {[]any{1, 2}, []string{"SEARCH b USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"}},
		standInsQuery: {[]any{1, 2}, []string{
			"SEARCH b USING INDEX publications_withdrawn (seq>? AND seq<?)",
			"SEARCH releases USING INDEX releases_translation (translation=?)",
			"SEARCH x USING INDEX run_entries_release (release_id=?)",
			"SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
		}},
		noticesQuery: {[]any{1, 2}, []string{
			"SEARCH n USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
			"SEARCH later USING COVERING INDEX notices_by_release (release_id=? AND seq>?)",
		}},
	} {
		got := plan(t, db.writer, query, want.args...)
		for _, step := range want.steps {
			if !strings.Contains(got, step) {
				t.Errorf("no %s:\n%s", step, got)
			}
		}
	}
}

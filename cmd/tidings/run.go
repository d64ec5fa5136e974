package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

func (a *app) runCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "run", Short: "See how the runs of digests go; change, hold, resume and cancel them"}
	cmd.AddCommand(a.runList(), a.runShow(), a.runDrop(), a.runGo(), a.runHold(), a.runResume(), a.runCancel(), a.runRetry())
	return cmd
}

// runLine is a run as machines are told of it.
type runLine struct {
	ID      int64          `json:"id"`
	Cadence string         `json:"cadence"`
	Zone    string         `json:"zone,omitempty"`
	Kind    string         `json:"kind"`
	Due     time.Time      `json:"due"`
	Created time.Time      `json:"created"`
	States  map[string]int `json:"deliveries"`
	Paused  int            `json:"held_for_pause,omitempty"` // of the held ones: their readers have paused
	Next    *time.Time     `json:"next,omitempty"`           // when the first of those that wait is due
	Last    *time.Time     `json:"last,omitempty"`           // when the last came to an end
	Goes    *time.Time     `json:"goes,omitempty"`           // until then it waits for the press office
	Holds   []holdLine     `json:"holds,omitempty"`
	Person  *heldMails     `json:"held_mails,omitempty"` // what waits for a person
}

func runOf(r *store.RunReport) runLine {
	l := runLine{
		ID: r.Run.ID, Cadence: r.Run.Slot.Cadence, Zone: r.Run.Slot.Zone, Kind: string(r.Run.Kind), Due: r.Run.Due,
		Created: r.Run.Created, States: map[string]int{}, Paused: r.Paused, Holds: holdsOver(r.Holds, r.Run.ID),
	}
	for s, n := range r.States {
		l.States[string(s)] = n
	}
	if !r.Next.IsZero() {
		l.Next = &r.Next
	}
	if !r.Last.IsZero() {
		l.Last = &r.Last
	}
	if !r.Run.Goes.IsZero() {
		l.Goes = &r.Run.Goes
	}
	return l
}

// total is how many deliveries it has; settled, how many of them have come to an end.
func (l *runLine) total() (total, settled int) {
	for s, n := range l.States {
		total += n
		switch tidings.DeliveryState(s) {
		case tidings.DeliverySent, tidings.DeliveryFailed, tidings.DeliverySuppressed:
			settled += n
		default: // it goes on
		}
	}
	return total, settled
}

// waits reports whether the press office may still say something about it.
func (l *runLine) waits(now time.Time) bool {
	return l.Goes != nil && now.Before(*l.Goes) && l.States[string(tidings.DeliveryPending)] > 0
}

// held says in few words whether it goes on.
func (l *runLine) held(now time.Time, zone *time.Location) string {
	word := ""
	if l.waits(now) {
		word = "goes " + stamp(*l.Goes, zone)
	}
	for _, h := range l.Holds {
		if word = "held"; h.Kind == string(tidings.Cancelled) {
			return h.Kind
		}
	}
	return word
}

func (a *app) runList() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the runs, the newest first, with how their deliveries stand",
		Args:  cobra.NoArgs,
		RunE: a.withHouse(func(ctx context.Context, h *house, _ []string) error {
			if limit < 0 {
				return usagef("--limit %d: 0 is all", limit)
			}
			runs, err := h.db.Runs(ctx, limit)
			if err != nil {
				return err
			}
			if err := a.noteHeld(ctx, h); err != nil {
				return err
			}
			lines, rows, err := h.runRows(ctx, runs, a.now())
			if err != nil {
				return err
			}
			return a.show(lines, func(w io.Writer) {
				table(w, "RUN CADENCE ZONE KIND DUE HOLD DELIVERIES", rows)
				for _, l := range lines {
					if l.Person != nil {
						fmt.Fprintf(w, "run %d: %s\n", l.ID, l.Person.words(l.ID))
					}
				}
			})
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "at most this many; 0: all")
	return cmd
}

// runRows are runs as machines and as people are told of them.
func (h *house) runRows(ctx context.Context, runs []store.RunReport, now time.Time) (lines []runLine, rows [][]string, err error) {
	lines, rows = make([]runLine, len(runs)), make([][]string, len(runs))
	for i := range runs {
		l := runOf(&runs[i])
		if l.States[string(tidings.DeliveryHeld)] > 0 {
			if l.Person, err = h.heldMails(ctx, l.ID); err != nil {
				return nil, nil, err
			}
		}
		lines[i] = l
		rows[i] = []string{
			strconv.FormatInt(l.ID, 10), l.Cadence, dash(l.Zone), l.Kind, stamp(l.Due, h.site.Zone), dash(l.held(now, h.site.Zone)), l.mails(),
		}
	}
	return lines, rows, nil
}

// runShown is a run with what it sends.
type runShown struct {
	runLine
	Editions map[string]int `json:"editions"` // by language
	Releases []runRelease   `json:"releases"`
	Dropped  []runRelease   `json:"dropped,omitempty"` // taken out of it

	Desk  *deskLine `json:"desk,omitempty"`
	Stuck string    `json:"stuck,omitempty"` // why it does not go on

	CameBack   int `json:"came_back"`  // of the mails that were sent
	Complaints int `json:"complaints"` // readers who reported theirs as unwanted
}

type runRelease struct {
	Slug      string `json:"slug"`
	Title     string `json:"title"`          // as it is mailed
	Kind      string `json:"kind,omitempty"` // corrected or withdrawn: told to those who had it
	Editions  int    `json:"editions"`       // that have it
	Withdrawn bool   `json:"withdrawn"`      // since: what is sent from then on is without it
}

func (a *app) runShow() *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Show how a run goes: its mails by state, its editions and releases, when it was due, how long it took",
		Long: "Show how a run goes: its mails by state, its editions and releases, when it was due and how long it took. With --follow, go on\n" +
			"until all of its mails have come to an end: a bar on a terminal, elsewhere a line whenever something changed.",
		Example: "  tidings run show 12 --follow",
		Args:    cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			id, err := runNumber(args, false)
			if err != nil {
				return err
			}
			report, err := h.db.Run(ctx, id)
			if err != nil {
				return err
			}
			if follow {
				return a.follow(ctx, h, id)
			}
			content, err := h.db.RunContent(ctx, id)
			if err != nil {
				return err
			}
			shown := runShown{runLine: runOf(&report), Editions: content.Editions, Releases: []runRelease{}}
			if shown.Person, err = h.heldMails(ctx, id); err != nil {
				return err
			}
			if shown.Desk, err = h.deskTold(ctx, &shown.runLine, a.now()); err != nil {
				return err
			}
			if shown.Stuck, err = h.stuck(ctx, id, shown.Cadence); err != nil {
				return err
			}
			if shown.CameBack, shown.Complaints, err = h.db.RunReturns(ctx, id); err != nil {
				return err
			}
			for _, r := range content.Releases {
				shown.Releases = append(shown.Releases, runRelease{r.Slug, r.Title, string(r.Kind), r.Editions, r.Gone})
			}
			for _, r := range content.Dropped {
				shown.Dropped = append(shown.Dropped, runRelease{r.Slug, r.Title, string(r.Kind), 0, false})
			}
			all, err := h.db.Holds(ctx)
			if err != nil {
				return err
			}
			shown.Holds = holdsOver(all, id)
			return a.show(shown, func(w io.Writer) { shown.print(w, h.site.Zone, a.now()) })
		}),
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "go on until all of its mails have come to an end")
	return cmd
}

func (s *runShown) print(w io.Writer, zone *time.Location, now time.Time) {
	field := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-11s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(w, "run %d: %s, %s\n", s.ID, s.Cadence, s.Kind)
	if s.Zone != "" {
		field("zone", "%s", s.Zone)
	}
	field("due", "%s", stamp(s.Due, zone))
	field("made", "%s", second(s.Created, zone))
	total, settled := s.total()
	field("mails", "%d: %s", total, s.mails())
	if sent := s.States[string(tidings.DeliverySent)]; s.CameBack > 0 {
		field("came back", "%d of the %d sent", s.CameBack, sent)
	}
	if s.Complaints > 0 {
		field("unwanted", "%s", plural(s.Complaints, "reader reported it", "readers reported it"))
	}
	switch {
	case s.Last == nil:
	case settled == total:
		field("took", "%s", s.Last.Sub(s.Created).Round(time.Second))
	default:
		field("so far", "%s", s.Last.Sub(s.Created).Round(time.Second))
	}
	if s.Next != nil && !s.waits(now) {
		field("next", "due %s", second(*s.Next, zone))
	}
	if s.waits(now) {
		field("goes", "%s", s.goesWords(zone))
	}
	if s.Desk != nil {
		field("desk", "%s", s.Desk.words(s.waits(now), zone))
	}
	if s.Stuck != "" {
		field("waits", "%s", s.Stuck)
	}
	for _, h := range s.Holds {
		field("hold", "%s", h.words(zone))
	}
	if s.Person != nil {
		field("held", "%s", s.Person.words(s.ID))
	}
	var editions []string
	for _, language := range slices.Sorted(maps.Keys(s.Editions)) {
		editions = append(editions, fmt.Sprintf("%d %s", s.Editions[language], language))
	}
	field("editions", "%s", dash(strings.Join(editions, ", ")))
	for i, r := range s.Releases {
		name := map[bool]string{true: "releases"}[i == 0]
		since := map[bool]string{true: " (withdrawn since)"}[r.Withdrawn]
		field(name, "%s (%s%s)%s", r.Title, strings.TrimPrefix(r.Kind+", ", ", "), plural(r.Editions, "edition", "editions"), since)
	}
	for i, r := range s.Dropped {
		field(map[bool]string{true: "dropped"}[i == 0], "%s", r.Title)
	}
}

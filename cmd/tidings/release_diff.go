package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
)

func (a *app) releaseDiff() *cobra.Command {
	return &cobra.Command{
		Use:   "diff RELEASE [FROM [TO]]",
		Short: "Show what differs between two revisions of a release",
		Long: "Show what differs between two revisions of a release: the fields, and of the text the paragraphs, with words that went\n" +
			"[-so-] and words that came {+so+}. Without FROM, between the last revision and the one before; without TO, up to the last.",
		Args: cobra.RangeArgs(1, 3),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			revisions, err := h.db.Revisions(ctx, r.ID)
			if err != nil {
				return err
			}
			from, to, err := pair(revisions, args[1:])
			if err != nil {
				return err
			}
			d := differenceOf(from, to)
			return a.show(struct {
				From int `json:"from"`
				To   int `json:"to"`
				difference
			}{from.Revision, to.Revision, d}, func(w io.Writer) {
				fmt.Fprintf(w, "%s: revision %d to %d\n\n", r.Slug, from.Revision, to.Revision)
				if d.none() {
					fmt.Fprintln(w, "  nothing is different")
				}
				d.print(w, seesColours(w))
			})
		}),
	}
}

// pair picks the two revisions that are asked for.
func pair(revisions []tidings.Release, asked []string) (from, to *tidings.Release, err error) {
	last := revisions[len(revisions)-1].Revision
	numbers := []int{last - 1, last}
	for i, word := range asked {
		if numbers[i], err = strconv.Atoi(word); err != nil {
			return nil, nil, usagef("%q is no revision: a number from 1 to %d", word, last)
		}
	}
	if last == 1 && len(asked) == 0 {
		return nil, nil, tidings.Invalidf(revisions[0].Slug, "has one revision alone: there is nothing to compare it with")
	}
	found := make([]*tidings.Release, 2)
	for i, n := range numbers {
		for j := range revisions {
			if revisions[j].Revision == n {
				found[i] = &revisions[j]
			}
		}
		if found[i] == nil {
			return nil, nil, usagef("there is no revision %d: they count from 1 to %d", n, last)
		}
	}
	return found[0], found[1], nil
}

// revisedLine is a revision as machines are told of it.
type revisedLine struct {
	Revision    int       `json:"revision"`
	At          time.Time `json:"at"`
	Actor       string    `json:"actor"`
	Title       string    `json:"title"`
	Note        string    `json:"note,omitempty"`
	Significant bool      `json:"significant"`
	Publication int64     `json:"publication,omitempty"`
}

func (a *app) releaseHistory() *cobra.Command {
	return &cobra.Command{
		Use:   "history RELEASE",
		Short: "List a release's revisions: when, by whom, and what readers were told",
		Args:  cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			history, err := h.db.History(ctx, r.ID)
			if err != nil {
				return err
			}
			lines := make([]revisedLine, len(history))
			rows := make([][]string, len(history))
			for i, v := range history {
				lines[i] = revisedLine{
					Revision: v.Revision, At: v.At, Actor: v.Actor, Title: v.Title, Note: v.Note, Significant: v.Significant, Publication: v.Seq,
				}
				rows[i] = []string{
					strconv.Itoa(v.Revision), second(v.At, h.site.Zone), number(v.Seq), kindOfEdit(&lines[i]), dash(v.Actor), dash(shorten(v.Note, 60)),
				}
			}
			return a.show(lines, func(w io.Writer) {
				table(w, "REVISION AT PUBLICATION KIND BY NOTE", rows)
				if r.Status == tidings.Withdrawn {
					fmt.Fprintf(w, "\nwithdrawn: %s\n", r.Reason)
				}
			})
		}),
	}
}

// kindOfEdit says what a revision was to readers.
func kindOfEdit(l *revisedLine) string {
	switch {
	case l.Revision == 1:
		return "first"
	case l.Publication == 0:
		return "unpublished"
	case l.Significant:
		return "significant"
	}
	return "silent"
}

func number(n int64) string {
	if n == 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

// second is stamp to the second.
func second(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.DateTime) }

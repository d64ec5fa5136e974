package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// report prints what was made and sent.
func (d *demo) report(ctx context.Context) error {
	releases, err := d.house.db.Releases(ctx, tidings.Query{})
	if err != nil {
		return err
	}
	lines := make([]releaseLine, len(releases))
	for i := range releases {
		lines[i] = lineOf(d.house.site, &releases[i])
	}
	mails, err := d.sent(ctx)
	if err != nil {
		return err
	}
	made := struct {
		Folder   string        `json:"folder"`
		Releases []releaseLine `json:"releases"`
		Mails    []sentLine    `json:"mails"`
	}{d.dir, lines, mails}
	return d.show(made, func(w io.Writer) {
		fmt.Fprintf(w, "%s, by the rules of their topics:\n\n", plural(len(lines), "release", "releases"))
		for _, r := range lines {
			fmt.Fprintf(w, "  %s  %s\n              [%s]\n", r.Published.In(d.house.site.Zone).Format(time.DateOnly), r.Title, strings.Join(r.Topics, ", "))
		}
		fmt.Fprintf(w, "\n%s sent over SMTP, kept in %s:\n", plural(len(mails), "mail", "mails"), filepath.Join(d.dir, "mail"))
		for _, m := range mails {
			fmt.Fprintf(w, "\n  %s  %s: %s  (%s)\n", m.To, m.Cadence, m.Filter, m.State)
			for _, title := range m.Releases {
				fmt.Fprintf(w, "    - %s\n", title)
			}
		}
		fmt.Fprintln(w)
	})
}

// sentLine is a mail of the demo as machines are told of it.
type sentLine struct {
	To       string   `json:"to"`
	Cadence  string   `json:"cadence"`
	Filter   string   `json:"filter"`
	State    string   `json:"state"`
	Releases []string `json:"releases"`
}

func (d *demo) sent(ctx context.Context) ([]sentLine, error) {
	subs, err := d.house.db.Subscribers(ctx, "")
	if err != nil {
		return nil, err
	}
	var lines []sentLine
	for i := range subs {
		deliveries, err := d.house.db.Deliveries(ctx, subs[i].ID, 0)
		if err != nil {
			return nil, err
		}
		for _, delivery := range deliveries {
			e, err := d.house.db.Edition(ctx, delivery.EditionID)
			if err != nil {
				return nil, err
			}
			line := sentLine{To: delivery.Address, Cadence: delivery.Cadence, Filter: "every release", State: string(delivery.State)}
			for _, s := range subs[i].Subscriptions {
				if s.Cadence == delivery.Cadence && !s.Filter.IsZero() {
					line.Filter = s.Filter.String()
				}
			}
			for j := range e.Releases {
				line.Releases = append(line.Releases, e.Releases[j].Title)
			}
			lines = append(lines, line)
		}
	}
	return lines, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/tidings/tidings/examples"
	"github.com/tidings/tidings/ingest"
)

// fill puts in topics, subscribers and releases, in this order: who is there before a release goes public gets it.
func (d *demo) fill(ctx context.Context) error {
	ministry, err := examples.Ministry()
	if err != nil {
		return err
	}
	topics, err := readExample(ministry, "topics.toml", ingest.Topics)
	if err != nil {
		return err
	}
	for i := range topics {
		if _, err := d.house.db.SaveTopic(ctx, &topics[i], d.now(), "demo"); err != nil {
			return err
		}
	}
	joins, err := readExample(ministry, "subscribers.toml", readJoins)
	if err != nil {
		return err
	}
	for _, j := range joins {
		if _, err := d.house.service().Add(ctx, j, d.now(), "demo"); err != nil {
			return fmt.Errorf("%s: %w", j.Address, err)
		}
	}
	if err := errors.Join(d.importAll(ctx, ministry), d.linkVersions(ctx)); err != nil {
		return err
	}
	return d.send(ctx)
}

// importAll takes in the ministry's archive, and the folder of what there is in Korean.
func (d *demo) importAll(ctx context.Context, ministry fs.FS) error {
	f, err := ministry.Open("releases.txt")
	if err != nil {
		return err
	}
	defer f.Close()
	korean, err := fs.Sub(ministry, "ko")
	if err != nil {
		return err
	}
	opts := d.house.ingestOptions()
	return errors.Join(
		d.importFrom(ctx, "releases.txt", ingest.Archive(f, "releases.txt", opts)),
		d.importFrom(ctx, "ko", ingest.Folder(korean, ingest.FolderOptions{Options: opts, Languages: d.house.site.Languages})))
}

func (d *demo) importFrom(ctx context.Context, name string, items iter.Seq[ingest.Item]) error {
	report, err := ingest.Import(ctx, d.house.db, d.house.site, items, ingest.ImportOptions{Now: d.now(), Actor: "demo"})
	if err == nil && report.Broken > 0 {
		err = errors.New(summary(report.Counts))
	}
	if err != nil {
		return fmt.Errorf("the example %s: %w", name, err)
	}
	return nil
}

// linkVersions makes one release of those that say the same in two languages.
func (d *demo) linkVersions(ctx context.Context) error {
	for _, slugs := range [...][2]string{
		{"korean-government-holds-35th-energy-commission-meeting", "energy-commission"},
		{"korea-and-mongolia-bolster-full-life-cycle-cooperation-for-rare-metals", "rare-metals"},
	} {
		var ids []int64
		for _, slug := range slugs {
			r, err := d.house.release(ctx, slug)
			if err != nil {
				return err
			}
			ids = append(ids, r.ID)
		}
		if err := d.house.db.Link(ctx, ids, d.now(), "demo"); err != nil {
			return err
		}
	}
	return nil
}

// send runs every cadence, due or not, and sends what comes of it to the mailbox.
func (d *demo) send(ctx context.Context) error {
	for _, c := range d.house.cadences {
		if _, err := d.house.planner().Force(ctx, d.now(), c.Name); err != nil {
			return err
		}
	}
	_, err := d.house.drain(ctx)
	return err
}

func readExample[T any](from fs.FS, name string, read func(io.Reader, string) (T, error)) (T, error) {
	f, err := from.Open(name)
	if err != nil {
		var none T
		return none, err
	}
	defer f.Close()
	return read(f, name)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings/store"
)

func (a *app) backupCommand() *cobra.Command {
	var dir string
	var keep int
	cmd := &cobra.Command{
		Use:   "backup [FILE]",
		Short: "Write a checked copy of the database and its keys, also while the daemon runs",
		Long: "Write a copy of the database to FILE, which must not be there yet, and a copy of the keys to FILE.key. The copy is\n" +
			"complete as of one instant and has been checked; its SHA-256 is in FILE.sha256, for `tidings restore` and for sha256sum -c.\n\n" +
			"With --dir, the name is made of the database's and of the time (UTC); and when the new copy has been checked, all but the\n" +
			"newest --keep of such copies are deleted from the folder. Nothing else in it is touched. Copies of a later time than now, which a\n" +
			"wrong clock made, are neither counted nor deleted. A folder is for one site alone.\n" +
			"The daemon makes such backups by itself, see [backup] in the configuration.\n\n" +
			"What is in a copy is not mailed by accident: where one is put in the place of a database, sending is held until\n" +
			"`tidings resume`. To put one there: tidings restore FILE.",
		Example: "  tidings backup before-upgrade.db\n  tidings backup --dir /var/backups/tidings --keep 14",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 && dir == "":
				return usagef("name a file, or a folder with --dir")
			case len(args) > 0 && dir != "":
				return usagef("name a file, or a folder with --dir, not both")
			case dir == "" && cmd.Flags().Changed("keep"):
				return usagef("--keep goes with --dir")
			case keep < 1:
				return usagef("--keep: at least 1")
			}
			return a.withHouse(func(ctx context.Context, h *house, args []string) error {
				done := backedUp{}
				var err error
				if dir != "" {
					done, err = h.backupInto(ctx, dir, keep, a.now())
				} else {
					done, err = h.backup(ctx, args[0], a.now())
				}
				if err != nil {
					return err
				}
				return a.show(done, func(w io.Writer) { done.print(w) })
			})(cmd, args)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "the `folder` to put it in, named by the time")
	cmd.Flags().IntVar(&keep, "keep", 14, "how `many` to keep in the folder")
	return cmd
}

// backedUp is what a backup made, as machines are told.
type backedUp struct {
	Database string    `json:"database"`
	Keys     string    `json:"keys"`
	Checksum string    `json:"checksum"` // a file
	Octets   int64     `json:"octets"`
	At       time.Time `json:"at"`
	Deleted  []string  `json:"deleted,omitempty"`
	Later    []string  `json:"later,omitempty"` // of a later time than this one, and left alone
}

func (d *backedUp) print(w io.Writer) {
	fmt.Fprintf(w, "%s (%d KB), %s and %s: complete and checked\n", d.Database, d.Octets/1024, d.Keys, d.Checksum)
	for _, path := range d.Deleted {
		fmt.Fprintf(w, "deleted %s\n", path)
	}
	for _, path := range d.Later {
		fmt.Fprintf(w, "left alone, and not counted: %s is of a later time than now; if the clock ran ahead once, delete it yourself\n", path)
	}
}

// backup writes the keys, the checksum and the database, in this order: where there is a copy, the others are beside it.
func (h *house) backup(ctx context.Context, to string, now time.Time) (done backedUp, err error) {
	for _, path := range []string{to, to + ".key", to + store.ChecksumEnd} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return done, usagef("%s is there already: choose another name", path)
		}
	}
	if _, err := os.Stat(filepath.Dir(to)); err != nil {
		return done, usagef("the folder of the backup: %w", err)
	}
	keys, err := os.ReadFile(keyPath(h.cfg.Database.Path))
	if err != nil {
		return done, fmt.Errorf("the keys: %w", err)
	}
	if err := writeNew(to+".key", keys, 0o600); err != nil {
		return done, fmt.Errorf("the keys: %w", err)
	}
	if err := h.db.Backup(ctx, to, now); err != nil {
		return done, errors.Join(err, os.Remove(to+".key"))
	}
	noted, err := h.db.NoteBackup(ctx, to, now)
	if err != nil {
		return done, fmt.Errorf("%s is there and checked, but that could not be written down: %w", to, err)
	}
	return backedUp{Database: to, Keys: to + ".key", Checksum: to + store.ChecksumEnd, Octets: noted.Octets, At: noted.At}, nil
}

// backupInto makes a backup named by its time, and then deletes the oldest ones of that folder.
func (h *house) backupInto(ctx context.Context, dir string, keep int, now time.Time) (backedUp, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return backedUp{}, err
	}
	names := rotation{dir: dir, base: backupBase(h.cfg.Database.Path)}
	to := filepath.Join(dir, names.at(now))
	if _, err := os.Lstat(to); err == nil { // of this very second
		rest(ctx, time.Second)
		now = now.Add(time.Second)
		to = filepath.Join(dir, names.at(now))
	}
	done, err := h.backup(ctx, to, now)
	if err != nil {
		return done, err
	}
	done.Deleted, done.Later, err = names.rotate(keep, now)
	if err != nil {
		return done, fmt.Errorf("%s is there and checked, but older ones could not be deleted: %w", done.Database, err)
	}
	return done, nil
}

// roughly is how long something is, as people say it.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return plural(int(d.Minutes()), "minute", "minutes")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour", "hours")
	}
	return plural(int(d.Hours()/24), "day", "days")
}

// writeNew writes a file that must not be there yet, and has it on the disk when it returns; or all of it could not be written, and
// nothing is there.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

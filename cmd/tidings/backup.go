package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a checked copy of the database and its keys, also while the daemon runs",
		Long: "Write a copy of the database to FILE, which must not be there yet, and a copy of the keys to FILE.key. The copy is\n" +
			"complete as of one instant and has been checked.\n\n" +
			"To restore: stop the daemon, remove tidings.db-wal and tidings.db-shm, put FILE in the place of tidings.db and FILE.key\n" +
			"in that of tidings.key, start.",
		Args: cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			to := args[0]
			for _, path := range []string{to, to + ".key"} {
				if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
					return usagef("%s is there already: choose another name", path)
				}
			}
			keys, err := os.ReadFile(keyPath(h.cfg.Database.Path))
			if err != nil {
				return fmt.Errorf("the keys: %w", err)
			}
			if err := h.db.Backup(ctx, to); err != nil {
				return err
			}
			if err := writeNew(to+".key", keys, 0o600); err != nil {
				return fmt.Errorf("the keys: %w", err)
			}
			if err := h.db.NoteBackup(ctx, a.now()); err != nil {
				return fmt.Errorf("the copy is complete, but that could not be written down: %w", err)
			}
			st, err := os.Stat(to)
			if err != nil {
				return err
			}
			done := struct {
				Database string `json:"database"`
				Keys     string `json:"keys"`
				Octets   int64  `json:"octets"`
			}{to, to + ".key", st.Size()}
			return a.show(done, func(w io.Writer) {
				fmt.Fprintf(w, "%s (%d KB) and %s: complete and checked\n", done.Database, done.Octets/1024, done.Keys)
			})
		}),
	}
}

// writeNew writes a file that must not be there yet, and has it on the disk when it returns.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

func (a *app) restoreCommand() *cobra.Command {
	var keys string
	var replace, asItWas bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the place of the database, checked and held",
		Long: "Check a backup that `tidings backup` made (or another whole copy of a database), and put it in the place of the database, with\n" +
			"the keys in FILE.key beside it. Where FILE.sha256 is there, FILE must be what it says. Stop the daemon first. A database that\n" +
			"is there is moved aside, with --replace; it is never deleted. Keys that are there stay, and those of the backup are added. Cut\n" +
			"off anywhere, the old database or the new one is there, complete.\n\n" +
			"Of the database that is moved aside, what was said since the backup about whom nobody may write to is carried over, when it can be\n" +
			"read: who left, who was erased, and suppressed addresses. Nothing else is; and with --as-it-was not even that.\n\n" +
			"What is restored starts held: no run is made and nothing waiting is sent until `tidings resume`, so that you can see first what\n" +
			"would go out (tidings check, tidings run list).",
		Example: "  tidings restore /var/backups/tidings/tidings-20260317T030000Z.db --replace",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			done, err := a.restore(cmd.Context(), args[0], keys, replace, asItWas)
			if err != nil {
				return err
			}
			return a.show(done, func(w io.Writer) { done.print(w, args[0]) })
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "move the database that is there aside")
	cmd.Flags().BoolVar(&asItWas, "as-it-was", false, "with --replace: carry nothing over, not even who has left since")
	cmd.Flags().StringVar(&keys, "keys", "", "the `file` with the keys of the backup (default: FILE.key)")
	return cmd
}

// restore puts a backup in the place of the database of the configuration.
func (a *app) restore(ctx context.Context, from, keys string, replace, asItWas bool) (done restored, err error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return done, err
	}
	path, now := cfg.Database.Path, a.now()
	switch _, err := os.Stat(from); {
	case err != nil:
		return done, usagef("the backup: %w", err)
	case asItWas && !replace:
		return done, usagef("--as-it-was goes with --replace")
	case hasContent(path) && !replace:
		return done, tidings.Invalidf(path, "is there already: with --replace it is moved aside, and not deleted")
	}
	if keys == "" {
		keys = from + ".key"
	} else if _, err := os.Stat(keys); err != nil {
		return done, usagef("--keys: %w", err)
	}
	r, err := store.PrepareRestore(ctx, from, path, now)
	switch {
	case errors.Is(err, tidings.ErrLocked):
		return done, usagef("a daemon, or another command, sends from %s: stop it first", path)
	case errors.Is(err, tidings.ErrNewerDatabase):
		return done, usagef("%w", err)
	case err != nil:
		return done, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	done = restored{Database: path, MadeAt: r.MadeAt, Summed: r.Summed}
	if done.KeysAdded, err = bringKeys(keys, keyPath(path), now); err != nil {
		return done, fmt.Errorf("the keys: %w", err)
	}
	if hasContent(path) && !asItWas {
		var known []store.Option
		if ring, err := readKeys(keyPath(path)); err == nil { // else they are lost
			known = append(known, store.Keyed(ring))
		}
		carried, err := r.CarryOver(ctx, now, known...)
		if err != nil {
			return done, err
		}
		done.Carried = &carried
	}
	done.Aside, err = r.Place(ctx, now, replace)
	return done, err
}

// restored is what came of it, as machines are told.
type restored struct {
	Database  string    `json:"database"`
	MadeAt    time.Time `json:"made_at"`
	Summed    bool      `json:"checksum"`        // there was one, and it is right
	Aside     string    `json:"aside,omitempty"` // what the old database is called now
	KeysAdded int       `json:"keys_added"`

	Carried *store.Carried `json:"carried,omitempty"` // from the old database; nil: nothing was to be
}

func (d *restored) print(w io.Writer, from string) {
	fmt.Fprintf(w, "%s of %s is in the place of %s, complete and checked\n", from, d.MadeAt.UTC().Format("2006-01-02 15:04:05 UTC"), d.Database)
	if d.Summed {
		fmt.Fprintf(w, "its SHA-256 is that in %s%s\n", from, store.ChecksumEnd)
	} else {
		fmt.Fprintf(w, "there is no %s%s: a text in it that was changed since it was made would not have been seen\n", from, store.ChecksumEnd)
	}
	if d.Aside != "" {
		fmt.Fprintf(w, "the old database is %s\n", d.Aside)
	}
	d.printCarried(w)
	fmt.Fprintf(w, "%s added to %s\n", plural(d.KeysAdded, "key", "keys"), keyName)
	fmt.Fprintln(w, "sending is held: see what would go out (tidings resume --dry-run), then: tidings resume")
}

// printCarried says who of those that nobody may write to any more is known, or that they are not.
func (d *restored) printCarried(w io.Writer) {
	switch c := d.Carried; {
	case c != nil && c.Unread == "":
		fmt.Fprintf(w, "carried over from it, so that nobody of them is written to: %s who had left since, %s suppressed, %s erased; %s in all\n",
			plural(c.Left, "reader", "readers"), plural(c.Suppressed, "reader", "readers"), plural(c.Erased, "reader", "readers"),
			plural(c.Addresses, "suppression", "suppressions"))
		return
	case c != nil:
		fmt.Fprintf(w, "NOTHING was carried over from it, since it could not be read: %s\n", c.Unread)
	}
	fmt.Fprintf(w, "whoever left, bounced, complained or was erased after %s is a reader again here. Of whom you know it, "+
		"say so before you resume: tidings subscriber leave ADDRESS, tidings suppression add ADDRESS, tidings subscriber remove ADDRESS\n",
		d.MadeAt.UTC().Format("2006-01-02 15:04 UTC"))
}

// bringKeys adds the keys of a backup behind those that are beside the database, and says how many there were to add. The old database
// works with the file that comes of it as the new one does, whenever this is cut off; and so do the links in mails sent meanwhile.
func bringKeys(from, to string, now time.Time) (added int, err error) {
	brought, err := keyLines(from)
	if err != nil {
		return 0, err
	}
	there, err := keyLines(to)
	if invalid := (*tidings.InvalidError)(nil); err != nil && !errors.As(err, &invalid) {
		return 0, err
	}
	if err != nil { // no file of keys, whatever it is: it is of no use to anybody
		if err := os.Rename(to, to+".before-"+now.UTC().Format(backupTime)); err != nil {
			return 0, err
		}
		there = nil
	}
	if len(brought)+len(there) == 0 {
		if _, err := os.Stat(to); err == nil {
			return 0, nil // empty: by that an operator says that the keys are lost
		}
		return 0, tidings.Invalidf(from, "is not there, and no keys are beside the database. Name the file with --keys; or, "+
			"to go on without the links in mails that are out and without the suppressions of who was erased: touch %s", to)
	}
	all := there
	for _, line := range brought {
		if !slices.Contains(there, line) {
			all = append(all, line)
			added++
		}
	}
	if added == 0 {
		return 0, nil
	}
	temp := to + ".restore"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	if err := writeNew(temp, []byte(keyHeader+strings.Join(all, "\n")+"\n"), 0o600); err != nil {
		return 0, err
	}
	return added, os.Rename(temp, to)
}

// keyLines are the keys in a file, which may not be there; an error when there is something else in it.
func keyLines(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := readKeys(path); err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// sentIDs reads Message-IDs: whatever stands in angle brackets, as in a mail or in the log of a relay, else one in a line.
func sentIDs(path string) (func(string) bool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	bracketed := regexp.MustCompile(`<([^<>\s]+@[^<>\s]+)>`)
	sent := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		found := bracketed.FindAllStringSubmatch(line, -1)
		for _, m := range found {
			sent[m[1]] = true
		}
		if found == nil {
			sent[strings.TrimSpace(line)] = true
		}
	}
	return func(id string) bool { return sent[id] }, nil
}

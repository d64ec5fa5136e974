package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/store"
)

// finding is one thing that was looked at.
type finding struct {
	What    string `json:"what"`
	OK      bool   `json:"ok"`
	Fault   string `json:"fault,omitempty"`
	Warning string `json:"warning,omitempty"` // it works, and something may go wrong
	Note    string `json:"note,omitempty"`
}

func (a *app) checkCommand() *cobra.Command {
	var offline, home bool
	var probe bounceProbe
	cmd := &cobra.Command{
		Use:   "check",
		Short: "See whether the configuration, the database and the relay work; sends nothing, makes nothing",
		Long: "See whether the configuration, the database and the relay work. It sends nothing and makes nothing, unless with --bounce: then it\n" +
			"sends one mail to an address that does not exist, in the domain of mail.from or where --bounce-to says, and waits until the report\n" +
			"of it has come home, as those of your readers' mails will: to this command, or to the daemon when that is running.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := probe.usage(cmd, home); err != nil {
				return err
			}
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			h := &house{cfg: cfg, site: cfg.Site(), cadences: cfg.Cadences(), log: logger(cfg.Log, a.errs)}
			findings := append([]finding{{What: "configuration", OK: true, Note: a.configPath}}, h.examine(cmd.Context(), offline, a.now())...)
			if home {
				findings = append(findings, a.goesHome(cmd.Context(), cfg, probe))
			}
			if err := a.show(findings, func(w io.Writer) { printFindings(w, findings) }); err != nil {
				return err
			}
			bad := 0
			for _, f := range findings {
				if !f.OK {
					bad++
				}
			}
			if bad > 0 {
				return fmt.Errorf("%s to mend", plural(bad, "thing", "things"))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "leave the relay alone")
	cmd.Flags().BoolVar(&home, "bounce", false, "send a mail that cannot arrive, and wait for the report")
	cmd.Flags().StringVar(&probe.to, "bounce-to", "", "with --bounce: an `address` that does not exist (default: one in the domain of mail.from)")
	cmd.Flags().DurationVar(&probe.wait, "bounce-wait", 2*time.Minute, "with --bounce: how long to wait for the report")
	cmd.MarkFlagsMutuallyExclusive("offline", "bounce")
	return cmd
}

// examine looks at everything, whatever it finds on the way.
func (h *house) examine(ctx context.Context, offline bool, now time.Time) []finding {
	path := h.cfg.Database.Path
	var findings []finding
	if hasContent(path) || hasContent(keyPath(path)) {
		findings = append(findings, checkKeys(keyPath(path)))
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		findings = append(findings, finding{What: "database", OK: true, Note: path + ": none yet; it is made when something is put into it"})
	} else {
		findings = append(findings, found("database", path, h.checkDatabase(ctx, path)))
		findings = append(findings, h.checkKept(ctx, path, now)...)
	}
	set, err := loadTemplates(h.cfg)
	if err == nil {
		h.templates = set
		_, err = h.composer()
	}
	findings = append(findings, found("mail", "from "+h.cfg.Mail.From, err))
	findings = append(findings, checkDKIM(h.cfg)...)
	if !offline {
		for _, r := range h.relays() {
			findings = append(findings, found("relay", fmt.Sprintf("%s, %s", r.Name(), r.Security), r.Check(ctx)))
		}
		if m := h.mailbox(); m != nil {
			findings = append(findings, found("mailbox", fmt.Sprintf("%s:%d, %s", m.Host, m.Port, m.Security), m.Check(ctx)))
		}
	}
	return findings
}

// checkDatabase reads all of the file, and sees that every cadence that somebody chose is still on offer, and every source there.
func (h *house) checkDatabase(ctx context.Context, path string) error {
	db, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	h.db = db
	orphans, err := h.planner().Orphans(ctx)
	if len(orphans) > 0 {
		err = tidings.Invalidf("cadences", "subscribers chose %s, which is not on offer any more: they get nothing", strings.Join(orphans, ", "))
	}
	return errors.Join(db.Check(ctx), err, h.checkSources(ctx), db.MayWriteBeside(), db.Close())
}

// checkKept says which backup was the last, and whether all bulk mail is held.
func (h *house) checkKept(ctx context.Context, path string, now time.Time) []finding {
	db, err := store.Open(ctx, path)
	if err != nil {
		return nil // told already
	}
	last, err := db.LastBackup(ctx)
	held, fault := db.HeldNow(ctx, now)
	err = errors.Join(err, db.Close())
	findings := []finding{found("backup", "", err)}
	if err == nil {
		findings[0] = checkBackup(last, now)
	}
	if held.Holds() {
		fault = errors.New(heldWords(held))
	}
	if fault != nil {
		findings = append(findings, found("sending", "", fault))
	}
	return findings
}

// checkBackup says which backup was the last. Whether it is where it was made is looked at, and no more.
func checkBackup(b store.Backup, now time.Time) finding {
	f := finding{What: "backup", OK: true, Note: "none has been made"}
	if b.At.IsZero() {
		return f
	}
	at := b.At.Format("2006-01-02 15:04 UTC")
	f.Note = fmt.Sprintf("%s, %s ago, %s", at, roughly(now.Sub(b.At)), b.Path)
	if ahead(b, now) {
		f.Note = fmt.Sprintf("%s, which is later than now, %s", at, b.Path)
		f.Warning = "a clock was wrong then, or is wrong now, so how old it is nobody knows: see that the clock is right, and make another"
	}
	if _, err := os.Stat(b.Path); errors.Is(err, fs.ErrNotExist) {
		f.Warning = "that file is not there any more: see that you have it elsewhere, or make another"
	}
	return f
}

func found(what, note string, err error) finding {
	f := finding{What: what, OK: err == nil, Note: note}
	if err != nil {
		f.Fault = err.Error()
	}
	return f
}

func printFindings(w io.Writer, findings []finding) {
	for _, f := range findings {
		state := "ok  "
		switch {
		case !f.OK:
			state = "BAD "
		case f.Warning != "":
			state = "warn"
		}
		fmt.Fprintf(w, "%s %-14s %s\n", state, f.What, f.Note)
		for _, words := range []string{f.Fault, f.Warning} {
			if words != "" {
				fmt.Fprintf(w, "     %s\n", words)
			}
		}
	}
}

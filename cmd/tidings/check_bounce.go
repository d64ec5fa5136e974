package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/subscribe"
)

// bounceProbe is a mail that is to come back.
type bounceProbe struct {
	to   string // empty: nobody in the domain of mail.from
	wait time.Duration
}

// usage refuses flags that make no sense.
func (p *bounceProbe) usage(cmd *cobra.Command, home bool) error {
	for _, name := range []string{"bounce-to", "bounce-wait"} {
		if cmd.Flags().Changed(name) && !home {
			return usagef("--%s goes with --bounce", name)
		}
	}
	if p.wait <= 0 {
		return usagef("--bounce-wait: %v is no time to wait: more than 0, such as 2m", p.wait)
	}
	if cmd.Flags().Changed("bounce-to") {
		to, err := subscribe.NormalizeAddress(p.to)
		if err != nil {
			return usagef("--bounce-to: %w", err)
		}
		p.to = to
	}
	return nil
}

// probeLook is how often to look whether the report is there: the daemon may be the one who took it.
const probeLook = 200 * time.Millisecond

// goesHome sends a mail that cannot arrive, and waits for the report.
func (a *app) goesHome(ctx context.Context, cfg *config.Config, p bounceProbe) finding {
	f := finding{What: "bounce", Note: "to " + cfg.Bounce.Domain}
	note, err := a.probe(ctx, cfg, p)
	if err != nil {
		f.Fault = err.Error()
		return f
	}
	f.OK, f.Note = true, note
	return f
}

func (a *app) probe(ctx context.Context, cfg *config.Config, p bounceProbe) (note string, err error) {
	if cfg.Bounce.Domain == "" {
		return "", errors.New("bounce.domain is not set: nothing that comes back says which mail it was")
	}
	switch _, err := os.Stat(cfg.Database.Path); {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no database %s yet, where the report is written down: start the daemon (tidings serve), or put "+
			"something in (tidings topic load, tidings publish), then try again", cfg.Database.Path)
	case err != nil:
		return "", fmt.Errorf("the database, where the report is written down: %w", err)
	}
	h, err := open(ctx, cfg, a.errs)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, h.db.Close()) }()
	taking, stop := context.WithCancel(ctx)
	defer stop()
	group, taking := errgroup.WithContext(taking)
	gates, err := h.openGates(ctx)
	where := "this command"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		where = "the daemon"
	case err != nil:
		return "", err
	case h.cfg.Bounce.IMAP.Host != "":
		where = "the mailbox"
		h.cfg.Bounce.IMAP.Minutes = 1
	case len(gates) == 0:
		where = "whoever calls `tidings receive`"
	}
	h.serveGates(taking, group, gates)
	defer func() {
		stop()
		err = errors.Join(err, group.Wait())
	}()
	return h.sendProbe(ctx, p, where)
}

// sendProbe sends the mail and says what came of it.
func (h *house) sendProbe(ctx context.Context, p bounceProbe, where string) (string, error) {
	path := tidings.ReturnPath{Kind: tidings.ProbeMail, ID: randomID()}
	sender := h.keys.ReturnLocal(path, time.Time{}) + "@" + h.cfg.Bounce.Domain
	from, sent := bare(h.cfg.Mail.From), time.Now()
	if p.to == "" {
		p.to = "nobody-" + strings.ToLower(rand.Text()[:12]) + from[strings.LastIndexByte(from, '@'):]
	}
	mail := strings.Join([]string{
		"From: " + from, "To: " + p.to, "Subject: A test of what comes back", "Date: " + sent.Format(time.RFC1123Z),
		"Message-ID: <" + strings.ToLower(rand.Text()) + "@" + h.site.MailDomain + ">", "MIME-Version: 1.0", "Content-Type: text/plain; charset=us-ascii",
		"Auto-Submitted: auto-generated", "", "Nobody should ever read this: it went to an address that does not exist.", "",
	}, "\r\n")
	if err := h.sendBeside(ctx, sender, p.to, []byte(mail)); err != nil {
		return "", fmt.Errorf("%w\n     a relay that knows at once who is not there sends no report: name an address of another domain with --bounce-to", err)
	}
	waiting, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	for {
		r, err := h.db.BounceOf(ctx, path)
		switch {
		case err == nil:
			return fmt.Sprintf("the report came home after %v by %s (%s): %s %s",
				time.Since(sent).Round(100*time.Millisecond), r.Via, where, r.Status, r.Diagnostic), nil
		case !errors.Is(err, tidings.ErrNotFound):
			return "", err
		}
		if rest(waiting, probeLook); waiting.Err() != nil {
			return "", fmt.Errorf("the relay took a mail to %s, and %v later no report of it has come to %s at %s:\n"+
				"     look into the relay's log, and whether mail for %s comes here (docs/bounces.md)", p.to, p.wait, sender, where, h.cfg.Bounce.Domain)
		}
	}
}

// randomID is a number that no other probe has.
func randomID() int64 {
	var octets [8]byte
	rand.Read(octets[:])                                     // never fails: crypto/rand ends the program instead
	return int64(binary.BigEndian.Uint64(octets[:])>>16) + 1 //nolint:gosec // 48 bits
}

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tidings/tidings/mailer/mailbox"
)

// What the scripts print can be written anew: go test ./cmd/tidings -run Scripts -update.
var update = flag.Bool("update", false, "write the expected output into the scripts")

// TestScriptsKeepTheirPromises runs the program as people at a keyboard do: testdata/script/*.txt are what they type,
// and what they must see.
func TestScriptsKeepTheirPromises(t *testing.T) {
	t.Parallel()
	ministry, err := filepath.Abs("../../examples/ministry")
	if err != nil {
		t.Fatal(err)
	}
	dir, files := "testdata/script", []string(nil)
	if testing.Short() { // under the race detector: those in which several things happen at once
		for _, name := range []string{"backup", "digest", "pictures", "receive", "relay", "sources"} {
			files = append(files, filepath.Join(dir, name+".txt"))
		}
		dir = ""
	}
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		Files:         files,
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("MINISTRY", ministry)
			e.Values[boxKey{}] = new(relay)
			e.Values[siteKey{}] = new(otherSite)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "jsonvalid": jsonValid, "mailbox": openMailbox, "mails": printMails, "leavemail": leaveMailCommand, "bouncemail": bounceMailCommand,
			"feedserver": feedServer, "withsource": withSource, "serves": serves, "requests": requests, "pictures": pictures,
			"manyreleases": manyReleases,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// exits CODE PROGRAM [ARG...]: the program must end with this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// jsonvalid [TEXT...]: what was printed last is one JSON value, and has each text in it.
func jsonValid(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: jsonvalid [TEXT...]")
	}
	printed := ts.ReadFile("stdout")
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(printed)); err != nil {
		ts.Fatalf("%v in:\n%s", err, printed)
	}
	for _, text := range args {
		if !strings.Contains(compact.String(), text) {
			ts.Fatalf("no %s in %s", text, &compact)
		}
	}
}

type boxKey struct{}

// relay is a script's own; nil: none was opened.
type relay struct{ box *mailbox.Box }

func relayOf(ts *testscript.TestScript) *relay { return ts.Value(boxKey{}).(*relay) }

// mailbox [ADDRESS[=STATUS[@dot]]...]: opens a relay on loopback that keeps what it is given, and tells the program of it. Mails to the
// addresses it refuses for good: with 5.1.1 where nothing else is said, and at once where it is not said that it reads them first.
func openMailbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: mailbox [ADDRESS[=STATUS[@dot]]...]")
	}
	box, err := mailbox.Listen("127.0.0.1:0", mailbox.Options{Reply: func(phase mailbox.Phase, _, to string) error {
		for _, arg := range args {
			address, how, _ := strings.Cut(arg, "=")
			status, dot := strings.CutSuffix(how, "@dot")
			if address == to && (dot && phase == mailbox.Dot || !dot && phase == mailbox.To) {
				return mailbox.Refusal(550, cmp.Or(status, "5.1.1"), "no such user")
			}
		}
		return nil
	}})
	ts.Check(err)
	ts.Defer(func() { ts.Check(box.Close()) })
	host, port, err := net.SplitHostPort(box.Addr())
	ts.Check(err)
	ts.Setenv("TIDINGS_SMTP_HOST", host)
	ts.Setenv("TIDINGS_SMTP_PORT", port)
	ts.Setenv("TIDINGS_SMTP_SECURITY", "none")
	relayOf(ts).box = box
}

// mails: prints the mails that the mailbox holds, in the order of their arrival.
func printMails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: mails")
	}
	box := relayOf(ts).box
	if box == nil {
		ts.Fatalf("open a mailbox first")
	}
	mails := box.Mails()
	fmt.Fprintf(ts.Stdout(), "%d in the mailbox\n", len(mails))
	for _, m := range mails {
		v, err := mailbox.Read(m.Data)
		ts.Check(err)
		fmt.Fprintf(ts.Stdout(), "\n-> %s\nSubject: %s\n", m.To, v.Subject)
		for _, h := range v.Headers {
			fmt.Fprintf(ts.Stdout(), "%s: %s\n", h.Name, h.Value)
		}
		_, err = io.WriteString(ts.Stdout(), "\n"+v.Text)
		ts.Check(err)
	}
}

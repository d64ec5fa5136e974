package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // zones are the same on every machine, also where none are installed

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/config"
)

// The exit codes; doc.go tells what they mean.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartial = 3
	exitLater   = 75 // EX_TEMPFAIL: what mail servers understand
)

// errPartial says that a command did a part of what it was asked, and has reported the rest.
var errPartial = errors.New("not all of it could be done")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program with all that it touches given, so that a test can be the shell.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	a := &app{in: in, out: out, errs: errs, now: time.Now}
	return a.run(ctx, args)
}

func exitCode(err error) int {
	var (
		invalid  *tidings.InvalidError
		problems config.Problems
		usage    *usageError
		later    *laterError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &later):
		return exitLater
	case errors.Is(err, errPartial):
		return exitPartial
	case errors.As(err, &invalid), errors.As(err, &problems), errors.As(err, &usage), isAny(err, tidings.ErrNotFound, tidings.ErrExists, tidings.ErrSuppressed):
		return exitUsage
	}
	return exitFailed
}

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

// explain adds to an error what the person at the keyboard can do about it.
func explain(err error) string {
	hint := ""
	switch {
	case errors.Is(err, tidings.ErrLocked):
		hint = "the daemon, or another command, is sending; it will also send what is waiting"
	case errors.Is(err, tidings.ErrNewerDatabase):
		hint = "install the version that made it, or a newer one"
	case errors.Is(err, tidings.ErrOlderSender):
		hint = "stop it: the next command of this program brings the database to its own version; to have a way back, make a backup with " +
			"the older program first"
	case errors.Is(err, tidings.ErrSuppressed):
		hint = "for that reason nothing may be written to this address: who was erased can join again by themselves; " +
			"when you know that it may be written to again: tidings subscriber lift ADDRESS --reason TEXT"
	}
	text := strings.ReplaceAll(err.Error(), context.Canceled.Error(), "interrupted")
	if hint == "" {
		return text
	}
	return text + "\n  " + hint
}

// usageError is a command called in a way that it is not made for.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// app is what every command has at hand.
type app struct {
	in         io.Reader
	out, errs  io.Writer
	now        func() time.Time
	configPath string
	json       bool
}

// run does what the words ask for and gives the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.command()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.errs)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.Is(err, errPartial) {
		fmt.Fprintf(a.errs, "tidings: %s\n", explain(err))
	}
	return exitCode(err)
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "tidings",
		Short: "Publish releases as feeds, pages and digests by mail",
		Long: strings.TrimSpace(`
Tidings publishes an organisation's releases. They go into one SQLite file; feeds and pages come out, and every subscriber gets
a digest of just the new releases that match what they chose.

  tidings demo       see all of it at work, on this machine alone
  tidings init       begin a site of your own`),
		Args:          cobra.ArbitraryArgs, // so that strict, not cobra, answers an unknown command
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w\n  see: %s --help", plainly(err), cmd.CommandPath())
	})
	path := os.Getenv("TIDINGS_CONFIG")
	if path == "" {
		path = "tidings.toml"
	}
	root.PersistentFlags().StringVarP(&a.configPath, "config", "c", path, "the configuration `file` (or $TIDINGS_CONFIG)")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print JSON, for machines to read")
	for _, g := range []*cobra.Group{{ID: "site", Title: "The site:"}, {ID: "desk", Title: "The press office:"}, {ID: "readers", Title: "The readers:"}} {
		root.AddGroup(g)
	}
	add := func(group string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("site", a.initCommand(), a.themeCommand(), a.serveCommand(), a.demoCommand(), a.checkCommand(), a.doctorCommand(), a.keysCommand(), a.exportCommand(), a.backupCommand(), a.restoreCommand(),
		a.resumeCommand(), a.versionCommand())
	add("desk", a.importCommand(), a.publishCommand(), a.correctCommand(), a.withdrawCommand(), a.releaseCommand(), a.topicCommand(), a.sourceCommand())
	add("readers", a.subscriberCommand(), a.suppressionCommand(), a.bounceCommand(), a.digestCommand(), a.runCommand(), a.queueCommand(), a.deliveryCommand(), a.feedCommand(), a.receiveCommand())
	strict(root)
	return root
}

// strict makes every wrong number of arguments and every unknown subcommand a usage error that names the way out.
func strict(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usagef("%w\n  use: %s", err, c.UseLine())
			}
			return nil
		}
	}
	cmd.SuggestionsMinimumDistance = 2 // cobra's own, which it sets only for the root
	if cmd.HasSubCommands() && cmd.Run == nil && cmd.RunE == nil {
		cmd.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%s has no command %q%s", c.CommandPath(), args[0], didYouMean(c.SuggestionsFor(args[0])))
			}
			return c.Help()
		}
	}
	for _, c := range cmd.Commands() {
		strict(c)
	}
}

// plainly says what is wrong with a flag's number as people would, not as Go's library does.
func plainly(err error) error {
	number := (*strconv.NumError)(nil)
	if !errors.As(err, &number) {
		return err
	}
	want := "a whole number is wanted"
	switch {
	case errors.Is(number, strconv.ErrRange):
		want = "no number may be as large"
	case number.Func == "ParseBool":
		want = "true or false is wanted"
	case number.Func == "ParseFloat":
		want = "a number is wanted"
	}
	return errors.New(strings.Replace(err.Error(), number.Error(), want, 1))
}

func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}

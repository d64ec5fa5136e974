package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("say: bench releases N, bench words N, bench subscribers N, bench topics, or bench load [--clients N] [--duration D] [--together] and URLs")

func run(ctx context.Context, args []string, to io.Writer) error {
	if len(args) < 2 && (len(args) == 0 || args[0] != "topics") {
		return errUsage
	}
	out := bufio.NewWriter(to)
	var err error
	switch args[0] {
	case "releases":
		err = count(args[1], func(n int) error { return writeReleases(out, n) })
	case "words":
		err = count(args[1], func(n int) error { return writeWords(out, n) })
	case "subscribers":
		err = count(args[1], func(n int) error { return writeSubscribers(out, n) })
	case "topics":
		err = writeTopics(out)
	case "load":
		err = loadCommand(ctx, args[1:], to)
	default:
		return errUsage
	}
	return errors.Join(err, out.Flush())
}

func count(arg string, do func(int) error) error {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 {
		return errUsage
	}
	return do(n)
}

func loadCommand(ctx context.Context, args []string, to io.Writer) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	clients := flags.Int("clients", 64, "readers at once")
	duration := flags.Duration("duration", 10*time.Second, "how long to ask for")
	together := flags.Bool("together", false, "ask for all URLs in turn")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 || *clients < 1 {
		return errUsage
	}
	urls, err := readURLs(flags.Args())
	if err != nil {
		return err
	}
	groups := [][]string{urls}
	if !*together {
		groups = groups[:0]
		for _, u := range urls {
			groups = append(groups, []string{u})
		}
	}
	fmt.Fprintf(to, "%10s %10s %9s %9s %9s %9s %8s %6s  %s\n", "first ms", "slowest", "req/s", "p50 ms", "p99 ms", "max ms", "octets", "faults", "URL")
	for _, group := range groups {
		m, err := measure(ctx, group, *clients, *duration)
		if err != nil {
			return err
		}
		fmt.Fprintln(to, m)
	}
	return nil
}

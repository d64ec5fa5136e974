package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/fetch"
	"github.com/tidings/tidings/ingest"
)

// intake reads what an import is given.
type intake struct {
	app   *app
	house *house
	opts  ingest.Options
	flags importFlags
	now   time.Time // one for all: what has no date is of now, and must not be scheduled for a moment later
}

// headSize is how much of a file tells of what kind it is.
const headSize = 4096

// one reads a folder, a URL, a file, or standard input. Whatever it asks of others ends with ctx.
func (in *intake) one(ctx context.Context, arg string) iter.Seq[ingest.Item] {
	if isURL(arg) {
		return in.url(ctx, arg)
	}
	if info, err := os.Stat(arg); err == nil && info.IsDir() {
		return in.folder(arg)
	}
	return func(yield func(ingest.Item) bool) {
		name, r, err := in.app.openInput(arg)
		if err != nil {
			yield(ingest.Item{File: arg, Err: tidings.Invalidf(arg, "%v", err)})
			return
		}
		defer r.Close()
		beside, done := folderOf(arg)
		defer done()
		in.file(ctx, bufio.NewReaderSize(r, 64<<10), name, beside)(yield)
	}
}

// file reads a file by its kind; beside is the folder that it is in.
func (in *intake) file(ctx context.Context, r *bufio.Reader, name string, beside fs.FS) iter.Seq[ingest.Item] {
	head, _ := r.Peek(headSize) // a shorter file is a shorter head
	table := ingest.TableOptions{Options: in.opts, Columns: in.flags.columns, Format: ingest.TextFormat(in.flags.format)}
	switch ingest.Detect(name, head) {
	case ingest.KindArchive:
		return ingest.Archive(r, name, in.opts)
	case ingest.KindTable:
		return ingest.CSV(r, name, table)
	case ingest.KindLines:
		return ingest.JSONLines(r, name, table)
	case ingest.KindFeed:
		return in.feed(ctx, r, name)
	case ingest.KindDocument:
	}
	return func(yield func(ingest.Item) bool) {
		yield(ingest.Document(r, name, beside, in.opts))
	}
}

// folder reads a site. Links in it cannot lead out of it.
func (in *intake) folder(path string) iter.Seq[ingest.Item] {
	return func(yield func(ingest.Item) bool) {
		root, err := os.OpenRoot(path)
		if err != nil {
			yield(ingest.Item{File: path, Err: tidings.Invalidf(path, "%v", err)})
			return
		}
		defer root.Close()
		ingest.Folder(root.FS(), ingest.FolderOptions{
			Options: in.opts, Languages: in.house.site.Languages, Within: in.flags.within, Permalink: in.flags.permalink,
		})(yield)
	}
}

// feed reads a file that is a feed.
func (in *intake) feed(ctx context.Context, r io.Reader, name string) iter.Seq[ingest.Item] {
	return func(yield func(ingest.Item) bool) {
		opts := in.house.feedOptions(in.opts, in.now)
		opts.Stored = in.house.storedFor(ctx, in.flags.pictures)
		if in.flags.pictures {
			client := fetch.NewClient(in.house.site)
			defer client.Close()
			in.house.showing(ctx, &opts, client, in.flags.private, in.app.now)
		}
		ingest.Feed(r, name, opts)(yield)
	}
}

// url fetches a feed and reads it.
func (in *intake) url(ctx context.Context, address string) iter.Seq[ingest.Item] {
	return func(yield func(ingest.Item) bool) {
		client := fetch.NewClient(in.house.site)
		defer client.Close()
		answer, err := client.Get(ctx, fetch.Request{URL: address, Private: in.flags.private}, in.now)
		if err == nil && answer.Status != http.StatusOK {
			err = tidings.Invalidf(address, "it answered %d %s", answer.Status, http.StatusText(answer.Status))
		}
		if err != nil {
			yield(ingest.Item{File: address, Err: tidings.Invalidf(address, "%v", err)})
			return
		}
		opts := in.house.feedOptions(in.opts, in.now)
		opts.URL, opts.Identity, opts.ContentType = answer.URL, address, answer.ContentType
		pictures := in.flags.pictures || !in.flags.asSaid
		opts.Stored = in.house.storedFor(ctx, pictures)
		if pictures {
			in.house.showing(ctx, &opts, client, in.flags.private, in.app.now)
		}
		ingest.Feed(bytes.NewReader(answer.Body), address, opts)(yield)
	}
}

func isURL(arg string) bool {
	u, err := url.Parse(arg)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// openInput opens a file, or standard input for "-".
func (a *app) openInput(path string) (name string, in io.ReadCloser, err error) {
	if path == "-" {
		return ingest.StandardInput, io.NopCloser(a.in), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", nil, errors.Unwrap(err)
	}
	if st, err := f.Stat(); err == nil && st.IsDir() {
		return "", nil, errors.Join(errors.New("is a folder; name the files in it"), f.Close())
	}
	return strings.TrimSpace(filepath.Base(path)), f, nil
}

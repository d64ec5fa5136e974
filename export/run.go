package export

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"

	"github.com/tidings/tidings"
)

// Run exports the site that the handler serves into the folder.
func Run(ctx context.Context, handler http.Handler, plan *Plan, dir string, opts Options) (*Report, error) {
	f, err := openFolder(dir, opts)
	if err != nil {
		return nil, err
	}
	r := &run{
		plan: plan, handler: handler, opts: opts, folder: f, next: newManifest(plan), seen: map[string]bool{},
		report: &Report{Written: []string{}, Removed: []string{}, Problems: []string{}},
	}
	r.current = !opts.Full && f.old.Fingerprint == plan.Fingerprint && f.old.Base == r.next.Base
	if err := r.walk(ctx); err != nil {
		return nil, err
	}
	for path, e := range r.next.Entries {
		r.settle(path, e)
	}
	if err := r.serverFiles(); err != nil {
		return nil, err
	}
	if r.report.Removed, err = f.sweep(r.next.files()); err != nil {
		return nil, err
	}
	slices.Sort(r.report.Written)
	slices.Sort(r.report.Problems)
	return r.report, f.finish(r.next)
}

// run is one export under way.
type run struct {
	plan    *Plan
	handler http.Handler
	opts    Options
	folder  *folder
	current bool // what the old manifest says of stamps holds

	mu     sync.Mutex
	next   *manifest
	seen   map[string]bool
	report *Report
}

// walk asks for what was planned and for what is linked, wave by wave. What stamped pages link to comes last: only what is no
// page is kept of it, since pages are found from where they are always found.
func (r *run) walk(ctx context.Context) error {
	wave := []target{{path: r.plan.missing()}}
	for _, item := range r.plan.Items {
		if path, ok := r.plan.pathOf(r.plan.Site.Base, item.URL); ok {
			wave = append(wave, target{path: path, stamp: item.Stamp})
		}
	}
	var later []target
	for len(wave) > 0 || len(later) > 0 {
		if len(wave) == 0 {
			wave, later = later, nil
		}
		found, err := r.visit(ctx, wave)
		if err != nil {
			return err
		}
		wave = nil
		for _, t := range found {
			if t.soft {
				later = append(later, t)
			} else {
				wave = append(wave, t)
			}
		}
	}
	return nil
}

// visit asks for all of a wave, a few at a time, and gives what is linked there.
func (r *run) visit(ctx context.Context, wave []target) (found []target, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan target)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for t := range queue {
				more, err := r.take(ctx, t)
				if err != nil {
					cancel(fmt.Errorf("%s: %w", r.plan.urlOf(t.path), err))
					continue
				}
				r.mu.Lock()
				found = append(found, more...)
				r.mu.Unlock()
			}
		})
	}
	for _, t := range wave {
		if r.seen[t.path] {
			continue
		}
		r.seen[t.path] = true
		select {
		case queue <- t:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	group.Wait()
	return found, context.Cause(ctx)
}

// take brings one URL into the export.
func (r *run) take(ctx context.Context, t target) ([]target, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil //nolint:nilerr // the cause is known already
	}
	if !plain(t.path) {
		r.problem("%q cannot stand in a line, and is left out%s", t.path, linkedOn(t))
		return nil, nil
	}
	if e := r.unchanged(t); e != nil {
		r.keep(t, e)
		return needed(t.path, e), nil
	}
	a, err := ask(ctx, r.handler, r.plan.urlOf(t.path))
	if err != nil {
		return nil, err
	}
	if r.opts.Each != nil {
		r.opts.Each(t.path)
	}
	if t.soft && (a.isPage() || a.moved()) && a.status != http.StatusNotFound {
		return nil, nil
	}
	if a.status == http.StatusOK && a.isForOne() {
		return nil, nil // forms, and what is somebody's own: their links lead to the daemon
	}
	e := &entry{Status: a.status, Type: a.mediaType(), Stamp: t.stamp, Page: a.isPage()}
	switch {
	case a.moved():
		e.To, e.Type, e.Page = a.header.Get("Location"), "", false
	case a.status == http.StatusOK, a.status == http.StatusGone, a.status == http.StatusNotFound && t.path == r.plan.missing():
		e.File = r.plan.fileOf(t.path, a)
	case a.status == http.StatusNotFound:
		r.problem("%s leads nowhere%s", t.path, linkedOn(t))
		return nil, nil
	default:
		return nil, fmt.Errorf("it answers %d", a.status)
	}
	if e.File == "" && e.To == "" {
		r.problem("%s has a name that no file can have%s", t.path, linkedOn(t))
		return nil, nil
	}
	return r.store(t, e, a)
}

func linkedOn(t target) string {
	if t.from == "" {
		return ""
	}
	return ", linked on " + t.from
}

// store keeps an answer, and gives what it links to.
func (r *run) store(t target, e *entry, a *answer) ([]target, error) {
	data := a.body.Bytes()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Asked++
	e.Headers = r.next.note(a.headers())
	if e.File != "" {
		e.Hash, e.Size = tidings.HashOf(data), int64(len(data))
		if err := r.write(e.File, data); err != nil {
			return nil, err
		}
	}
	r.next.Entries[t.path] = e
	if a.status != http.StatusOK {
		return nil, nil // what it links to is nobody's to miss
	}
	on := r.plan.urlOf(t.path)
	var found []target
	for _, ref := range links(a) {
		if path, ok := r.plan.pathOf(on, ref); ok && !slices.Contains(e.links, path) {
			e.links = append(e.links, path)
			found = append(found, target{path: path, from: t.path, soft: t.stamp != ""})
		}
	}
	return found, nil
}

// write puts octets into a file when it holds others. The lock is held.
func (r *run) write(name string, data []byte) error {
	if err := r.folder.claim(name); err != nil {
		return err
	}
	differs, err := r.folder.differs(name, data)
	if err != nil || !differs {
		return err
	}
	r.report.Written = append(r.report.Written, name)
	return r.folder.put(name, data)
}

// unchanged is what is known of a URL that need not be asked for.
func (r *run) unchanged(t target) *entry {
	old := r.folder.old
	e := old.Entries[t.path]
	if !r.current || e == nil || !r.plan.shown(t.path) || !r.folder.has(e) {
		return nil
	}
	if t.known || t.stamp != "" && e.Stamp == t.stamp || t.stamp == "" && old.immutable(e) {
		return e
	}
	return nil
}

func (r *run) keep(t target, e *entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := *e
	kept.Headers = r.next.note(r.folder.old.Headers[e.Headers])
	r.next.Entries[t.path] = &kept
	r.report.Kept++
}

// needed are what a page that was not asked for shows.
func needed(on string, e *entry) []target {
	found := make([]target, len(e.Needs))
	for i, path := range e.Needs {
		found[i] = target{path: path, from: on, soft: true, known: true}
	}
	return found
}

// settle writes down what a stamped page needs, and counts.
func (r *run) settle(path string, e *entry) {
	switch {
	case e.To != "":
		r.report.Redirects++
	case e.Status == http.StatusGone:
		r.report.Gone++
	}
	if e.File != "" {
		r.report.Files++
		r.report.Octets += e.Size
	}
	if e.Stamp == "" || e.links == nil {
		return
	}
	e.Needs = nil
	for _, link := range e.links {
		if to := r.next.Entries[link]; to != nil && !to.Page && link != path {
			e.Needs = append(e.Needs, link)
		}
	}
	slices.Sort(e.Needs)
}

func (r *run) problem(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Asked++
	r.report.Problems = append(r.report.Problems, fmt.Sprintf(format, args...))
}

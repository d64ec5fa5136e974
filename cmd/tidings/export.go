package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/export"
)

func (a *app) exportCommand() *cobra.Command {
	var opts export.Options
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Write the whole site into a folder, for any web server or CDN",
		Long: "Write every page, feed, file and picture into a folder, octet by octet as the daemon serves them, with what nginx, Apache, Caddy\n" +
			"and the common hosts of static sites need to know of redirects, withdrawn releases, media types and headers (docs/export.md).\n" +
			"Again, it asks only for what may have changed, writes what differs and removes what is gone; files that it did not write stay.\n" +
			"What is scheduled and due becomes public first. Search and joining need the daemon (docs/export.md).",
		Example: "  tidings export /srv/news",
		Args:    cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			report, err := a.export(ctx, h, args[0], opts)
			if err != nil {
				return err
			}
			return a.show(report, func(w io.Writer) { printExport(w, report, args[0], opts.DryRun) })
		}),
	}
	cmd.Flags().BoolVar(&opts.Full, "full", false, "ask for every page anew, whatever has changed")
	cmd.Flags().BoolVar(&opts.Force, "force", false, "also into a folder with other files in it, which stay")
	cmd.Flags().BoolVar(&opts.DryRun, "dry-run", false, "say what would be written and removed, and change nothing")
	return cmd
}

func (a *app) export(ctx context.Context, h *house, dir string, opts export.Options) (*export.Report, error) {
	if !opts.DryRun {
		if _, err := h.db.PublishDue(ctx, a.now()); err != nil {
			return nil, err
		}
	}
	handler, err := h.web(ctx, a.now())
	if err != nil {
		return nil, err
	}
	plan, err := h.exportPlan(ctx)
	if err != nil {
		return nil, err
	}
	bar := a.progress("exporting")
	opts.Each = func(string) { _ = bar.Add(1) } // a bar that cannot be drawn keeps nobody from exporting
	report, err := export.Run(ctx, handler, plan, dir, opts)
	_ = bar.Finish()
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return report, nil
}

// exportPlan is what no page need link to: old addresses, what is withdrawn, and every release with the state it is in.
func (h *house) exportPlan(ctx context.Context) (*export.Plan, error) {
	topics, err := h.db.Topics(ctx)
	if err != nil {
		return nil, err
	}
	places, err := h.db.Places(ctx)
	if err != nil {
		return nil, err
	}
	files, err := h.db.PublicFiles(ctx)
	if err != nil {
		return nil, err
	}
	plan := &export.Plan{Site: h.site, Shown: map[string]bool{}}
	if plan.Fingerprint, err = h.exportFingerprint(topics); err != nil {
		return nil, err
	}
	add := func(url, stamp string) { plan.Items = append(plan.Items, export.Item{URL: url, Stamp: stamp}) }
	for _, url := range []string{h.site.URL(), h.site.URL("robots.txt"), h.site.SitemapURL(), h.site.SearchURL(""), h.site.OPMLURL()} {
		add(url, "")
	}
	for _, path := range slices.Sorted(maps.Keys(h.templates.Assets())) {
		add(h.site.URL(strings.Split(strings.TrimPrefix(path, "/"), "/")...), "")
	}
	for i := range topics {
		if sel := (tidings.Selection{Topic: topics[i].Slug}); !topics[i].Ended.IsZero() {
			add(h.site.SelectionURL(sel), "")
			for _, f := range tidings.FeedFormats() {
				add(h.site.FeedURL(sel, f), "")
			}
		}
	}
	for _, hash := range files {
		plan.Shown[h.site.URL("files", hash)] = true
	}
	for _, p := range places {
		if p.Revision > 0 {
			plan.Shown[h.site.CardURL(&tidings.Release{Slug: p.Slug, Revision: p.Revision})] = true
		}
		if p.Slug != "" {
			add(h.site.ReleaseURL(p.Slug), p.Stamp)
		} else {
			add(h.site.URL(strings.Split(strings.TrimPrefix(p.Path, "/"), "/")...), p.Stamp)
		}
	}
	return plan, nil
}

// exportFingerprint tells apart what any page may depend on besides its release: the program, its configuration, the
// operator's templates, the topics' names.
func (h *house) exportFingerprint(topics []tidings.Topic) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%+v %s\n", readVersion(), h.cfg.Fingerprint())
	if err := json.NewEncoder(sum).Encode(topics); err != nil {
		return "", err
	}
	for _, path := range slices.Sorted(maps.Keys(h.templates.Assets())) { // the style's and the logo's have a hash in them
		fmt.Fprintln(sum, path)
	}
	if h.cfg.Theme.Dir != "" {
		theme := os.DirFS(h.cfg.Theme.Dir)
		err := fs.WalkDir(theme, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(theme, name)
			fmt.Fprintf(sum, "%q %s\n", name, tidings.HashOf(data))
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// mostListed is how many files a person is told of by name.
const mostListed = 20

func printExport(w io.Writer, r *export.Report, dir string, dry bool) {
	list := func(what string, names []string) {
		for i, name := range names {
			if i == mostListed {
				fmt.Fprintf(w, "%-8s … and %d more\n", what, len(names)-i)
				return
			}
			fmt.Fprintf(w, "%-8s %s\n", what, name)
		}
	}
	list("written", r.Written)
	list("removed", r.Removed)
	list("problem", r.Problems)
	fmt.Fprintf(w, "%d written, %d removed, %s in %s: %d MB, %s, %s gone; %d asked for, %d kept\n",
		len(r.Written), len(r.Removed), plural(r.Files, "file", "files"), dir, r.Octets>>20,
		plural(r.Redirects, "redirect", "redirects"), plural(r.Gone, "page", "pages"), r.Asked, r.Kept)
	if dry {
		fmt.Fprintln(w, "a rehearsal: nothing was changed")
	}
}

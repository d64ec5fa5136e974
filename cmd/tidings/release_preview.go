package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/web"
)

func (a *app) releasePreview() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "preview RELEASE",
		Short: "Show a release as it will be read, also one that is not public yet",
		Long: "Show a release as plain text, as it stands at the desk. With --html, write its page into a file as it will look, with its\n" +
			"style and its pictures inside, for a browser or a colleague. Nothing becomes visible by it.",
		Example: "  tidings release preview steel-talks --html preview.html",
		Args:    cobra.ExactArgs(1),
		RunE: a.withHouse(func(ctx context.Context, h *house, args []string) error {
			r, err := h.release(ctx, args[0])
			if err != nil {
				return err
			}
			if r.Status == tidings.Withdrawn {
				return tidings.Invalidf(r.Slug, "was withdrawn; what is left of it: tidings release show %s", r.Slug)
			}
			if file == "" {
				return a.show(r, func(w io.Writer) { printPreview(w, h.site, &r) })
			}
			page, err := h.preview(ctx, r, a.now())
			if err != nil {
				return err
			}
			if err := writeNew(file, page, 0o644); errors.Is(err, fs.ErrExist) {
				return usagef("%s is there already: name another file, or remove it", file)
			} else if err != nil {
				return err
			}
			return a.show(map[string]string{"file": file}, func(w io.Writer) { fmt.Fprintln(w, file) })
		}),
	}
	cmd.Flags().StringVar(&file, "html", "", "write the page into this `file`")
	return cmd
}

func printPreview(w io.Writer, site *tidings.Site, r *tidings.Release) {
	if r.Office != "" {
		fmt.Fprintln(w, r.Office)
	}
	fmt.Fprintf(w, "%s\n%s\n\n", r.Title, strings.Repeat("=", min(72, max(3, len([]rune(r.Title))))))
	fmt.Fprintf(w, "[%s, %s", r.Status, r.Language)
	if !r.Published.IsZero() {
		fmt.Fprintf(w, ", %s", second(r.Published, site.Zone))
	}
	fmt.Fprint(w, "]\n\n")
	if r.Summary != "" {
		fmt.Fprintf(w, "%s\n\n", r.Summary)
	}
	if r.Note != "" {
		fmt.Fprintf(w, "Note: %s\n\n", r.Note)
	}
	fmt.Fprintln(w, r.Body.Text)
	for i, f := range r.Attachments {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "- %s\n", f.Name)
	}
}

// rehearsal is what the public would read, were one release public.
type rehearsal struct {
	web.Library
	web.Stacks
	release tidings.Release
}

// Release gives that one.
func (l rehearsal) Release(ctx context.Context, slug string) (tidings.Release, error) {
	if slug == l.release.Slug {
		return l.release, nil
	}
	return l.Library.Release(ctx, slug)
}

// preview is the page of a release as the daemon would serve it at now, in one piece.
func (h *house) preview(ctx context.Context, r tidings.Release, now time.Time) ([]byte, error) {
	r.Status, r.Seq = tidings.Published, max(r.Seq, 1)
	if r.Published.IsZero() {
		r.Published, r.Updated = now, now
	}
	all := rehearsal{Library: h.db, Stacks: h.db, release: r}
	handler, err := web.New(web.Config{
		Site: h.site, Library: all, Stacks: all, Catalogue: h.db, Searcher: h.db, Leaver: h.service(), Templates: h.templates, Log: h.log,
		Now: func() time.Time { return now },
	})
	if err != nil {
		return nil, err
	}
	status, page := askInside(ctx, handler, h.site.ReleaseURL(r.Slug))
	if status != http.StatusOK {
		return nil, fmt.Errorf("the page of %s answers %d", r.Slug, status)
	}
	page = styleLink.ReplaceAllFunc(page, func(link []byte) []byte {
		if status, css := askInside(ctx, handler, html.UnescapeString(string(styleLink.FindSubmatch(link)[1]))); status == http.StatusOK {
			return []byte("<style>\n" + string(css) + "</style>")
		}
		return link
	})
	return h.withPictures(ctx, page)
}

var (
	styleLink   = regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)">`)
	pictureLink = regexp.MustCompile(`(<img[^>]* src=")([^"]+/files/([0-9a-f]{64})/[^"]*)(")`)
)

// withPictures puts the pictures that are kept here into the page: those of a draft are nowhere else to be seen.
func (h *house) withPictures(ctx context.Context, page []byte) (_ []byte, err error) {
	page = pictureLink.ReplaceAllFunc(page, func(img []byte) []byte {
		m := pictureLink.FindSubmatch(img)
		f, fault := h.db.DeskFile(ctx, string(m[3]))
		if fault != nil {
			err = errors.Join(err, fault)
			return img
		}
		return []byte(string(m[1]) + "data:" + f.MediaType + ";base64," + base64.StdEncoding.EncodeToString(f.Data) + string(m[4]))
	})
	return page, err
}

// askInside asks a handler in this process.
func askInside(ctx context.Context, handler http.Handler, url string) (status int, body []byte) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return http.StatusBadRequest, nil
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

package ingest

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
)

// survey is what the names alone tell of a folder: a first pass, before any file is read.
type survey struct {
	pages   map[string][]string // the pages by their name without folder, date, language and extension, in lower case
	shared  map[string]int      // how many pages have this path once its language is taken out
	markers []string            // files that only one tool has, nearest to the top first
}

// take walks the folder once and keeps its names.
func (f *folder) take() {
	f.survey = survey{pages: map[string][]string{}, shared: map[string]int{}}
	var pages []string
	// What cannot be read is told when the second pass comes by.
	_ = fs.WalkDir(f.fsys, ".", func(p string, entry fs.DirEntry, err error) error {
		switch readable := err == nil; {
		case readable && entry.IsDir() && closed(p) != "":
			return fs.SkipDir
		case readable && entry.IsDir():
			f.tongues.folder(p, folderNames(f.fsys, p))
		case readable && isPage(p):
			pages = append(pages, p)
		case readable && isMarker(path.Base(p)):
			f.survey.markers = append(f.survey.markers, p)
		}
		return nil
	})
	slices.SortStableFunc(f.survey.markers, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	f.tool = f.readTool()
	for _, p := range pages {
		_, neutral := f.tongues.of(p)
		f.survey.shared[neutral]++
		f.survey.pages[f.callName(p)] = append(f.survey.pages[f.callName(p)], p)
	}
}

// bundles are the pages whose folders are their own, in no order.
func (s *survey) bundles() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, pages := range s.pages {
			for _, p := range pages {
				if stem, _, _ := strings.Cut(path.Base(p), "."); stem == "index" && !yield(p) {
					return
				}
			}
		}
	}
}

func folderNames(fsys fs.FS, p string) []string {
	entries, err := fs.ReadDir(fsys, p)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// callName is what people call a page when they link to it.
func (f *folder) callName(p string) string {
	_, neutral := f.tongues.of(p)
	name := path.Base(neutral)
	if name == "index" {
		name = path.Base(path.Dir(neutral))
	}
	if _, rest := nameDate(name); rest != "" {
		name = rest
	}
	return strings.ToLower(name)
}

// isPage: Markdown, and what Jekyll's posts may be besides.
func isPage(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".md", ".markdown", ".mdx", ".mkd", ".mdown":
		return true
	case ".html", ".htm":
		return strings.Contains("/"+p, "/_posts/") || strings.Contains("/"+p, "/_drafts/")
	}
	return false
}

// closed says why a folder is not looked into, "" for one that is.
func closed(p string) string {
	switch name := path.Base(p); {
	case p == ".":
		return ""
	case strings.HasPrefix(name, "."):
		return "a hidden folder: not looked into"
	case name == "node_modules" || name == "bower_components":
		return "programs of others: not looked into"
	}
	return ""
}

// passed says why a file is no release by its name alone; "" for one that is to be read.
func (f *folder) passed(p string, entry fs.DirEntry) string {
	base := path.Base(p)
	switch {
	case entry.Type()&fs.ModeSymlink != 0:
		return f.symbolic(p)
	case strings.HasPrefix(base, "."):
		return "a hidden file"
	case !entry.Type().IsRegular():
		return "no file"
	}
	if why := f.ofTheTool(p); why != "" {
		return why
	}
	if !isPage(p) {
		return f.noPage(p)
	}
	if stem, _, _ := strings.Cut(base, "."); stem == "_index" {
		return "a section's list page"
	}
	if w := f.opts.Within; w != "" && !strings.HasPrefix(p, strings.Trim(w, "/")+"/") {
		return "outside " + strings.Trim(w, "/")
	}
	return ""
}

// symbolic says why a link is not followed.
func (f *folder) symbolic(p string) string {
	switch _, err := fs.Stat(f.fsys, p); {
	case err == nil:
		return "a symbolic link: what it leads to is taken where it stands"
	case errors.Is(err, fs.ErrNotExist):
		return "a symbolic link that leads nowhere"
	}
	return "a symbolic link that leads out of the folder: not taken"
}

// ofTheTool knows the folders that hold a tool's templates and data.
func (f *folder) ofTheTool(p string) string {
	inner := strings.TrimPrefix(strings.TrimPrefix(p, f.tool.root), "/")
	if !isPage(p) {
		return ""
	}
	for i, segment := range strings.Split(path.Dir(inner), "/") {
		switch segment {
		case "_layouts", "_includes", "_partials", "_templates":
			return "a template of the site"
		case "_data":
			return "data of the site"
		case "themes", "layouts", "archetypes", "templates", "i18n":
			if i == 0 {
				return "a template of the site"
			}
		case "static", "public", "assets":
			if i == 0 {
				return "a file of the site, not a page"
			}
		}
	}
	return ""
}

// noPage says what a file is that is no Markdown.
func (f *folder) noPage(p string) string {
	ext := strings.ToLower(path.Ext(p))
	if mediaType(p) == "" {
		if ext == "" {
			return "not Markdown"
		}
		return "not Markdown: " + ext
	}
	if dir := path.Dir(p); f.exists(path.Join(dir, "index.md")) || f.exists(path.Join(dir, "index.mdx")) {
		return fmt.Sprintf("a file of the bundle %s: taken where its text shows it", dir)
	}
	return "a picture or another file: taken where a release shows it"
}

func (f *folder) exists(p string) bool {
	info, err := fs.Stat(f.fsys, p)
	return err == nil && info.Mode().IsRegular()
}

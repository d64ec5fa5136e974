package export

import (
	"net/url"
	"path"
	"strings"
	"unicode"

	"github.com/tidings/tidings"
)

// Item is a URL that the export begins with.
type Item struct {
	URL string // absolute, on the site
	// Stamp tells states of a page apart: while it is the same, the page need not be asked for again. Empty: always ask.
	Stamp string
}

// Plan is what to export.
type Plan struct {
	Site  *tidings.Site
	Items []Item
	// Shown are the URLs below which files are, and those of cards, that the site shows now. What is kept of an earlier export
	// below /files/ and /cards/ is among them: what goes away there is withdrawn, whatever still links to it.
	Shown       map[string]bool
	Fingerprint string // of all that any page may depend on besides its stamp: when it differs, every page is asked for
}

// Options change how Run runs.
type Options struct {
	Full   bool             // ask for everything, whatever the manifest says
	Force  bool             // also into a folder that has files of others in it
	DryRun bool             // write and remove nothing
	Each   func(url string) // hears of each URL that was asked for; may be nil
}

// Report is what a run did.
type Report struct {
	Asked     int      `json:"asked"`     // URLs that the handler was asked for
	Kept      int      `json:"kept"`      // those that it did not need to be asked for
	Files     int      `json:"files"`     // in the folder now
	Octets    int64    `json:"octets"`    // in these files
	Written   []string `json:"written"`   // files that are new or differ from before
	Removed   []string `json:"removed"`   // files that are no more
	Redirects int      `json:"redirects"` // URLs that lead elsewhere
	Gone      int      `json:"gone"`      // URLs that answer 410
	Problems  []string `json:"problems"`  // links that lead nowhere, and what no file can hold
}

// target is a URL of the site.
type target struct {
	path  string // decoded, with that of the base
	stamp string
	from  string // the path of the page that links here; empty: it was planned
	soft  bool   // a stamped page links here: what is a page is left to where it is always found
	known bool   // that page was not asked for: neither need this be
}

// pathOf gives the decoded path of an absolute URL or one relative to a page; not ok for what is not on the site, or is
// not one document: a query asks the daemon, which a folder cannot. So do the feeds of filters and of a search.
func (p *Plan) pathOf(on *url.URL, ref string) (decoded string, ok bool) {
	u, err := on.Parse(ref)
	if err != nil || u.Scheme != p.Site.Base.Scheme || u.Host != p.Site.Base.Host || u.RawQuery != "" {
		return "", false
	}
	base := strings.TrimSuffix(p.Site.Base.Path, "/")
	if u.Path == "" || u.Path == base {
		u.Path = base + "/"
	}
	return u.Path, strings.HasPrefix(u.Path, base+"/")
}

// urlOf is the URL of a decoded path.
func (p *Plan) urlOf(decoded string) *url.URL {
	return &url.URL{Scheme: p.Site.Base.Scheme, Host: p.Site.Base.Host, Path: decoded}
}

// shown: whether what was at a path once may still be there, for all that the plan says.
func (p *Plan) shown(decoded string) bool {
	folder, rest, _ := strings.Cut(strings.TrimPrefix(decoded, p.base()), "/")
	switch folder {
	case "files":
		hash, _, _ := strings.Cut(rest, "/")
		return p.Shown[p.Site.URL(folder, hash)]
	case "cards":
		return p.Shown[p.Site.URL(strings.Split(folder+"/"+rest, "/")...)]
	}
	return true
}

// The names that are ours in the folder besides what is asked for, below the site's path.
const (
	notFoundPage = "404.html"
	goneFolder   = "gone"
)

// base is the site's path, with a slash at its end.
func (p *Plan) base() string { return strings.TrimSuffix(p.Site.Base.Path, "/") + "/" }

// missing is a path that there never is.
func (p *Plan) missing() string { return p.base() + notFoundPage }

// fileOf is where an answer is kept, relative to the folder; empty: it cannot be.
func (p *Plan) fileOf(decoded string, a *answer) string {
	file := strings.TrimPrefix(decoded, "/")
	switch {
	case decoded == p.missing():
	case a.status == 410:
		file = strings.TrimPrefix(p.base(), "/") + goneFolder + "/" + strings.TrimPrefix(decoded, p.base()) + ".html"
	case strings.HasSuffix(decoded, "/"):
		file += "index.html"
	case a.isPage():
		file += ".html"
	}
	if !fits(file) {
		return ""
	}
	return file
}

// longestName is how many octets file systems allow a name; our temporary files' ending counts.
const longestName = 255 - len(unfinished)

// fits: whether a file can have this path, and means by it what the URL means.
func fits(file string) bool {
	if file != path.Clean(file) || strings.Contains(file, "\\") || !plain(file) || strings.HasPrefix(file, "../") {
		return false
	}
	for name := range strings.SplitSeq(file, "/") {
		if len(name) > longestName || strings.HasPrefix(name, ".") || name == "" {
			return false
		}
	}
	return true
}

// plain: whether a text can stand in a line. Whoever names pages must not write lines of a web server's configuration.
func plain(s string) bool { return !strings.ContainsFunc(s, unicode.IsControl) }

package ingest

import (
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// Limits of the files that a release may bring along, in octets.
const (
	largestKept = 32 << 20
	mostKept    = 128 << 20 // of all files of one release: they are in memory together
)

// mediaType is what a file holds by its name, as far as releases show it; "" for anything else.
func mediaType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".svg":
		return "image/svg+xml"
	case ".pdf":
		return "application/pdf"
	case ".zip":
		return "application/zip"
	case ".csv":
		return "text/csv"
	case ".txt":
		return "text/plain"
	case ".doc":
		return "application/msword"
	case ".xls":
		return "application/vnd.ms-excel"
	case ".ppt":
		return "application/vnd.ms-powerpoint"
	case ".hwp":
		return "application/x-hwp"
	case ".hwpx":
		return "application/hwp+zip"
	case ".epub":
		return "application/epub+zip"
	case ".mp3":
		return "audio/mpeg"
	case ".mp4":
		return "video/mp4"
	case ".ics":
		return "text/calendar"
	}
	return officeType(name)
}

// officeType: the formats of office programs whose names are long.
func officeType(name string) string {
	const ooxml = "application/vnd.openxmlformats-officedocument."
	switch strings.ToLower(path.Ext(name)) {
	case ".docx":
		return ooxml + "wordprocessingml.document"
	case ".xlsx":
		return ooxml + "spreadsheetml.sheet"
	case ".pptx":
		return ooxml + "presentationml.presentation"
	case ".odt":
		return "application/vnd.oasis.opendocument.text"
	case ".ods":
		return "application/vnd.oasis.opendocument.spreadsheet"
	case ".odp":
		return "application/vnd.oasis.opendocument.presentation"
	}
	return ""
}

// find is the path of the file that a reference of the page means, or "".
func (pg *page) find(ref string) string {
	ref, ok := pg.own(ref)
	if !ok {
		return ""
	}
	f := pg.folder
	var places []string
	if !strings.HasPrefix(ref, "/") {
		dir := path.Dir(pg.path)
		places = append(places, path.Join(dir, ref), path.Join(dir, pg.name, ref), path.Join(strings.TrimSuffix(pg.path, path.Ext(pg.path)), ref))
		if pg.address != "" {
			places = append(places, f.public(path.Join(strings.TrimPrefix(pg.address, f.tool.prefix), ref))...)
		}
	}
	places = append(places, f.public(ref)...)
	if f.tool.prefix != "" && strings.HasPrefix(ref, f.tool.prefix+"/") {
		places = append(places, f.public(strings.TrimPrefix(ref, f.tool.prefix))...)
	}
	for _, p := range places {
		if fs.ValidPath(p) && f.exists(p) {
			return p
		}
	}
	return ""
}

// public are the files that an address of the old site may have been served from.
func (f *folder) public(p string) []string {
	var out []string
	for _, dir := range []string{"", "static", "public", "assets", "src", "src/static", "src/assets", "src/public", "content", "source", "data", "site"} {
		if place := path.Join(f.tool.root, dir, p); !slices.Contains(out, place) {
			out = append(out, strings.TrimPrefix(place, "/"))
		}
	}
	return out
}

// own is the decoded path of a reference to the page's own site; false for one elsewhere.
func (pg *page) own(ref string) (string, bool) {
	ref = strings.TrimSpace(ref)
	for _, alias := range []string{"@/", "~/"} { // what bundlers write for the top
		if rest, cut := strings.CutPrefix(ref, alias); cut {
			ref = "/" + rest
		}
	}
	u, err := url.Parse(strings.ReplaceAll(ref, " ", "%20"))
	if err != nil || u.Path == "" || u.Host != "" && u.Host != pg.folder.tool.host || u.Host == "" && u.Scheme != "" {
		return "", false
	}
	return u.Path, true
}

// keep reads a file of the folder and keeps it with the release. The error says why it cannot be.
func (pg *page) keep(p string) (*tidings.File, error) {
	f := pg.folder
	info, err := fs.Stat(f.fsys, p)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", p, err)
	}
	switch {
	case info.Size() > largestKept:
		return nil, fmt.Errorf("%s is larger than %d MB", p, largestKept>>20)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s is empty", p)
	case info.Size() > pg.room:
		return nil, fmt.Errorf("%s is one too many: the files of one release are more than %d MB", p, mostKept>>20)
	}
	file, err := f.fsys.Open(p)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", p, err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, largestKept))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", p, err)
	}
	kept := tidings.File{Hash: tidings.HashOf(data), Name: path.Base(p), MediaType: mediaType(p), Data: data}
	for i := range pg.kept {
		if pg.kept[i].Hash == kept.Hash {
			return &pg.kept[i], nil
		}
	}
	return &kept, nil
}

// hold adds a file to what the release shows.
func (pg *page) hold(kept *tidings.File) {
	if !slices.Contains(pg.release.Files, kept.Hash) {
		pg.release.Files = append(pg.release.Files, kept.Hash)
		pg.kept = append(pg.kept, *kept)
		pg.room -= int64(len(kept.Data))
	}
}

// fileURL is where a kept file will be served; "" on a site without an address.
func (pg *page) fileURL(kept *tidings.File) string {
	if pg.opts.Base == nil {
		return ""
	}
	site := tidings.Site{Base: pg.opts.Base}
	return site.FileURL(kept.Hash, kept.Name)
}

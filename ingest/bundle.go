package ingest

import (
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
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
	places = append(places, f.inContent(ref, pg.release.Language)...)
	for _, p := range places {
		if fs.ValidPath(p) && f.exists(p) {
			return p
		}
	}
	return f.inBundle(ref)
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

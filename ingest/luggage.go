package ingest

import (
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"

	"github.com/tidings/tidings"
)

// Limits of the files that a release may bring along, in octets.
const (
	largestKept = 32 << 20
	mostKept    = 128 << 20 // of all files of one release: they are in memory together
)

// luggage is the files that a release brings along from a folder.
type luggage struct {
	fsys fs.FS
	base *url.URL         // of the site that will serve them; nil: it has no address
	of   *tidings.Release // that shows them
	kept []tidings.File
	room int64 // octets that kept may still grow by
}

// keep reads a file of the folder. The error says why it cannot be kept.
func (l *luggage) keep(p string) (*tidings.File, error) {
	info, err := fs.Stat(l.fsys, p)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", p, err)
	}
	switch {
	case info.Size() > largestKept:
		return nil, fmt.Errorf("%s is larger than %d MB", p, largestKept>>20)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s is empty", p)
	case info.Size() > l.room:
		return nil, fmt.Errorf("%s is one too many: the files of one release are more than %d MB", p, mostKept>>20)
	}
	file, err := l.fsys.Open(p)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", p, err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, largestKept))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", p, err)
	}
	kept := tidings.File{Hash: tidings.HashOf(data), Name: norm.NFC.String(path.Base(p)), MediaType: mediaType(p), Data: data}
	for i := range l.kept {
		if l.kept[i].Hash == kept.Hash {
			return &l.kept[i], nil
		}
	}
	return &kept, nil
}

// look reads a picture of the folder. The error says what is left out, and why.
func (l *luggage) look(p string) (picture, error) {
	if kind := mediaType(p); !strings.HasPrefix(kind, "image/") {
		return picture{}, fmt.Errorf("%s is no picture that pages show", p)
	}
	kept, err := l.keep(p)
	if err != nil {
		return picture{}, fmt.Errorf("the picture %w", err)
	}
	out := picture{File: kept}
	if kept.MediaType == "image/svg+xml" {
		out.width, out.height = svgSize(kept.Data)
		return out, nil
	}
	format, width, height, err := measure(kept.Data)
	if err != nil {
		return picture{}, fmt.Errorf("the picture %s %w", p, err)
	}
	kept.MediaType = "image/" + format // whatever its name says
	out.width, out.height = width, height
	return out, nil
}

// hold adds a file to what the release shows.
func (l *luggage) hold(kept *tidings.File) {
	if !slices.Contains(l.of.Files, kept.Hash) {
		l.of.Files = append(l.of.Files, kept.Hash)
		l.kept = append(l.kept, *kept)
		l.room -= int64(len(kept.Data))
	}
}

// fileURL is where a kept file will be served; "" on a site without an address.
func (l *luggage) fileURL(kept *tidings.File) string {
	if l.base == nil {
		return ""
	}
	site := tidings.Site{Base: l.base}
	return site.FileURL(kept.Hash, kept.Name)
}

// place makes an image show a picture.
func (l *luggage) place(img *html.Node, p picture) {
	l.hold(p.File)
	setAttribute(img, "src", l.fileURL(p.File))
	if p.width > 0 {
		setAttribute(img, "width", strconv.Itoa(p.width))
		setAttribute(img, "height", strconv.Itoa(p.height))
	}
	if attribute(img, "alt") == "" {
		setAttribute(img, "alt", attribute(img, "title"))
	}
}

// offer makes a link lead to a kept file, and lists the file among the release's attachments, once. Pictures that a picture
// leads to are no attachments.
func (l *luggage) offer(link *html.Node, kept *tidings.File) {
	l.hold(kept)
	setAttribute(link, "href", l.fileURL(kept))
	if strings.HasPrefix(kept.MediaType, "image/") ||
		slices.ContainsFunc(l.of.Attachments, func(a tidings.Attachment) bool { return a.Hash == kept.Hash }) {
		return
	}
	l.of.Attachments = append(l.of.Attachments, tidings.Attachment{
		Name: kept.Name, MediaType: kept.MediaType, Size: int64(len(kept.Data)), Hash: kept.Hash,
	})
}

// front makes a picture the release's cover.
func (l *luggage) front(p picture, alt string) {
	l.hold(p.File)
	l.of.Attachments = append(l.of.Attachments, tidings.Attachment{
		Name: p.Name, MediaType: p.MediaType, Size: int64(len(p.Data)), Hash: p.Hash, Alt: oneLine(alt),
		Width: p.width, Height: p.height, Cover: true,
	})
}

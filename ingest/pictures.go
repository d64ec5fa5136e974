package ingest

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"  // the formats that pages show
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	_ "golang.org/x/image/webp" // likewise

	"github.com/tidings/tidings"
)

// mostPixels bounds what a reader's browser must unpack for one picture.
const mostPixels = 50_000_000

// picture is a file of the folder that a page can show, with its size in pixels; 0 where an SVG says none.
type picture struct {
	*tidings.File
	width, height int
}

// picture reads the picture that a reference means. The error says what is left out, and why.
func (pg *page) picture(ref string) (picture, error) {
	p := pg.find(ref)
	if p == "" {
		return picture{}, fmt.Errorf("the picture %s was not found", short(ref))
	}
	return pg.look(p)
}

// inContent are the files that a path from the top may mean in the folders of pages, and of one language.
func (f *folder) inContent(ref, language string) (out []string) {
	for _, dir := range slices.Sorted(maps.Keys(f.tongues.folders)) {
		if f.tongues.folders[dir] == language {
			out = append(out, path.Join(dir, ref))
		}
	}
	for _, dir := range f.tool.content {
		out = append(out, path.Join(dir, ref))
	}
	return out
}

// inBundle is the file of a bundle that a path from the top means by the bundle's address; "" for none.
func (f *folder) inBundle(ref string) string {
	if !strings.HasPrefix(ref, "/") {
		return ""
	}
	if f.homes == nil {
		f.findHomes()
	}
	for dir := path.Dir(path.Clean(ref)); dir != "/"; dir = path.Dir(dir) {
		if home, found := f.homes[dir]; found {
			if p := path.Join(home, strings.TrimPrefix(path.Clean(ref), dir)); f.exists(p) {
				return p
			}
		}
	}
	return ""
}

// findHomes notes the addresses of all bundles, which takes a reading of their front matter.
func (f *folder) findHomes() {
	f.homes = map[string]string{}
	for _, p := range slices.Sorted(f.survey.bundles()) {
		text, _, err := f.page(p)
		if err != nil {
			continue
		}
		m, err := splitLoose(text)
		if m.body = ""; err != nil {
			continue
		}
		pg := f.newPage(p, m)
		pg.dates()
		pg.title()
		pg.address = f.addressOf(pg)
		for _, escaped := range pg.oldPaths() {
			address, err := url.PathUnescape(escaped)
			if _, taken := f.homes[address]; err == nil && !taken {
				f.homes[address] = path.Dir(p)
			}
		}
	}
}

// measure tells a picture's format and its size in pixels from its octets. The error says why pages cannot show it.
func measure(data []byte) (format string, width, height int, err error) {
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case err != nil:
		return "", 0, 0, fmt.Errorf("cannot be read: %w", err)
	case !slices.Contains([]string{"png", "jpeg", "gif", "webp"}, format): // others may be registered elsewhere in the program
		return "", 0, 0, fmt.Errorf("is of a format that pages do not show: %s", format)
	case config.Width < 1 || config.Height < 1 || config.Width > mostPixels/config.Height:
		return "", 0, 0, fmt.Errorf("is of %d × %d pixels, more than %d million", config.Width, config.Height, mostPixels/1_000_000)
	}
	return format, config.Width, config.Height, nil
}

var (
	svgRoot    = regexp.MustCompile(`(?s)<svg\b[^>]*>`)
	svgWidth   = regexp.MustCompile(`\swidth=["'](\d{1,5})(?:\.\d+)?(?:px)?["']`)
	svgHeight  = regexp.MustCompile(`\sheight=["'](\d{1,5})(?:\.\d+)?(?:px)?["']`)
	svgViewBox = regexp.MustCompile(`\sviewBox=["']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+(\d{1,5})(?:\.\d+)?[\s,]+(\d{1,5})(?:\.\d+)?\s*["']`)
)

// svgSize is the size that a drawing asks for, else that of the box it is drawn in.
func svgSize(data []byte) (width, height int) {
	root := svgRoot.Find(data[:min(len(data), 64<<10)])
	number := func(m [][]byte, i int) int {
		if len(m) <= i {
			return 0
		}
		n, err := strconv.Atoi(string(m[i]))
		if err != nil {
			return 0
		}
		return n
	}
	width, height = number(svgWidth.FindSubmatch(root), 1), number(svgHeight.FindSubmatch(root), 1)
	if box := svgViewBox.FindSubmatch(root); width == 0 || height == 0 {
		width, height = number(box, 1), number(box, 2)
	}
	if width == 0 || height == 0 {
		return 0, 0
	}
	return width, height
}

// cover takes the picture that the front matter names for the whole page.
func (pg *page) cover() {
	v, found := pg.first("cover", "image", "featuredimage", "coverimage", "hero", "heroimage", "banner", "header", "ogimage", "socialimage",
		"shareimage", "thumbnail", "thumb", "teaserimage", "images", "primaryimage")
	if !found || truth(v) != "" {
		return
	}
	ref, alt := pictureOf(v)
	if alt == "" {
		alt = pg.word("alt", "imagealt", "heroalt", "coveralt", "thumbnailalt", "imagealttext", "featuredimagealt")
	}
	if ref == "" {
		return
	}
	got, err := pg.picture(ref)
	if err != nil {
		pg.note("the cover was left out: %v", err)
		return
	}
	pg.front(got, alt)
}

// pictureOf is the reference and the description in a value: a string, a list's first, or a table.
func pictureOf(v value) (ref, alt string) {
	switch v.kind {
	case aScalar:
		return strings.TrimSpace(v.text), ""
	case aList:
		if len(v.list) > 0 {
			return pictureOf(v.list[0])
		}
	case aTable:
		keys := flatKeys(v)
		for _, key := range []string{"src", "url", "path", "image", "file", "filename", "overlayimage", "teaser", "uid"} {
			if s := strings.TrimSpace(keys[key].text); s != "" {
				return s, keys["alt"].text
			}
		}
	}
	return "", ""
}

// short keeps notes readable: references can be whole pictures (data:).
func short(s string) string {
	if runes := []rune(s); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return s
}

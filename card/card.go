package card

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"time"

	"github.com/tidings/tidings"
)

// The size of a picture, in pixels, which is the one that all networks show whole.
const (
	Width  = 1200
	Height = 630
)

// Config is what pictures are drawn with; all of it is needed.
type Config struct {
	Site   *tidings.Site
	Colour tidings.Colour // behind the text, which is white
	// Date is the day of an instant as a language writes it.
	Date func(site *tidings.Site, language string, t time.Time) (string, error)
}

// Drawer draws pictures. It never changes: use it from many goroutines.
type Drawer struct {
	cfg     Config
	fonts   fonts
	palette color.Palette
}

// shades is how many steps there are between the background and white: what 4 bits for each pixel can hold.
const shades = 16

// New reads the fonts.
func New(cfg Config) (*Drawer, error) {
	read, err := readFonts()
	if err != nil {
		return nil, err
	}
	d := &Drawer{cfg: cfg, fonts: read}
	for i := range shades {
		c := cfg.Colour.Mix(tidings.Colour{R: 0xff, G: 0xff, B: 0xff}, float64(i)/(shades-1))
		d.palette = append(d.palette, color.RGBA{R: c.R, G: c.G, B: c.B, A: 0xff})
	}
	return d, nil
}

// Where things stand, in pixels.
const (
	margin   = 80
	measure  = Width - 2*margin
	maxLines = 4
	footline = Height - margin // the baseline of the date
)

// Draw draws the picture of a release, a PNG.
func (d *Drawer) Draw(r *tidings.Release) ([]byte, error) {
	date, err := d.cfg.Date(d.cfg.Site, r.Language, r.Published)
	if err != nil {
		return nil, fmt.Errorf("drawing the picture of %s: %w", r.Slug, err)
	}
	c := &canvas{fonts: &d.fonts, ink: image.NewAlpha(image.Rect(0, 0, Width, Height))}
	name := cmp.Or(d.fonts.legible(oneLine(d.cfg.Site.Name(r.Language))), d.cfg.Site.Host())
	c.mark(margin, margin-4)
	if title := d.fonts.legible(oneLine(r.Title)); title == "" {
		c.block(name, margin+100)
	} else {
		c.text(name, 34, margin+64, margin+30, 0xff)
		c.block(title, margin+100)
	}
	c.text(d.fonts.legible(oneLine(date)), 30, margin, footline, 0xd8)
	if c.err != nil {
		return nil, fmt.Errorf("drawing the picture of %s: %w", r.Slug, c.err)
	}
	return d.encode(c.ink)
}

// encode makes a PNG of the text, a step of the palette for each step of ink.
func (d *Drawer) encode(ink *image.Alpha) ([]byte, error) {
	picture := image.NewPaletted(ink.Rect, d.palette)
	for i, a := range ink.Pix {
		picture.Pix[i] = uint8((int(a)*(shades-1) + 127) / 255)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return nil, fmt.Errorf("drawing a picture: %w", err)
	}
	return b.Bytes(), nil
}

// canvas is one picture while it is drawn: how much ink there is at each pixel. After an error it draws nothing more.
type canvas struct {
	fonts *fonts
	ink   *image.Alpha
	err   error
}

// face is the fonts in a size; nil: it failed, as err tells.
func (c *canvas) face(size int) *face {
	made, err := c.fonts.face(size)
	if err != nil {
		c.err = err
	}
	return made
}

// mark draws the three lines of a page, the sign of the newsroom's icon.
func (c *canvas) mark(x, y int) {
	for i, width := range []int{44, 44, 27} {
		bar := image.Rect(x, y+14*i, x+width, y+14*i+7)
		for py := bar.Min.Y; py < bar.Max.Y; py++ {
			for px := bar.Min.X; px < bar.Max.X; px++ {
				c.ink.SetAlpha(px, py, color.Alpha{A: 0xff})
			}
		}
	}
}

// block sets a text in the largest size in which it has few enough lines, below a height; what has too many in the smallest
// is cut.
func (c *canvas) block(text string, top int) {
	for _, size := range []int{76, 66, 54, 46} {
		face := c.face(size)
		if c.err != nil {
			return
		}
		fits := func(width int) []string {
			return wrap(text, func(s string) bool { return face.width(s) <= width })
		}
		lines := fits(measure)
		if len(lines) > maxLines && size > 46 || len(lines) > 3 && size > 54 {
			continue
		}
		if len(lines) > maxLines {
			rest := strings.Join(lines[maxLines-1:maxLines+1], " ") // too long, and so it ends in an ellipsis
			lines = append(lines[:maxLines-1:maxLines-1], shorten(rest, func(s string) bool { return face.width(s) <= measure }))
		} else {
			lines = balance(lines, fits)
		}
		step := size * 132 / 100
		for i, line := range lines {
			face.draw(c.ink, line, margin, top+size+i*step, 0xff)
		}
		return
	}
}

// text sets one line.
func (c *canvas) text(s string, size, x, baseline int, strength uint8) {
	face := c.face(size)
	if c.err != nil {
		return
	}
	face.draw(c.ink, shorten(s, func(s string) bool { return face.width(s) <= Width-margin-x }), x, baseline, strength)
}

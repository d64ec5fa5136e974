package card

import (
	_ "embed" // the fonts
	"fmt"
	"image"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

//go:embed font/Pretendard-SemiBold.otf
var pretendard []byte

//go:embed font/NotoSansCJKkr-Bold-hanja.otf
var hanja []byte

// fonts are what texts are set in: each character in the first of them that has it.
type fonts [2]*sfnt.Font

// scales are the sizes of the fonts beside each other, in percent. At 94 the hanja are as high as the Hangul of Pretendard,
// and their strokes almost as thick.
const (
	scaleLetters = 100
	scaleHanja   = 94
)

func readFonts() (fonts, error) {
	var f fonts
	for i, file := range [][]byte{pretendard, hanja} {
		parsed, err := sfnt.Parse(file)
		if err != nil {
			return f, fmt.Errorf("font %d of share pictures: %w", i+1, err)
		}
		f[i] = parsed
	}
	return f, nil
}

// having is the number of the first font that has a character; false: none has. Marks that are set upon other letters
// count as missing: characters stand side by side here.
func (f *fonts) having(buffer *sfnt.Buffer, r rune) (int, bool) {
	if unicode.Is(unicode.M, r) {
		return 0, false
	}
	for i, one := range f {
		if glyph, err := one.GlyphIndex(buffer, r); err == nil && glyph != 0 {
			return i, true
		}
	}
	return 0, false
}

// legible is a text without the characters that no font has. It is empty when more than a fifth of the letters and digits
// are missing: what is left of such a text would mislead. Emoji and other signs are no letters.
func (f *fonts) legible(text string) string {
	var buffer sfnt.Buffer
	var kept []rune
	letters, missing := 0, 0
	for _, r := range text {
		_, ok := f.having(&buffer, r)
		if ok {
			kept = append(kept, r)
		}
		if unicode.In(r, unicode.L, unicode.M, unicode.N) {
			letters++
			if !ok {
				missing++
			}
		}
	}
	if missing*5 > letters {
		return ""
	}
	return oneLine(string(kept))
}

// face is the fonts in one size. It has buffers of its own, and so each picture has its own faces.
type face struct {
	fonts  *fonts
	sized  [len(fonts{})]font.Face
	glyphs map[rune]glyph
	buffer sfnt.Buffer
}

// glyph is a character as a face has it.
type glyph struct {
	font    int
	advance fixed.Int26_6
}

// face is the fonts in a size, in pixels.
func (f *fonts) face(size int) (*face, error) {
	made := &face{fonts: f, glyphs: make(map[rune]glyph)}
	for i, scale := range [...]int{scaleLetters, scaleHanja} {
		sized, err := opentype.NewFace(f[i], &opentype.FaceOptions{Size: float64(size*scale) / 100, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return nil, fmt.Errorf("font %d of share pictures in size %d: %w", i+1, size, err)
		}
		made.sized[i] = sized
	}
	return made, nil
}

func (f *face) glyph(r rune) glyph {
	g, known := f.glyphs[r]
	if !known {
		g.font, _ = f.fonts.having(&f.buffer, r)
		g.advance, _ = f.sized[g.font].GlyphAdvance(r)
		f.glyphs[r] = g
	}
	return g
}

// walk tells where each character of a line begins, and returns where the line ends.
func (f *face) walk(line string, visit func(r rune, g glyph, x fixed.Int26_6)) fixed.Int26_6 {
	var x fixed.Int26_6
	var before rune
	var last glyph
	for i, r := range line {
		g := f.glyph(r)
		if i > 0 && g.font == last.font {
			x += f.sized[g.font].Kern(before, r)
		}
		visit(r, g, x)
		x += g.advance
		before, last = r, g
	}
	return x
}

// width is the width of a line in pixels.
func (f *face) width(line string) int {
	return f.walk(line, func(rune, glyph, fixed.Int26_6) {}).Ceil()
}

// draw sets a line on its baseline, with so much ink.
func (f *face) draw(ink *image.Alpha, line string, x, baseline int, strength uint8) {
	start := fixed.P(x, baseline)
	f.walk(line, func(r rune, g glyph, at fixed.Int26_6) {
		where, mask, from, _, ok := f.sized[g.font].Glyph(start.Add(fixed.Point26_6{X: at}), r)
		if shape, isAlpha := mask.(*image.Alpha); ok && isAlpha {
			stamp(ink, where, shape, from, strength)
		}
	})
}

// stamp lays the ink of one character upon what is there, as image/draw would, which is slow for pictures of ink alone.
func stamp(ink *image.Alpha, where image.Rectangle, shape *image.Alpha, from image.Point, strength uint8) {
	inside := where.Intersect(ink.Rect)
	for y := inside.Min.Y; y < inside.Max.Y; y++ {
		to := ink.Pix[ink.PixOffset(inside.Min.X, y):ink.PixOffset(inside.Max.X, y)]
		of := shape.Pix[shape.PixOffset(from.X+inside.Min.X-where.Min.X, from.Y+y-where.Min.Y):]
		for i := range to {
			if of[i] > 0 {
				added := int(of[i]) * int(strength) / 0xff
				to[i] = uint8(added + int(to[i])*(0xff-added)/0xff)
			}
		}
	}
}

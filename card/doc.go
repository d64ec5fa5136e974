// Package card draws the picture that stands for a release where a link to it is shared: 1200 × 630 pixels with the title,
// the publisher's name and the date, in the publisher's colour. The same release gives the same bytes on every machine.
//
// The font is embedded: Pretendard SemiBold by Kil Hyung-jin, unchanged, under the SIL Open Font License 1.1 (see
// font/LICENSE.txt). It has Latin, Greek, Cyrillic and all of Hangul. A title with any other letter is left out, and the
// publisher's name stands alone: a picture never shows the boxes of missing letters.
package card

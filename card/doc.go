// Package card draws the picture that stands for a release where a link to it is shared: 1200 × 630 pixels with the title,
// the publisher's name and the date, in the publisher's colour. The same release gives the same bytes on every machine.
//
// The fonts are embedded, both under the SIL Open Font License 1.1 (see font/LICENSE.txt): Pretendard SemiBold by Kil
// Hyung-jin, unchanged, has Latin, Greek, Cyrillic and all of Hangul; a part of Noto Sans CJK KR Bold has the hanja of
// KS X 1001, kana and signs (font/README.md tells how it was made). What neither has, such as emoji, is left out of the
// title; where that is more than a fifth of its letters, the publisher's name stands alone. A picture never shows the boxes
// of missing letters.
package card

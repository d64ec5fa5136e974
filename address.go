package tidings

import "time"

// Address is where a public release is and when it last changed: what a list of all of them needs, without their texts.
type Address struct {
	Slug, Language, Title string
	Published, Updated    time.Time
	Alternates            []Alternate // in all its languages, its own among them; empty: there is but one. They have no title.
}

// MonthCount is a month with public releases.
type MonthCount struct {
	Year  int
	Month time.Month
	Count int
}

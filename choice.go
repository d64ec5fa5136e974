package tidings

// Choice is what a person asks for at one cadence, in their own words.
type Choice struct {
	Cadence string
	Filter  string // in the filter language; empty: every release
	Zone    string // IANA name; empty: the site's zone
	Hour    int    // 0–23 of local time, or AnyHour
}

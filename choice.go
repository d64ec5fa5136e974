package tidings

// Choice is what a person asks for at one cadence, in their own words.
type Choice struct {
	Cadence string
	Filter  string // in the filter language; empty: every release
	Zone    string // IANA name; empty: the site's zone
	Hour    int    // 0–23 of local time, or AnyHour
}

// Wish is what a subscriber wants otherwise.
type Wish struct {
	Language string   // empty: as before
	Zone     string   // with Choices: for those that name none, empty: the site's; alone: of all they have, empty: as before
	Hour     *int     // without Choices: of every digest they have, 0–23 or AnyHour; nil: as before
	Choices  []Choice // all that they want from now on; nil: as before
	Swap     *Swap    // in place of Choices: one of them alone, whatever the others are by now; nil: none
}

// Swap is a change of what a subscriber gets at one cadence.
type Swap struct {
	Was    string  // the cadence of what they have; empty: what is wanted comes besides
	Wanted *Choice // nil: it is dropped
}

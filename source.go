package tidings

import "time"

// Source is a feed of another site that is taken over, and what the last visits to it told.
type Source struct {
	URL          string    // as configured
	Moved        string    // where it has moved for good; empty: it is where it was
	ETag         string    // of the newest content taken, as it was given
	LastModified string    // likewise
	Next         time.Time // not to be asked before; zero: it was never asked
	Failures     int       // in a row
	Gone         time.Time // when it said that it is gone for good; zero: it did not
	Visited      time.Time // when it last answered as a feed should; zero: never yet
	Trouble      string    // what went wrong the last time; empty: nothing
}

package tidings

import "time"

// Retention is for how long what is over is kept. A zero value keeps it for ever.
type Retention struct {
	Unconfirmed time.Duration // sign-ups that nobody confirmed
	Left        time.Duration // subscribers who left, or are suppressed: they are erased
	Details     time.Duration // how each mail fared, and where each letter went
}

// Forgotten is how much was not kept any longer.
type Forgotten struct {
	SignUps      int
	Subscribers  int
	Replies      int // of deliveries
	Letters      int // whose address and reply went
	Diagnostics  int // of bounces
	Bounces      int
	Tickets      int
	Requests     int
	Filters      int // that nobody uses any more
	Suppressions int // that were over
}

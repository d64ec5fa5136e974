package tidings

import "time"

// Backlog is what waits, or is being sent, of a run in one state.
type Backlog struct {
	Run    int64 // 0: letters, which belong to no run
	State  DeliveryState
	Paused bool // held because their readers have paused, and not for a person
	Mails  int
	Next   time.Time // when the first is due; zero: none is
}

// Returned counts what came back, and what it led to.
type Returned struct {
	Counts       []ReturnedCount
	Suppressions int // addresses that must not be written to, for whatever reason
}

// ReturnedCount is how many bounces or complaints there were of which the same followed.
type ReturnedCount struct {
	Kind    BounceKind
	Verdict BounceVerdict
	Mails   int
}

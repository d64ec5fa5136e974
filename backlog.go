package tidings

import "time"

// Backlog is what waits, or is being sent, of a run in one state.
type Backlog struct {
	Run   int64 // 0: letters, which belong to no run
	State DeliveryState
	Mails int
	Next  time.Time // when the first is due; zero: none is
}

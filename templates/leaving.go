package templates

import (
	"io"

	"github.com/tidings/tidings"
)

// LeaveState is how far a reader's leaving has come.
type LeaveState string

// The states of leaving.
const (
	LeaveAsk     LeaveState = "ask"     // GET: asks, with a button that POSTs
	LeaveGone    LeaveState = "gone"    // GET: the reader had left before
	LeaveDone    LeaveState = "done"    // POST: also when the reader had left before
	LeaveTopic   LeaveState = "topic"   // POST: one topic was left, the rest stays
	LeaveSlower  LeaveState = "slower"  // POST: the mails come once a week from now on
	LeaveThanks  LeaveState = "thanks"  // POST: of a reason
	LeaveTest    LeaveState = "test"    // the link of a test mail, which nobody is subscribed to
	LeaveUnknown LeaveState = "unknown" // a link that is not one of ours
)

// LeavePage lets a reader end a subscription, or a part of it. It shows no address: whoever was forwarded the mail sees it too.
type LeavePage struct {
	Page
	State  LeaveState
	Action string          // URL that the button POSTs to; needed for every state but LeaveTest and LeaveUnknown
	Keep   string          // the query that keeps the page's language, with its "?"; empty: none
	Topics []tidings.Topic // that can be left alone, for LeaveAsk
	Offer  bool            // once a week is offered, for LeaveAsk
	Topic  *tidings.Topic  // the one that was left, for LeaveTopic
	Why    bool            // they are asked why, for LeaveDone
}

// To is where another form of the page POSTs to.
func (p *LeavePage) To(name string) string { return p.Action + "/" + name + p.Keep }

// Leave renders the pages behind a mail's unsubscribe link.
func (s *Set) Leave(w io.Writer, p *LeavePage) error { return s.page(w, "leave", p.Language, p) }

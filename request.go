package tidings

// RequestKind says what a request that may make us send a mail is for, or a step on one's own page.
type RequestKind string

// The kinds of request.
const (
	SignUpRequest RequestKind = "sign-up" // somebody wants to join
	LinkRequest   RequestKind = "link"    // the link to one's own page
	MoveRequest   RequestKind = "move"    // mails to another address
	EraseRequest  RequestKind = "erase"   // everything held
	CopyRequest   RequestKind = "copy"    // a mail once more
	ChangeRequest RequestKind = "change"  // other choices, a pause, another feed: no mail comes of it
)

// Request is something that may make us send a mail, or is a step on one's own page, as it is counted.
type Request struct {
	Kind    RequestKind
	Address string // as typed: it may be anything. It is kept as a hash, of which neither case nor a +tag is part.
	Network string // who asks: one address, or an IPv6 network of 64 bits, or a name of our own for them; empty: not known, and not limited
	Block   string // the block around it: see Evidence.Network; OwnBlock: a subscriber, on their own page
	Limits  Limits
}

// Limits say how many requests are met. A zero value is no limit.
type Limits struct {
	AddressHour, AddressDay int // letters of the request's kind to one address
	NetworkHour             int // requests from one network
	BlockHour               int // requests from one block
	SiteHour                int // requests of all kinds, by anybody but subscribers on their own page; whether letters came of them or not
}

// OwnBlock is the block of all who ask on their own page: they are told apart as networks.
const OwnBlock = "own"

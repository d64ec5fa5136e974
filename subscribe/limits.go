package subscribe

import (
	"net/netip"
	"time"

	"github.com/tidings/tidings"
)

// How many requests are met; what subscribers ask for on their own page has limits of its own besides. They hold across restarts. Addresses that differ by case, by a +tag, or by dots at Gmail are one.
const (
	AddressHour    = 1    // letters of a kind (sign-up, link, move) to one address in an hour; over it, the answer is the same and no letter goes out
	AddressDay     = 3    // likewise in 24 hours
	NetworkHour    = 5    // requests from one address, or one IPv6 network of 64 bits, in an hour
	BlockHour      = 30   // requests from one block, see Evidence.Network, in an hour
	LettersPerHour = 1000 // sign-ups and lost links in an hour, mailed or not, unless Service.LettersPerHour says otherwise
)

// How long tickets work.
const (
	ConfirmLife = 48 * time.Hour // of sign-ups
	LinkLife    = 24 * time.Hour // all others
)

func (s *Service) limits() tidings.Limits {
	site := s.LettersPerHour
	if site == 0 {
		site = LettersPerHour
	}
	return tidings.Limits{
		AddressHour: AddressHour, AddressDay: AddressDay, NetworkHour: NetworkHour, BlockHour: BlockHour, SiteHour: site,
	}
}

// The sizes of networks and blocks, in bits. Who has an IPv6 address mostly has 64 bits of them at least, and often 48.
const (
	networkBits6 = 64
	blockBits4   = 24
	blockBits6   = 48
)

// origin is what one who asks is counted by; both are empty when it is not known who does.
func origin(from netip.Addr) (network, block string) {
	from = from.Unmap().WithZone("")
	switch {
	case from.Is4():
		return from.String(), prefix(from, blockBits4)
	case from.Is6():
		return prefix(from, networkBits6), prefix(from, blockBits6)
	}
	return "", ""
}

func prefix(of netip.Addr, bits int) string {
	p, err := of.Prefix(bits)
	if err != nil {
		return "" // not reached: the bits are fewer than an address has
	}
	return p.String()
}

// letter is one with a ticket for the purpose that works for so long; with none for "".
func (s *Service) letter(kind tidings.LetterKind, p tidings.Purpose, life time.Duration, now time.Time) *tidings.Letter {
	l := &tidings.Letter{Kind: kind, Domain: s.Site.MailDomain}
	if p != "" {
		l.Purpose, l.Expires = p, now.Add(life)
		l.Nonce, l.TicketHash = s.Keyring.NewTicket(p)
	}
	return l
}

package subscribe

import (
	"time"

	"github.com/tidings/tidings"
)

const (
	AddressHour = 1
	AddressDay  = 3
	LinkLife    = 24 * time.Hour
)

func (s *Service) limits() tidings.Limits {
	return tidings.Limits{AddressHour: 1, AddressDay: 3, NetworkHour: 5, BlockHour: 30, SiteHour: 1000}
}

package tidings_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the tests must not depend on the machine's zones
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

package storetest

import (
	"errors"
	"syscall"
	"testing"
	"time"
)

// unmountTries is how often a disk is taken away, 50 milliseconds apart: a program that another test just starts has all that is open open
// too, until its exec(2).
const unmountTries = 200

// Disk is a folder on a file system of its own, of a size such as "12m". Where this user may not mount one, the test is skipped.
func Disk(t *testing.T, size string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no disk to fill: mounting a tmpfs takes root (%v)", err)
	}
	t.Cleanup(func() {
		err := syscall.Unmount(folder, 0)
		for range unmountTries {
			if !errors.Is(err, syscall.EBUSY) {
				break
			}
			<-time.After(50 * time.Millisecond)
			err = syscall.Unmount(folder, 0)
		}
		if err != nil {
			t.Error(err)
		}
	})
	return folder
}

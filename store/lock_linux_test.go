package store

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/tidings/tidings"
)

// TestALockThatThereIsNoRoomForSaysThatTheDiskIsFull has no file left to make, as in a folder that a backup was just put into.
func TestALockThatThereIsNoRoomForSaysThatTheDiskIsFull(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m,nr_inodes=8"); err != nil {
		t.Skipf("no disk to fill: mounting a tmpfs takes root (%v)", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	for n := 0; ; n++ {
		err := os.WriteFile(filepath.Join(folder, strconv.Itoa(n)), nil, 0o600)
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		if err != nil || n > 100 {
			t.Fatal(n, err)
		}
	}
	path := filepath.Join(folder, "tidings.db")
	if _, err := lockSender(path); !errors.Is(err, tidings.ErrFull) {
		t.Errorf("the lock says: %v", err)
	}
	if err := os.Remove(filepath.Join(folder, "0")); err != nil {
		t.Fatal(err)
	}
	release, err := lockSender(path)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

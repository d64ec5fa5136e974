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

// TestALockLetGoIsFreeWhileAProgramIsBeingStarted has a second hold on the open file, as a child has between fork(2) and exec(2).
func TestALockLetGoIsFreeWhileAProgramIsBeingStarted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tidings.db")
	release, err := lockSender(path)
	if err != nil {
		t.Fatal(err)
	}
	child, err := syscall.Dup(descriptorOf(t, path+".sender.lock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(child) })
	if _, err := lockSender(path); !errors.Is(err, tidings.ErrLocked) {
		t.Errorf("the lock that is held: %v", err)
	}
	release()
	release, err = lockSender(path)
	if err != nil {
		t.Fatalf("the lock that was let go: %v", err)
	}
	release()
}

// descriptorOf is the one under which this process has the file open.
func descriptorOf(t *testing.T, path string) int {
	t.Helper()
	file, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for fd := range 1024 {
		open, err := os.Stat("/proc/self/fd/" + strconv.Itoa(fd))
		if err == nil && os.SameFile(open, file) {
			return fd
		}
	}
	t.Fatalf("%s is not open", path)
	return 0
}

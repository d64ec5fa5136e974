//go:build !linux

package store

import "os"

// onDisk makes every write wait for the disk.
const onDisk = os.O_SYNC

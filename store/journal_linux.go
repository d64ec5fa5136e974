package store

import "syscall"

// onDisk makes every write wait for the disk, but not for the file's times.
const onDisk = syscall.O_DSYNC

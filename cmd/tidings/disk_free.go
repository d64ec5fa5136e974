//go:build linux || darwin || freebsd

package main

import "syscall"

// diskFree is how many octets are free for this user where the path is; -1: not known.
func diskFree(path string) int64 {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return -1
	}
	return int64(st.Bavail) * int64(st.Bsize) //nolint:unconvert // their types are not the same on every system
}

//go:build unix

package store

import "syscall"

// mayWrite is why this process may not write to a file or folder; nil: it may, as far as its rights and the file system go.
func mayWrite(path string) error {
	const write = 2 // W_OK
	return syscall.Access(path, write)
}

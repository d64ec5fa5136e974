// Package storetest opens a database for one test: a real file in the test's own folder, without waiting for the disk.
package storetest

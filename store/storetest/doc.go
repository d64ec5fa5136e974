// Package storetest opens a database for one test, a real file in the test's own folder without waiting for the disk, and
// fills it in a line or two.
package storetest

// Package dkimtest lets two verifiers that nobody of ours wrote judge the signatures of tests' messages, against a DNS of the
// test's own: go-msgauth, and dkimpy where Debian's python3-dkim and python3-nacl are installed.
package dkimtest

// Command tidings publishes an organisation's releases: as feeds, as pages, and as digests by mail.
//
// Each command stands in a file of its own; wire.go is where the rooms are joined. Nothing here decides anything about
// releases, subscribers or mail: it reads arguments, calls a room, and prints.
//
// Exit codes: 0 done; 1 failed; 2 wrong use, or input that a person can mend; 3 done in part (of several inputs some were
// broken, or of several mails some could not be sent or all are held). `tidings receive`, which mail servers call, ends with 0, or with 75
// when it is to be called again with the same mail.
package main

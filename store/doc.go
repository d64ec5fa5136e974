// Package store keeps the facts in one SQLite file: releases with every revision, the files that they show, publications,
// topics, subscribers, runs, editions, the outbox and the audit log. All SQL of the program is here.
//
// Its promises:
//
//   - One gate: a release gets its first publication number in exactly one function, and everything public is read
//     through the view public_releases, or leads to what is read there, as lists and the index of search do. Drafts and scheduled releases show in no list, count,
//     Mark or search, and neither do their files, old paths and versions in other languages. Withdrawn ones are in
//     withdrawn_releases, with the little that may be said of them.
//   - A change, its publication, the marks it touches and its audit record are one transaction.
//   - One writer: writes queue for a single connection that begins IMMEDIATE; readers never wait for it, and cannot
//     write.
//   - No clock: every instant comes in as an argument. Publications and marks never go backwards when it does.
//   - While all bulk mail is held, no delivery is claimed and no run opened. A copy of the database is held when a sender starts on it.
//   - A restore that is cut off leaves the old database or the new one, complete.
//   - A file of a newer program, of another program, or of no database at all is refused before a byte is written.
//
// A DB is safe for concurrent use, and several processes may open the same file. Only one of them may hold LockSender.
//
// What is SQLite's own stands in sqlite.go (connection settings, result codes), in backup.go (VACUUM INTO), in
// restore.go (what lies beside the file) and in search.go (FTS5); the rest is SQL that other engines understand too. Migrations are append-only files under migrations/.
package store

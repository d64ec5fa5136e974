// Command bench makes an archive of any size, always the same, and measures how fast a site answers many readers at once.
//
//	bench releases 100000 > archive.jsonl                      # for tidings import: twelve years, twelve topics, two languages
//	bench subscribers 1000000 > list.csv                       # for tidings subscriber import: four of forty topics each
//	bench topics > topics.toml                                 # those topics, for tidings topic load
//	bench words 100                                            # two-syllable words that are in it
//	bench load --clients 64 --duration 10s URL...              # one URL after the other
//	bench load --together URL...                               # all in turn, as one
//
// Each client asks again as soon as it has an answer, over a connection of its own, and takes gzip as browsers do. The first
// request of each URL is measured apart: it is the one that a cache does not help. docs/benchmarks.md has what came of it.
package main

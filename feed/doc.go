// Package feed turns releases into RSS 2.0, Atom 1.0 and JSON Feed 1.1, and the list of all feeds into OPML 2.0.
//
// It is pure: the same input gives the same bytes, on any machine, in any zone, at any time. No clock, host name or
// counter appears in a feed; its dates are those of its releases, and every URL and id comes from tidings.Site.
//
// A release is read into an entry once, and each format writes the entry out, so that the formats cannot disagree:
//
//	entry            RSS 2.0                      Atom 1.0                     JSON Feed 1.1
//	ID               guid isPermaLink=false       id                           id
//	URL              link                         link rel=alternate           url
//	Title            title                        title type=text              title
//	Summary          description (HTML-escaped)   summary type=text            summary
//	HTML             content:encoded              content type=html            content_html
//	Published        pubDate                      published                    date_published
//	Updated          atom:updated                 updated                      date_modified
//	Language         dc:language                  xml:lang                     language
//	Authors          dc:creator, one for all      author                       authors
//	Topics           category (domain, label)     category (term, label)       tags (label)
//	Attachments      enclosure, the first alone   link rel=enclosure           attachments
//	their cover      media:content                link rel=enclosure           image
//	Alternates       -                            link rel=alternate hreflang  -
//
// A release that was withdrawn is a tombstone in Atom (RFC 6721). RSS and JSON Feed know nothing like it: there a notice
// stands in its place, under its id, with the reason. What a correction changed stands at the top of the content.
//
// A release that is very large is there with its lead and a link to its page alone, in every format: see entry.shorten.
//
// What comes in may hold anything: characters that XML 1.0 forbids are dropped, in JSON too, and every string is
// escaped exactly as often as its format asks. A release that is not public is an error, not an entry: the store
// decides what is public, and this is the last door before a cache that never forgets.
//
// The structs of gorilla/feeds are embedded in ours, and a field of ours shadows one of theirs wherever theirs says
// less than the standard allows: one category, one link, one author, no language, a title that readers take for HTML.
package feed

// Package web serves the pages, the feeds and the leave links of a site, and promises three things of every answer.
//
// It is whole: what is sent was rendered to bytes before, so that a fault is a 500 with an id and never an empty or half
// a 200. Handlers return errors; one adapter (answer.go) turns them into statuses, by one table.
//
// It is where it belongs: every page and feed has one URL, made by tidings.Site from the configured base and never from
// the request. Other spellings answer 301, what was never public 404, what was public and is withdrawn or ended 410.
//
// It is cheap to ask again: a feed is rendered once for each mark of the store, together in all formats, and a reader
// who has it is told 304 at the price of two small reads.
//
//	/  /topics  /topics/{slug}  /languages/{tag}  /offices  /offices/{slug}  /releases/{slug}  /feeds  /search    pages
//	/archive  /archive/{year}  /archive/{year}/{month}
//	/page/{n}  /topics/{slug}/page/{n}  …                                       lists go on by path: each of them
//	/feeds/all.{format}  /feeds/topics/{slug}.{format}  /feeds/languages/{tag}.{format}  /feeds/opml.xml
//	/files/{hash}/{name}  /cards/{slug}/{revision}.png                          what releases show, and how they are shared
//	/sitemap.xml  /sitemaps/{n}.xml  /sitemaps/news.xml  /robots.txt            for crawlers
//	/subscribe  /subscribe/sent  /subscribe/embed  /subscribe/embed.js  /subscribe/embed.json  /link  /link/sent   joining, a lost link
//	/confirm/{token}                                                            the links of letters: GET asks, POST acts
//	/u/{token}                                                                  leaving: GET asks, POST acts
//	/assets/{name}.{hash}.{ending}  /healthz  /readyz
//
// Any other path may be an old one of a release (Stacks.Alias), and leads there. What is not public is nowhere: it shows in no
// page, count, validator, redirect or status (leak_test.go). No page but that of
// the form to join has a script, and none asks another host for anything.
//
// GET changes nothing, anywhere. /u/ takes a POST from anywhere, because mail programs send it (RFC 8058), and so does what needs
// the token of a letter or changes nothing (crossOrigin); all else stands behind http.CrossOriginProtection. Answers to forms are
// the same for all addresses, in their text and in their time (trap.go).
package web

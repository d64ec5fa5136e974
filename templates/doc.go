// Package templates turns releases, topics and digests into pages and mails, and nothing into half a page: everything
// is rendered to bytes first, and a template that fails writes none.
//
// Every template has one typed struct: a page's in pages.go, a mail's in mails.go. There are no view maps, so that a
// misspelt field is an error when the program starts and not a gap in a page.
//
// The templates, the catalogues of words and the stylesheet are embedded. An operator's folder of the same shape
// may be laid over them, file by file:
//
//	pages/*.html    html/template; layout.html frames all the others
//	mails/*         digest.html and digest.txt, the two parts of one mail, with a block "release" that is rendered once for many mails
//	locales/*.toml  a message catalogue for each language; keys that the operator's file leaves out keep our words
//	assets/*.css    the one stylesheet
//
// Laying over is strict. New reads every file, looks up every word in every language, and renders a specimen of each
// page and mail; a file that is unknown, broken or names a word or a field that does not exist is refused with its
// name and line.
//
// Pages run no script and ask no third party for anything. They are served under the Content-Security-Policy
// "default-src 'self'", so they hold no inline style either. Mails have all their style inline, no picture, no web
// font and no tracking pixel.
package templates

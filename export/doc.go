// Package export writes a whole site into a folder, as the daemon serves it: it asks the daemon's own handler for every URL,
// in this process, and keeps the octets of the answers. What pages link to is found by following the links.
//
// A second run asks again for what may have changed, writes what differs and removes what is gone. A manifest in the folder
// says what was written; nothing else in it is ever touched. Files are replaced in one step, and the manifest last: a run that
// was cut off leaves no half file behind, and the next one ends its work.
//
// A page is kept under its path with ".html" behind it, which nginx, Apache, Caddy and the common hosts of static sites serve at
// the path itself. What a file cannot say (301, 410, headers, media types) is written down for these servers, taken from the
// answers.
package export

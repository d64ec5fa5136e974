// Package fetch asks other sites politely, and cannot be turned against the network that it runs in.
//
// A Client asks for one thing at a time: http and https alone, on the ports that these have or on unprivileged ones, from
// addresses of the public internet. The address is judged when the connection is made, behind every lookup and every redirect,
// so that a name which leads inside today and outside a minute ago gains nothing. Bodies are bounded, also after they
// are unpacked; nothing is remembered between requests, no cookie is sent, and no proxy of the environment is asked.
//
// A Poller visits feeds on a schedule as a well-behaved reader does: conditionally (RFC 9110 §13), never before a site's own
// Retry-After, max-age or ttl, from the new address after a 301 or 308, never again after a 410, less and less often
// while something is wrong, and one request at a time for each host. What it knows of each feed is kept by a Ledger, so that
// a restart asks nobody a second time.
package fetch

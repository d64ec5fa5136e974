// Package roster promises that lists of subscribers move: those of other newsletters come in, ours go out and come in again.
//
// A list is a table with a heading. What its columns mean is told by the heading, for the exports of listmonk, Mailchimp, Ghost,
// Substack, Buttondown and our own, or by whoever brings it. Every row is accounted for, by its line: nobody becomes a subscriber
// whom the list does not call one, who left stays left, and whose address bounced is not written to. The same list again
// changes nothing.
//
// Lists are read as they come, twice: once to see what is said of each address, and once to take it in. What is kept of a list
// meanwhile is some forty octets for each address.
package roster

// Package metrics says how it goes in the form that Prometheus reads: what waits, what became of it, and whether the relay works.
//
// It watches, and never acts: nothing is sent, held or put off because of a number here, and a fault of counting is a number too.
// What comes from the database is counted when somebody asks, and so seldom that counting takes no more than a fiftieth of the
// time, however much there is to count.
package metrics

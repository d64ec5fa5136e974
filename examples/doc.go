// Package examples holds a complete example of what a publisher feeds to tidings: eight real releases of a ministry,
// topics with rules that fit them, and a few readers. The demonstration runs on it, and so do tests.
package examples

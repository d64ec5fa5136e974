package tidings

// Fragment is a piece of a text that a filter was looked for in.
type Fragment struct {
	Text string
	Hit  bool // it is what the filter asks for
}

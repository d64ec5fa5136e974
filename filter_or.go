package tidings

// Or selects what either filter selects. Where both are long, together they may be longer than a filter can be: then it is an
// *InvalidError.
func (f Filter) Or(other Filter) (Filter, error) {
	if f.IsZero() || other.IsZero() {
		return Filter{}, nil
	}
	return ParseFilter(either([]*term{f.root, other.root}).text)
}

package templates

// longestAbout is in columns: search engines show less.
const longestAbout = 300

// about says in a sentence what a page is about, for search engines and where it is shared: the description that it was given,
// else what there is to say of its kind; empty: nothing.
func (w *words) about(p Page, whole any) (string, error) {
	if p.Description != "" {
		return cut(p.Description, longestAbout), nil
	}
	if list, ok := whole.(*ListPage); ok {
		return w.aboutList(list)
	}
	why, err := w.why(whole)
	if why == "" || err != nil {
		return "", err
	}
	return w.text("about-page", "Site", line(p.Site.Name(w.tag)), "Why", why)
}

// why says what a page is for that lists no releases; empty: nothing is to be said.
func (w *words) why(page any) (string, error) {
	switch page.(type) {
	case *TopicsPage:
		return w.text("topics-why")
	case *ArchivePage:
		return w.text("archive-why")
	case *OfficesPage:
		return w.text("offices-why")
	case *FeedsPage:
		return w.text("feeds-what")
	case *SubscribePage:
		return w.text("join-why")
	}
	return "", nil
}

func (w *words) aboutList(p *ListPage) (string, error) {
	name := line(p.Site.Name(w.tag))
	switch sel := p.Selection; {
	case sel.Topic != "":
		return w.text("about-topic", "Site", name, "Topic", w.topic(p.Topics, sel.Topic))
	case sel.Language != "":
		return w.text("about-language", "Site", name, "Language", languageName(sel.Language))
	case sel.Office != "":
		return w.text("about-office", "Site", name, "Office", line(sel.Office))
	case p.Year != 0:
		span, err := w.span(p)
		if err != nil {
			return "", err
		}
		return w.text("about-span", "Site", name, "Span", span)
	}
	return w.text("about-all", "Site", name)
}

// span is the year or the month of a page of the archive.
func (w *words) span(p *ListPage) (string, error) {
	if p.Month != 0 {
		return w.month(p.Year, p.Month)
	}
	return w.year(p.Year)
}

package ingest

import (
	"regexp"
	"strings"
)

var pictureWord = regexp.MustCompile(`^(img|image|figure|fig|picture|photo|pic|screenshot|cover)s?$|[-_](img|image|figure|picture|photo)$|^(img|image|figure|picture|photo|next|responsive|lazy|optimized|lightbox|static)[-_]?(img|image|figure|picture|photo|left|right|full|flexible|card|block)?$`)

// title is what a note calls the thing.
func (c *call) title() string {
	switch c.style {
	case angle:
		return "the shortcode " + c.name
	case component:
		return "the component " + c.name
	case tag:
		return "the tag " + c.name
	case expression, brace:
	}
	return "{" + short(c.raw) + "}"
}

// speaker is the line below a quote that says whose it is.
func (c *call) speaker() string {
	if who := c.word("author", "cite", "attribution", "by", "source", "name"); who != "" {
		return "\n>\n> — " + who
	}
	return ""
}

// word is the first of the keys that has a value.
func (c *call) word(keys ...string) string {
	for _, key := range keys {
		if v := oneLine(c.named[key]); v != "" && !strings.Contains(v, "{") {
			return v
		}
	}
	return ""
}

// picture is what a call shows, or "".
func (c *call) picture() string {
	named := c.word("src", "url", "image", "img", "file", "path", "source", "filename", "image_path")
	if named == "" && len(c.args) > 0 && !strings.Contains(c.args[0], " ") {
		named = c.args[0]
	}
	address, _, _ := strings.Cut(named, "?")
	if kind := mediaType(address); strings.HasPrefix(kind, "image/") || named != "" && kind == "" && pictureWord.MatchString(c.name) {
		return named
	}
	return ""
}

func isLink(name string) bool {
	switch strings.NewReplacer("-", "", "_", "").Replace(name) {
	case "link", "a", "button", "btn", "cta", "card", "linkcard", "buttonlink", "linkbutton", "nextlink", "extlink", "externallink":
		return true
	}
	return false
}

// file is what a call offers to take along, or "".
func (c *call) file() string {
	named := c.word("file", "src", "path", "href", "url", "link", "source")
	for _, arg := range c.args {
		if named == "" && mediaType(arg) != "" {
			named = arg
		}
	}
	if mediaType(named) == "" {
		return ""
	}
	return named
}

// address is where a call leads, or "".
func (c *call) address() string {
	if named := c.word("href", "url", "link", "to", "src", "source"); looksLikeAddress(named) {
		return named
	}
	for _, arg := range c.args {
		if looksLikeAddress(arg) {
			return arg
		}
	}
	return ""
}

func looksLikeAddress(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "mailto:") ||
		strings.HasPrefix(s, "/") && len(s) > 1 && !strings.Contains(s, " ") || strings.HasPrefix(s, "#") && len(s) > 1 && !strings.Contains(s, " ")
}

// destination makes an address what stands between the parentheses of a link.
func destination(address string) string {
	return strings.NewReplacer(" ", "%20", "(", "%28", ")", "%29", "<", "%3C", ">", "%3E", "\n", "").Replace(address)
}

// bracketed is text between the brackets of a link.
func bracketed(text string) string { return strings.NewReplacer("[", `\[`, "]", `\]`).Replace(text) }

func linkText(c *call, address string) string {
	text := c.word("title", "text", "label", "caption", "name", "alt", "content", "children")
	for _, arg := range c.args {
		if text == "" && arg != address && strings.Contains(arg, " ") {
			text = oneLine(arg)
		}
	}
	if text == "" {
		text = strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	}
	return "[" + bracketed(text) + "](" + destination(address) + ")"
}

func pictureText(c *call, ref string) string {
	alt := c.word("alt", "alttext", "alt_text")
	caption := c.word("caption", "attr", "credit")
	if title := c.word("title"); caption == "" && alt != "" {
		caption = title
	} else if alt == "" {
		alt = title
	}
	for _, arg := range c.args {
		if alt == "" && arg != ref && strings.Contains(arg, " ") {
			alt = oneLine(arg)
		}
	}
	if caption == alt {
		caption = ""
	}
	text := "![" + bracketed(alt) + "](" + destination(ref) + ")"
	if caption != "" {
		text += "<br>" + caption
	}
	return text
}

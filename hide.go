package tidings

import "regexp"

// anAddress is what looks like one: a quoted local part and an address literal may be in it.
var anAddress = regexp.MustCompile(`("[^"@]*"|[^\s<>()\[\]{}"',;:|]+)[@＠](\[[^\]\s]*\]|[^\s<>()\[\]{}"',;:|]+)`)

// HideAddresses puts "(address)" where a text has what looks like a mail address: for what is kept longer than addresses are.
func HideAddresses(text string) string { return anAddress.ReplaceAllString(text, "(address)") }

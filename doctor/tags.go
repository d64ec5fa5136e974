package doctor

import (
	"fmt"
	"strings"
)

// tagList reads a list of tags as DKIM and DMARC have it (RFC 6376 §3.2), the names in lower case.
func tagList(text string) (map[string]string, error) {
	tags := map[string]string{}
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, is := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !is || name == "" {
			return nil, fmt.Errorf("%q is no tag", strings.TrimSpace(part))
		}
		if _, twice := tags[name]; twice {
			return nil, fmt.Errorf("%q stands twice", name)
		}
		tags[name] = strings.TrimSpace(value)
	}
	return tags, nil
}

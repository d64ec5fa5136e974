package feed

import (
	"strings"

	"github.com/tidings/tidings"
)

// longestSaid is how many characters a filter in words may take of a title.
const longestSaid = 150

// said is what a filter selects, in the language's words; of what is no filter, its text.
func said(site *tidings.Site, query string, topics []tidings.Topic, language string) string {
	f, err := tidings.ParseFilter(query)
	if err != nil {
		return cut(oneLine(query), longestSaid)
	}
	return cut(f.Say(wordingOf(site, topics, language)), longestSaid)
}

func wordingOf(site *tidings.Site, topics []tidings.Topic, language string) *tidings.Wording {
	w := &tidings.Wording{
		All: "all releases", Word: "“%s”", Or: " or ", And: " and ", Besides: ", ", In: "in %s", Since: "since %s", Before: "before %s",
		Without: "without %s",
	}
	if base, _, _ := strings.Cut(strings.ToLower(language), "-"); base == "ko" {
		w = &tidings.Wording{
			All: "전체 보도자료", Word: "‘%s’", Or: " 또는 ", And: " 및 ", Besides: ", ", In: "%s", Since: "%s부터", Before: "%s 전", Without: "%s 제외",
		}
	}
	w.Topic = func(slug string) string { return topicName(topics, slug, language) }
	w.Language = func(code string) string {
		for _, tag := range site.Languages {
			if strings.EqualFold(tag, code) {
				return languageName(tag)
			}
		}
		return languageName(code)
	}
	return w
}

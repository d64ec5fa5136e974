package subscribe

import (
	"slices"
	"strings"

	"github.com/tidings/tidings"
)

// maxNear is how many topics an error proposes.
const maxNear = 8

// checkTopic wants a topic that is in use.
func checkTopic(slug string, topics []tidings.Topic) error {
	var inUse []string
	for i := range topics {
		switch t := &topics[i]; {
		case t.Ended.IsZero():
			inUse = append(inUse, t.Slug)
		case t.Slug == slug:
			return tidings.Invalidf("filter", "the topic %q has ended", slug)
		}
	}
	if slices.Contains(inUse, slug) {
		return nil
	}
	if len(inUse) == 0 {
		return tidings.Invalidf("filter", "there is no topic %.80q, nor any other yet", slug)
	}
	return tidings.Invalidf("filter", "there is no topic %.80q; there is %s", slug, strings.Join(near(slug, inUse), ", "))
}

// near gives the topics that may have been meant, the nearest first; when none comes near, the first of all.
func near(slug string, topics []string) []string {
	distance := make(map[string]int, len(topics))
	var found []string
	for _, t := range topics {
		d := tidings.Distance(slug, t)
		if strings.Contains(t, slug) || strings.Contains(slug, t) {
			d = min(d, 1)
		}
		if distance[t] = d; d <= 1+len(slug)/4 {
			found = append(found, t)
		}
	}
	if len(found) == 0 {
		found = slices.Clone(topics)
	} else {
		slices.SortStableFunc(found, func(a, b string) int { return distance[a] - distance[b] })
	}
	return found[:min(len(found), maxNear)]
}

package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"strings"
)

// listTopics is how many topics the list's subscribers choose from, and each of them so many.
const (
	listTopics  = 40
	topicsOfOne = 4
)

// writeSubscribers writes a list as tidings subscriber import reads it: each address once, with four of forty topics.
func writeSubscribers(w *bufio.Writer, n int) error {
	random := rand.New(rand.NewPCG(2026, 11)) //nolint:gosec // the same every time is what it is for
	if _, err := fmt.Fprintln(w, "email,status,language,tags,created_at,ip"); err != nil {
		return err
	}
	for i := range n {
		language := "en"
		if random.IntN(8) < 5 {
			language = "ko"
		}
		tags := make([]string, topicsOfOne)
		for k, topic := range random.Perm(listTopics)[:topicsOfOne] {
			tags[k] = fmt.Sprintf("topic-%d", topic+1)
		}
		_, err := fmt.Fprintf(w, "reader.%d@host-%d.example.org,subscribed,%s,\"%s\",20%02d-%02d-%02dT08:00:00Z,203.0.%d.%d\n",
			i, random.IntN(1000), language, strings.Join(tags, ","), 10+random.IntN(16), 1+random.IntN(12), 1+random.IntN(28), random.IntN(256), random.IntN(256))
		if err != nil {
			return err
		}
	}
	return nil
}

// writeTopics writes the topics of such a list as tidings topic load reads them.
func writeTopics(w *bufio.Writer) error {
	for i := range listTopics {
		if _, err := fmt.Fprintf(w, "[[topic]]\nslug = \"topic-%d\"\nname = { en = \"Topic %d\" }\n\n", i+1, i+1); err != nil {
			return err
		}
	}
	return nil
}

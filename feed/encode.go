package feed

import (
	"bytes"
	"encoding/xml"

	"github.com/gorilla/feeds"
)

// Namespaces that the feeds speak of.
const (
	nsAtom       = "http://www.w3.org/2005/Atom"
	nsDC         = "http://purl.org/dc/elements/1.1/"
	nsMedia      = "http://search.yahoo.com/mrss/"
	nsTombstones = "http://purl.org/atompub/tombstones/1.0"
)

func encodeXML(doc feeds.XmlFeed) ([]byte, error) { return marshal(doc.FeedXml()) }

// marshal writes a whole document. feeds.WriteXML would leave the declaration and the root on one line, and no newline
// at the end.
func marshal(doc any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// readJSON reads the object that the text begins with, and gives the octets that it takes. The first line of the text is
// line first of the file.
func readJSON(text string, first int) (v value, size int, err error) {
	j := jsonReader{text: text, first: first, decoder: json.NewDecoder(strings.NewReader(text)), left: mostNodes}
	j.decoder.UseNumber()
	v, err = j.value(0)
	if err == nil && v.kind != aTable {
		err = errors.New("it must be an object { … }")
	}
	if err != nil {
		return v, 0, &trouble{line: j.line(), reason: "the front matter is not JSON: " + err.Error()}
	}
	return v, int(j.decoder.InputOffset()), nil
}

type jsonReader struct {
	text    string
	first   int
	decoder *json.Decoder
	left    int // values that may still be read
}

func (j *jsonReader) line() int {
	return j.first + strings.Count(j.text[:j.decoder.InputOffset()], "\n")
}

// deepestJSON is in levels; encoding/json reads tokens without a limit of its own.
const deepestJSON = 100

func (j *jsonReader) value(depth int) (value, error) {
	token, err := j.decoder.Token()
	v := value{line: j.line(), kind: aScalar}
	if j.left--; err == nil && (j.left < 0 || depth > deepestJSON) {
		err = errors.New("it is too large or too deep")
	}
	if err != nil {
		return v, err
	}
	switch token {
	case json.Delim('{'):
		return j.object(v, depth)
	case json.Delim('['):
		v.kind = aList
		for j.decoder.More() {
			e, err := j.value(depth + 1)
			if err != nil {
				return v, err
			}
			v.list = append(v.list, e)
		}
		_, err = j.decoder.Token() // the bracket
		return v, err
	case nil: // null
		return v, nil
	}
	v.text = fmt.Sprint(token)
	return v, nil
}

func (j *jsonReader) object(v value, depth int) (value, error) {
	v.kind, v.table = aTable, map[string]value{}
	for j.decoder.More() {
		token, err := j.decoder.Token()
		if err != nil {
			return v, err
		}
		line := j.line()
		e, err := j.value(depth + 1)
		if err != nil {
			return v, err
		}
		e.line = line
		v.table[fmt.Sprint(token)] = e
	}
	_, err := j.decoder.Token() // the brace
	return v, err
}

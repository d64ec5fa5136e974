package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gomessage "github.com/emersion/go-message"
)

// letter is a mail of the demo, read by a parser that shares nothing with the writer.
type letter struct {
	file, to   string
	header     fields
	text, html string
}

// fields are a mail's header, by canonical name.
type fields map[string][]string

func (f fields) get(name string) string {
	if len(f[name]) == 0 {
		return ""
	}
	return f[name][0]
}

// readMails reads all mails in a demo's folder, in the order in which they were sent.
func readMails(t *testing.T, dir string) []letter {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "mail", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	letters := make([]letter, len(files))
	for i, file := range files {
		letters[i] = readMail(t, file)
	}
	return letters
}

func readMail(t *testing.T, file string) letter {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	e, err := gomessage.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	l := letter{file: filepath.Base(file), header: e.Header.Map()}
	l.to = strings.Trim(l.header.get("To"), "<>")
	parts := e.MultipartReader()
	if parts == nil {
		t.Fatalf("%s has no parts", file)
	}
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return l
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		switch kind, _, _ := p.Header.ContentType(); kind {
		case "text/plain":
			l.text += string(body)
		case "text/html":
			l.html += string(body)
		default:
			t.Errorf("%s has a part of type %q", file, kind)
		}
	}
}

package examples

import (
	"embed"
	"io/fs"
)

//go:embed ministry
var files embed.FS

// Ministry is the folder ministry/: releases.txt, topics.toml, subscribers.toml, release.md and ko/, two of the releases in Korean.
func Ministry() (fs.FS, error) { return fs.Sub(files, "ministry") }

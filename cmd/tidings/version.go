package main

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := readVersion()
			return a.show(v, func(w io.Writer) {
				fmt.Fprintf(w, "tidings %s (%s)\n", v.Version, v.Go)
			})
		},
	}
}

type version struct {
	Version  string `json:"version"` // of the module, else the commit, else "devel"
	Go       string `json:"go"`
	Modified bool   `json:"modified"` // built from a checkout with changes
}

func readVersion() version {
	v := version{Version: "devel"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Go = info.GoVersion
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			if v.Version == "devel" && len(s.Value) >= 12 {
				v.Version = s.Value[:12]
			}
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

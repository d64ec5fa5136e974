package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings/templates"
)

func (a *app) themeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "theme",
		Short: "List, copy out and check the templates of pages and mails",
		Long: "Pages and mails are made of templates that are built in. A file of the same name in the folder theme.dir of the\n" +
			"configuration is laid over one of them. They are described in docs/theme.md.",
	}
	cmd.AddCommand(a.themeList(), a.themeCopy(), a.themeCheck())
	return cmd
}

func (a *app) themeList() *cobra.Command {
	return &cobra.Command{
		Use:   "list [DIR]",
		Short: "List all files, and which of them are laid over",
		Long:  "List all files, and which of them are laid over by DIR (default: theme.dir of the configuration).",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder, err := a.themeFolder(args)
			if err != nil {
				return err
			}
			files, err := templates.Theme(folder)
			if err != nil {
				return usagef("%w", err)
			}
			rows := make([][]string, len(files))
			for i, f := range files {
				rows[i] = []string{f.Name, string(f.Origin)}
			}
			return a.show(files, func(w io.Writer) { table(w, "FILE ORIGIN", rows) })
		},
	}
}

// themeFolder is the operator's folder; nil: there is none.
func (a *app) themeFolder(args []string) (fs.FS, error) {
	var dir string
	if len(args) > 0 {
		dir = args[0]
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, usagef("there is no folder %s", dir)
		}
	} else {
		cfg, err := a.loadConfig()
		if err != nil {
			return nil, err
		}
		dir = cfg.Theme.Dir
	}
	if dir == "" {
		return nil, nil
	}
	return os.DirFS(dir), nil
}

func (a *app) themeCopy() *cobra.Command {
	var to string
	var force bool
	cmd := &cobra.Command{
		Use:   "copy [FILE...] --to DIR",
		Short: "Copy built-in files out, to be changed",
		Long: "Copy built-in files (default: all) into a folder, to be changed there. Copy only what you mean to change: the rest follows\n" +
			"new versions of the program by itself.",
		Example: "  tidings theme copy pages/layout.html assets/style.css --to theme",
		RunE: func(_ *cobra.Command, names []string) error {
			if to == "" {
				return usagef("where to? Name a folder with --to")
			}
			if len(names) == 0 {
				all, err := templates.Theme(nil)
				if err != nil {
					return err
				}
				for _, f := range all {
					names = append(names, f.Name)
				}
			}
			return a.copyTheme(names, to, force)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `folder` to copy to; made if it is not there")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite what is there")
	return cmd
}

// copyTheme copies all of the files or, where one is there already, none.
func (a *app) copyTheme(names []string, to string, force bool) error {
	texts := make([][]byte, len(names))
	var faults []error
	for i, name := range names {
		var err error
		if texts[i], err = templates.Copy(filepath.ToSlash(name)); err != nil {
			return err
		}
		if _, err := os.Lstat(filepath.Join(to, name)); err == nil && !force {
			faults = append(faults, fmt.Errorf("%s is there already; --force overwrites it", filepath.Join(to, name)))
		}
	}
	if len(faults) > 0 {
		return usagef("%w", errors.Join(faults...))
	}
	for i, name := range names {
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, texts[i], 0o640); err != nil { //nolint:gosec // no secret, and the daemon may be another of the group
			return err
		}
		a.note("copied  %s", path)
	}
	return a.themeCopied(names, to)
}

// themeCopied tells machines what was done.
func (a *app) themeCopied(names []string, to string) error {
	made := struct {
		Folder string   `json:"folder"`
		Files  []string `json:"files"`
	}{to, names}
	return a.show(made, func(w io.Writer) {
		fmt.Fprintf(w, "\nThey count once the configuration says so, under [theme]:  dir = %q\nSee that they are sound:  tidings theme check %s\n", to, to)
	})
}

func (a *app) themeCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check the files that are laid over, as the program does when it starts",
		Long: "Check the files in DIR (default: theme.dir of the configuration): each is read, each word is looked up in each language, and\n" +
			"a specimen of each page and mail is made. Copies of files that have changed since in the program are named.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder, err := a.themeFolder(args)
			if err != nil {
				return err
			}
			if _, err := templates.New(folder); err != nil {
				return usagef("%w", err)
			}
			files, err := templates.Theme(folder)
			if err != nil {
				return err
			}
			return a.themeSound(files)
		},
	}
}

// themeSound tells what was checked.
func (a *app) themeSound(files []templates.ThemeFile) error {
	theirs := []templates.ThemeFile{}
	for _, f := range files {
		if f.Origin != templates.BuiltIn {
			theirs = append(theirs, f)
		}
	}
	return a.show(theirs, func(w io.Writer) {
		for _, f := range theirs {
			switch f.Origin {
			case templates.Stale:
				fmt.Fprintf(w, "stale   %s: the built-in one has changed since it was copied; copy it anew beside yours and compare\n", f.Name)
			case templates.Equal:
				fmt.Fprintf(w, "needless  %s: it is equal to the built-in one\n", f.Name)
			}
		}
		fmt.Fprintf(w, "sound: %s laid over\n", plural(len(theirs), "file", "files"))
	})
}

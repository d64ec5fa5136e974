package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings/config"
)

func (a *app) initCommand() *cobra.Command {
	var name, base, from, zone, language string
	cmd := &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Write a commented configuration, and say what to do next",
		Long: "Write tidings.toml with every key explained into the folder (default: this one). It is yours to edit; nothing that is there\n" +
			"already is overwritten.",
		Example: `  tidings init --name "Ministry of Trade" --base-url https://news.example.org --from press@example.org --time-zone Asia/Seoul`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder := "."
			if len(args) > 0 {
				folder = args[0]
			}
			values := map[string]any{}
			for key, v := range map[string]string{
				"site.name": name, "site.base_url": strings.TrimSuffix(base, "/"), "mail.from": from, "site.time_zone": zone, "site.language": language,
			} {
				if v != "" {
					values[key] = v
				}
			}
			if u, err := url.Parse(base); err == nil && u.Hostname() != "" {
				values["site.tag"] = fmt.Sprintf("%s,%d", u.Hostname(), a.now().Year())
			}
			return a.writeConfig(folder, values)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "the organisation's `name`")
	cmd.Flags().StringVar(&base, "base-url", "", "the `URL` that readers will see")
	cmd.Flags().StringVar(&from, "from", "", "the `address` that mails come from")
	cmd.Flags().StringVar(&zone, "time-zone", "", "the organisation's time `zone`, such as Asia/Seoul")
	cmd.Flags().StringVar(&language, "language", "", "the site's own `language`: en, ko")
	return cmd
}

func (a *app) writeConfig(folder string, values map[string]any) error {
	path := filepath.Join(folder, "tidings.toml")
	text, err := config.Template(values)
	if err != nil {
		return usagef("%w", err)
	}
	if _, err := config.Parse([]byte(text), path, nil); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	err = writeNew(path, []byte(text), 0o640)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already; it was left as it is", path)
	}
	if err != nil {
		return err
	}
	made := struct {
		Config string `json:"config"`
	}{path}
	return a.show(made, func(w io.Writer) {
		fmt.Fprintf(w, "wrote %s\n\nNext:\n", path)
		fmt.Fprintf(w, "  1. edit it: the name, base_url, from, and the relay under [smtp]; then see that it works:\n       tidings check --config %s\n", path)
		fmt.Fprintf(w, "  2. add a reader, who gets what goes public from then on; and publish a release (front matter and Markdown):\n"+
			"       tidings subscriber add --config %s you@example.org --basis \"my own\" --daily all\n       tidings publish --config %s release.md\n", path, path)
		fmt.Fprintf(w, "  3. run it:\n       tidings serve --config %s\n", path)
	})
}

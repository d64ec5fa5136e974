package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tidings/tidings/config"
	"github.com/tidings/tidings/dkim"
	"github.com/tidings/tidings/mailer"
)

func (a *app) keysCommand() *cobra.Command {
	keys := &cobra.Command{Use: "keys", Short: "Make the keys that sign the mails, and show their DNS records"}
	cmd := &cobra.Command{
		Use:   "dkim",
		Short: "Make the keys that sign the mails, and show their DNS records",
		Long: "Many relays sign what they send: then nothing is to be done here. Where yours does not, a DKIM key signs each mail, and its public\n" +
			"half stands in the DNS under a name of its own, the selector. All keys of the configuration sign, each for itself; a rotation adds a\n" +
			"new one, and later takes the old one out.",
	}
	cmd.AddCommand(a.dkimNew(), a.dkimShow())
	keys.AddCommand(cmd)
	return keys
}

// shownKey is what a person needs to know of a key to have it in the DNS.
type shownKey struct {
	Selector  string `json:"selector"`
	Domain    string `json:"domain"`
	File      string `json:"file"`
	Algorithm string `json:"algorithm"`
	Bits      int    `json:"bits,omitempty"`
	Name      string `json:"name"`
	Record    string `json:"record"`
	Zone      string `json:"zone"`
}

func shown(key *dkim.Key, file string) (shownKey, error) {
	host, text, err := key.Record()
	return shownKey{
		Selector: key.Selector, Domain: key.Domain, File: file, Algorithm: key.Algorithm(), Bits: key.Bits(),
		Name: host, Record: text, Zone: dkim.Zone(host, text),
	}, err
}

// strength is the algorithm as people speak of it, and what is to be said against a key.
func (k *shownKey) strength() string {
	if k.Bits == 0 {
		return k.Algorithm
	}
	text := fmt.Sprintf("%s, %d bits", k.Algorithm, k.Bits)
	if k.Bits < dkim.RSAShould {
		text += fmt.Sprintf(": too weak to last, make one of %d", dkim.RSAShould)
	}
	return text
}

func (a *app) dkimNew() *cobra.Command {
	var domain, file string
	var ed bool
	cmd := &cobra.Command{
		Use:   "new SELECTOR",
		Short: "Make a key, and print its DNS record and the table for the configuration",
		Long: "Make a private key in a file that only you can read, and print what goes into the DNS and into the configuration. Nothing is signed\n" +
			"with it before the table stands in the configuration; put the record into the DNS first. RSA, of 2048 bits, is what all verifiers\n" +
			"know; --ed25519 makes a short and fast one, to stand beside an RSA key.",
		Example: "  tidings keys dkim new 2026a\n  tidings keys dkim new --ed25519 2026b",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			from := bare(cfg.Mail.From)
			key := dkim.Key{Domain: strings.ToLower(domain), Selector: strings.ToLower(args[0])}
			if key.Domain == "" {
				key.Domain = dkim.DomainOf(from)
			}
			if file == "" {
				file = filepath.Join(filepath.Dir(a.configPath), "dkim-"+key.Selector+".pem")
			}
			return a.makeDKIM(&key, from, file, ed)
		},
	}
	cmd.Flags().BoolVar(&ed, "ed25519", false, "an Ed25519 key; some verifiers know RSA alone")
	cmd.Flags().StringVar(&domain, "domain", "", "the `domain` that signs: that of the From address (default), or a parent of it")
	cmd.Flags().StringVar(&file, "file", "", "the `file` to write (default: dkim-SELECTOR.pem beside the configuration)")
	return cmd
}

func (a *app) makeDKIM(key *dkim.Key, from, file string, ed bool) error {
	private, text, err := dkim.Generate(ed)
	if err != nil {
		return err
	}
	key.Private = private
	if err := key.Validate(from); err != nil {
		return err
	}
	if err := writeNew(file, text, 0o600); errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already; it was left as it is: a new key needs a new selector", file)
	} else if err != nil {
		return err
	}
	k, err := shown(key, file)
	if err != nil {
		return err
	}
	return a.show(k, func(w io.Writer) {
		fmt.Fprintf(w, "made %s (%s). Nobody but you can read it; the user that tidings runs as must.\n\n", file, k.strength())
		fmt.Fprintf(w, "1. Into the DNS. Where a form asks for the text, it takes all strings as one, without quotes:\n\n%s\n\n", indent(k.Zone))
		fmt.Fprintf(w, "2. Then into %s; and restart tidings:\n\n  [[dkim]]\n  selector = %q\n", a.configPath, key.Selector)
		if key.Domain != dkim.DomainOf(from) {
			fmt.Fprintf(w, "  domain = %q\n", key.Domain)
		}
		fmt.Fprintf(w, "  key_file = %q\n", relative(filepath.Dir(a.configPath), file))
	})
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

// relative is a file as a configuration in the folder names it.
func relative(folder, file string) string {
	if path, err := filepath.Rel(folder, file); err == nil && filepath.IsLocal(path) {
		return path
	}
	if path, err := filepath.Abs(file); err == nil {
		return path
	}
	return file
}

func (a *app) dkimShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show the DNS records of the keys in the configuration",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			keys, err := dkimKeys(cfg)
			if err != nil {
				return err
			}
			all := make([]shownKey, len(keys))
			for i := range keys {
				if all[i], err = shown(&keys[i], cfg.DKIM[i].KeyFile); err != nil {
					return err
				}
			}
			return a.show(all, func(w io.Writer) {
				if len(all) == 0 {
					fmt.Fprintln(w, "no key is configured: the relay signs, or nobody does; `tidings keys dkim new` makes one")
				}
				for i := range all {
					fmt.Fprintf(w, "%s (%s)\n%s\n", all[i].File, all[i].strength(), indent(all[i].Zone))
				}
			})
		},
	}
}

// dkimKeys are the configured keys; each that cannot sign is an error with its number.
func dkimKeys(cfg *config.Config) ([]dkim.Key, error) {
	keys, faults := make([]dkim.Key, len(cfg.DKIM)), []error{}
	for i, d := range cfg.DKIM {
		private, err := dkim.Read(d.Key)
		if err != nil {
			faults = append(faults, fmt.Errorf("dkim.%d: %s: %w", i+1, d.KeyFile, err))
		}
		keys[i] = dkim.Key{Domain: d.Domain, Selector: d.Selector, Private: private}
	}
	return keys, errors.Join(faults...)
}

// signer signs with the configured keys; nil, when there are none: the relay signs.
func signer(cfg *config.Config) (mailer.Signer, error) {
	keys, err := dkimKeys(cfg)
	if len(keys) == 0 || err != nil {
		return nil, err
	}
	return dkim.New(bare(cfg.Mail.From), keys...)
}

// checkDKIM tells of each key that signs. What is wrong with one, the composer of the mails tells.
func checkDKIM(cfg *config.Config) (findings []finding) {
	if _, err := signer(cfg); err != nil {
		return nil
	}
	keys, _ := dkimKeys(cfg) // the signer had them
	for i := range keys {
		k, err := shown(&keys[i], cfg.DKIM[i].KeyFile)
		findings = append(findings, found("dkim", fmt.Sprintf("%s, %s", k.Name, k.strength()), err))
	}
	return findings
}

package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tidings/tidings"
)

// keyName is the file that holds the keys of the links in mails, and of suppressed addresses: one in a line, base64, the newest
// first. It lies beside the database and is backed up with it: without it the links in mails already sent stop working, and
// whoever was suppressed and erased is known no more.
const keyName = "tidings.key"

const keyHeader = "# The keys of the links in your mails, and of the addresses that must not be written to, the newest first. Keep this file\n" +
	"# secret, and with the database. To rotate, put a new line above: what was made with the older keys goes on working.\n"

// openKeys reads the keys beside the database. It makes the first one together with the database, and in an empty file:
// by that an operator says that the old ones are lost.
func openKeys(database string) (tidings.Keyring, error) {
	path := keyPath(database)
	st, err := os.Stat(path)
	switch {
	case err == nil && st.Size() == 0:
		err = errors.Join(os.Remove(path), makeKeys(path))
	case errors.Is(err, fs.ErrNotExist) && !hasContent(database):
		err = makeKeys(path)
	default:
		err = nil // readKeys tells what is wrong
	}
	if err != nil {
		return tidings.Keyring{}, fmt.Errorf("the keys: %w", err)
	}
	return readKeys(path)
}

// hasContent says whether there is a file with something in it.
func hasContent(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Size() > 0
}

// readKeys reads a file of keys, and makes none.
func readKeys(path string) (tidings.Keyring, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return tidings.Keyring{}, tidings.Invalidf(path, "is not there, but the database is, and the links in mails already sent need it. "+
			"Put it back from the backup; or, to go on without those links and without the suppressions of who was erased, make a new one: touch %s", path)
	}
	if err != nil {
		return tidings.Keyring{}, fmt.Errorf("the keys: %w", err)
	}
	var keys [][]byte
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(string(line))
		if err != nil {
			return tidings.Keyring{}, tidings.Invalidf(fmt.Sprintf("%s:%d", path, n), "is no base64 key")
		}
		keys = append(keys, key)
	}
	ring, err := tidings.NewKeyring(keys...)
	if err != nil {
		return tidings.Keyring{}, fmt.Errorf("%s: %w", path, err)
	}
	return ring, nil
}

// openMode is the mode of a file that is open to everybody on this machine, as chmod has it; "" when it is not, or has none. A group is not
// everybody: by it an operator lets in who belongs there.
func openMode(path string) string {
	st, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || st.Mode().Perm()&0o007 == 0 {
		return ""
	}
	return fmt.Sprintf("%04o", st.Mode().Perm())
}

// checkKeys says whether the keys can be read, and whether by everybody.
func checkKeys(path string) finding {
	_, err := readKeys(path)
	f := found("keys", path, err)
	if mode := openMode(path); err == nil && mode != "" {
		f.Warning = fmt.Sprintf("its mode, %s, is open to everybody on this machine, and whoever has it can leave for any reader: chmod 600 %s", mode, path)
	}
	return f
}

func keyPath(database string) string { return filepath.Join(filepath.Dir(database), keyName) }

// makeKeys writes a file with one new key. Of two processes that do so at once, one wins and both use its key.
func makeKeys(path string) error {
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	text := fmt.Appendf(nil, "%s%s\n", keyHeader, base64.StdEncoding.EncodeToString(key))
	temp, err := os.CreateTemp(filepath.Dir(path), keyName+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tidings/tidings"
)

// ChecksumEnd is what the name of a backup's checksum has behind the backup's own. The file is for `sha256sum -c` as well.
const ChecksumEnd = ".sha256"

// sumOf is the SHA-256 of a file.
func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, f)
	return hex.EncodeToString(hash.Sum(nil)), err
}

// writeSum writes the checksum of a copy for the backup that it becomes, whole or not at all. What is there is of a backup that was cut
// off before it had its name.
func writeSum(copied, backup string) error {
	sum, err := sumOf(copied)
	if err != nil {
		return err
	}
	name, mark := filepath.Base(backup), ""
	if strings.ContainsAny(name, "\\\n\r") { // as GNU's sha256sum has it
		name, mark = strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`).Replace(name), `\`
	}
	part, err := os.CreateTemp(filepath.Dir(backup), "."+filepath.Base(backup)+ChecksumEnd+".*.part")
	if err != nil {
		return err
	}
	_, err = part.WriteString(mark + sum + "  " + name + "\n")
	err = errors.Join(err, part.Sync(), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), backup+ChecksumEnd)
	}
	if err != nil {
		return errors.Join(err, removeThere(part.Name()))
	}
	return nil
}

// sumBeside is the checksum that lies beside a backup; empty: none does.
func sumBeside(backup string) (string, error) {
	text, err := os.ReadFile(backup + ChecksumEnd)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	sum, _, _ := strings.Cut(strings.TrimPrefix(string(text), `\`), " ")
	if octets, err := hex.DecodeString(sum); err != nil || len(octets) != sha256.Size {
		return "", tidings.Invalidf(backup+ChecksumEnd, "holds no SHA-256. To restore without that check, move it away")
	}
	return strings.ToLower(sum), nil
}

// removeThere removes a file that may be there.
func removeThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

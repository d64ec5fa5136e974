package dkimtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
)

// Zone is a DNS: TXT records by name.
type Zone map[string]string

// Verify gives the first fault that go-msgauth finds in a message that is to have so many signatures.
func (z Zone) Verify(message []byte, signatures int) error {
	found, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{LookupTXT: func(host string) ([]string, error) {
		if text, ok := z[host]; ok {
			return []string{text}, nil
		}
		return nil, errors.New("no such record")
	}})
	if err != nil {
		return err
	}
	if len(found) != signatures {
		return fmt.Errorf("%d signatures, want %d", len(found), signatures)
	}
	for _, v := range found {
		if v.Err != nil {
			return v.Err
		}
	}
	return nil
}

// python is Debian's own, whatever else is called so: its packages are for no other.
const python = "/usr/bin/python3"

// judge prints, for each message, what came of each of its signatures.
const judge = `
import base64, json, sys, dkim
asked = json.load(sys.stdin)
zone = {k + ".": v.encode() for k, v in asked["Zone"].items()}
def dns(name, timeout=5):
    return zone.get(name if isinstance(name, str) else name.decode())
out = []
for text in asked["Messages"]:
    d = dkim.DKIM(base64.b64decode(text))
    count = sum(1 for name, _ in d.headers if name.lower() == b"dkim-signature")
    found = []
    for i in range(count):
        try:
            found.append("" if d.verify(i, dnsfunc=dns) else "does not verify")
        except Exception as e:
            found.append(repr(e))
    out.append(found)
json.dump(out, sys.stdout)
`

// VerifyByPython gives what dkimpy says of each signature of each message: "" for one that verifies. Where it is not installed
// the test is skipped.
func (z Zone) VerifyByPython(t testing.TB, messages ...[]byte) [][]string {
	t.Helper()
	if _, err := os.Stat(python); err != nil {
		t.Skip(python + " is not there: dkimpy judges no signature")
	}
	asked, err := json.Marshal(struct {
		Zone     Zone
		Messages [][]byte
	}{z, messages})
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.CommandContext(t.Context(), python, "-I", "-c", "import dkim, nacl.signing").Run(); err != nil {
		t.Skip("python3-dkim and python3-nacl are not installed: dkimpy judges no signature")
	}
	cmd := exec.CommandContext(t.Context(), python, "-I", "-c", judge)
	cmd.Stdin = bytes.NewReader(asked)
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("dkimpy: %v", err)
	}
	var found [][]string
	if err := json.Unmarshal(said, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

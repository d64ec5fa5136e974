package web

import (
	"io"
	"net/http"
	"strings"
)

// healthz: the process is alive, and no more than that.
func (s *site) healthz(w http.ResponseWriter, _ *http.Request) error {
	say(w, http.StatusOK, "alive\n")
	return nil
}

// readyz: all that we cannot do without is there, or what is missing.
func (s *site) readyz(w http.ResponseWriter, r *http.Request) error {
	var missing []string
	for _, check := range s.Ready {
		if err := check.Ask(r.Context()); err != nil {
			s.Log.WarnContext(r.Context(), "not ready", "check", check.Name, "error", err)
			missing = append(missing, check.Name)
		}
	}
	if len(missing) > 0 {
		say(w, http.StatusServiceUnavailable, "not ready: "+strings.Join(missing, ", ")+"\n")
		return nil
	}
	say(w, http.StatusOK, "ready\n")
	return nil
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Cache-Control", ofNothing)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, text) //nolint:errcheck // the asker has gone; there is nobody to tell
}

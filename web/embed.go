package web

import (
	"encoding/json"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tidings/tidings"
	"github.com/tidings/tidings/templates"
)

// embed gives the HTML of forms for other sites; what these post is shown in our own form, where one more press is needed. Nothing
// changes here, so that any site may post.
func (s *site) embed(w http.ResponseWriter, r *http.Request) error {
	switch {
	case isRead(r):
		return s.embedPage(w, r)
	case r.Method != http.MethodPost:
		return &methodError{allow: "GET, HEAD, POST"}
	}
	form, err := posted(w, r)
	if err != nil {
		return err
	}
	a, err := s.asked(w, r, s.Templates.Match(form.Get("lang"), r.Header.Get("Accept-Language"), s.Site.Language))
	if err != nil {
		return err
	}
	a.form = "embed"
	return s.fillIn(w, r, a, form)
}

func (s *site) embedPage(w http.ResponseWriter, r *http.Request) error {
	p := &templates.EmbedPage{Page: s.private(w, s.visitors(r), "subscribe", "embed")}
	button, address, err := s.Templates.SubscribeWords(p.Language)
	if err != nil {
		return err
	}
	form := func(mark string) string {
		return `<form action="` + s.Site.URL("subscribe", "embed") + `" method="post"` + mark + `>
  <label for="tidings-address">` + html.EscapeString(address) + `</label>
  <input id="tidings-address" type="email" name="address" autocomplete="email" required>
  <input type="hidden" name="lang" value="` + p.Language + `">
  <button>` + html.EscapeString(button) + `</button>
</form>`
	}
	p.Code = form("")
	if len(s.Joining.Origins) > 0 {
		p.Script = form(" data-tidings") + "\n<script src=\"" + s.Site.URL("subscribe", "embed.js") + `" defer></script>`
	}
	body, err := render(s.Templates.Embed, p)
	if err != nil {
		return err
	}
	write(w, http.StatusOK, body)
	return nil
}

// embedded is what the script of other sites' forms is told.
type embedded struct {
	Stamp string `json:"stamp,omitempty"` // for a form that is about to be filled in
	Work  int    `json:"work,omitempty"`  // bits
	Wait  int64  `json:"wait,omitempty"`  // milliseconds before the form may be sent

	Done  bool   `json:"done,omitempty"`  // for one that was
	Again bool   `json:"again,omitempty"` // it must be looked at on our own page
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
}

// embedAnswer serves that script: GET for what a form needs, POST to join. Only pages of the sites that were listed may.
func (s *site) embedAnswer(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Cache-Control", ofNothing)
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !slices.ContainsFunc(s.Joining.Origins, func(o string) bool { return strings.EqualFold(strings.TrimSuffix(o, "/"), origin) }) {
		return tidings.ErrNotFound
	}
	h.Set("Access-Control-Allow-Origin", origin)
	switch {
	case isRead(r):
		return writeJSON(w, http.StatusOK, &embedded{Stamp: s.newStamp(), Work: s.Joining.Work, Wait: int64(formAge/time.Millisecond) + 100})
	case r.Method != http.MethodPost:
		return &methodError{allow: "GET, HEAD, POST"}
	}
	form, err := posted(w, r)
	if err != nil {
		return err
	}
	a, err := s.asked(w, r, s.visitors(r))
	if err != nil {
		return err
	}
	a.form = "embed"
	p := a.page
	var problem string
	p.Entries, problem = s.prefilled(form, p.Language, a.topics)
	p.Entries.Address = typed(form, "address")
	if problem != "" {
		return writeJSON(w, http.StatusUnprocessableEntity, &embedded{Again: true})
	}
	notice, err := s.signUp(r, a, form)
	switch {
	case err != nil:
		return err
	case len(p.Faults) > 0 || notice == templates.PressAgain:
		return writeJSON(w, http.StatusUnprocessableEntity, &embedded{Again: true})
	}
	answer, status := embedded{Done: notice == ""}, http.StatusOK
	if notice != "" {
		status = busy(h, notice)
	}
	if answer.Title, answer.Text, err = s.Templates.Answer(p.Language, notice); err != nil {
		return err
	}
	return writeJSON(w, status, &answer)
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck,gosec // a reader who has gone can't be told
	return nil
}

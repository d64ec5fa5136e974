package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tidings/tidings/store/storetest"
)

// exported are the names of all that a process tells, with what makes each appear.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	now := at(10)
	m := watched(sent(t), &now)
	m.connections.WithLabelValues("localhost:25")
	m.Allowed("localhost:25", func() int { return 2 })
	m.Breaker("localhost:25", func() time.Time { return time.Time{} })
	m.Certificate(func() time.Time { return at(20) })
	m.requests.WithLabelValues("feed", "200", "get").Inc()
	names := map[string]bool{"up": true} // Prometheus's own
	for line := range strings.Lines(scrape(t, m)) {
		if name := regexp.MustCompile(`^[a-z_]+`).FindString(line); name != "" {
			names[name] = true
		}
	}
	return names
}

// named are the metrics that an expression of PromQL names: what is no function, no label and no text in quotes.
func named(expr string) []string {
	for _, plain := range []string{`"[^"]*"`, `\[[^\]]*\]`, `\boffset\s+\w+`, `\{[^}]*\}`, `\b(?:by|on|without|ignoring)\s*\([^)]*\)`} {
		expr = regexp.MustCompile(plain).ReplaceAllString(expr, " ")
	}
	var names []string
	for _, m := range regexp.MustCompile(`([a-z_][a-z_0-9]*)\s*(\(?)`).FindAllStringSubmatch(expr, -1) {
		switch m[1] {
		case "and", "or", "unless", "by", "on", "without":
		default:
			if m[2] == "" {
				names = append(names, m[1])
			}
		}
	}
	return names
}

func checkNames(t *testing.T, where, expr string, known, seen map[string]bool) {
	t.Helper()
	names := named(expr)
	if len(names) == 0 {
		t.Errorf("%s: names no metric: %s", where, expr)
	}
	if strings.Count(expr, "(") != strings.Count(expr, ")") || strings.Count(expr, "{") != strings.Count(expr, "}") {
		t.Errorf("%s: brackets are left open: %s", where, expr)
	}
	for _, name := range names {
		if seen[name] = true; !known[name] {
			t.Errorf("%s: there is no metric %s: %s", where, name, expr)
		}
	}
}

// TestEveryAlertIsOfMetricsThatThereAre reads the alerts as Prometheus does: a key that it does not know is an error.
func TestEveryAlertIsOfMetricsThatThereAre(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../contrib/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var rules struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				For         string            `yaml:"for"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(&rules); err != nil {
		t.Fatal(err)
	}
	known, names := exported(t), map[string]bool{}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || names[r.Alert] || r.Annotations["summary"] == "" || r.Labels["severity"] == "" {
				t.Errorf("%q: a name of its own, a summary and a severity are needed", r.Alert)
			}
			names[r.Alert] = true
			if _, err := time.ParseDuration(r.For); r.For != "" && err != nil {
				t.Errorf("%s: for: %v", r.Alert, err)
			}
			checkNames(t, r.Alert, r.Expr, known, map[string]bool{})
		}
	}
	if len(names) < 8 {
		t.Errorf("only %d alerts", len(names))
	}
}

func TestTheDashboardShowsWhatIsExportedAndAllOfIt(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../contrib/grafana/tidings.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Title  string `json:"title"`
		Panels []struct {
			ID      int    `json:"id"`
			Title   string `json:"title"`
			Type    string `json:"type"`
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	known, seen, ids := exported(t), map[string]bool{}, map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.Type == "" || len(p.Targets) == 0 {
			t.Errorf("%q: a number of its own, a type and something to show are needed", p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			checkNames(t, p.Title, target.Expr, known, seen)
		}
	}
	for name := range known {
		if ours := strings.HasPrefix(name, "tidings_"); ours && !seen[name] && name != "tidings_build_info" &&
			!strings.HasPrefix(name, "tidings_planning_seconds_") {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// TestTheDocsNameEveryMetric holds the table of docs/operate.md against what is told.
func TestTheDocsNameEveryMetric(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	known := exported(t)
	for name := range known {
		base := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(name, "")
		if strings.HasPrefix(name, "tidings_") && !strings.Contains(string(text), "`"+base) {
			t.Errorf("docs/operate.md does not tell of %s", base)
		}
	}
	for _, name := range regexp.MustCompile("`(tidings_[a-z_]+)").FindAllStringSubmatch(string(text), -1) {
		if !known[name[1]] && !known[name[1]+"_count"] {
			t.Errorf("docs/operate.md tells of %s, which there is not", name[1])
		}
	}
}

// TestAnAlertThatTellsADurationHasOne: of `a and b`, Prometheus gives the value of a.
func TestAnAlertThatTellsADurationHasOne(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../contrib/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, alert := range strings.Split(string(text), "- alert: ")[1:] {
		if !strings.Contains(alert, "$value | humanizeDuration") {
			continue
		}
		n++
		expr := regexp.MustCompile(`expr: ([^>]*)`).FindStringSubmatch(alert)
		if expr == nil || !strings.Contains(expr[1], "seconds") || strings.Contains(expr[1], " and ") {
			t.Errorf("the value of it is no duration: %s", alert)
		}
	}
	if n == 0 {
		t.Error("no alert tells a duration")
	}
}

// TestAnAlertCountsNothingThatAppearsWithItsFirstMail: of a series that begins at 3000, Prometheus sees an increase of 0.
func TestAnAlertCountsNothingThatAppearsWithItsFirstMail(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../contrib/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	now := at(0)
	said := scrape(t, watched(storetest.New(t), &now)) // nothing has happened yet
	label := regexp.MustCompile(`(\w+)=~?"([^"]*)"`)
	n := 0
	for _, m := range regexp.MustCompile(`(?:increase|rate|delta)\((tidings_\w+)(\{[^}]*\})?\[`).FindAllStringSubmatch(string(text), -1) {
		if n++; strings.Contains(said, "\n"+m[1]+"{class=") {
			t.Errorf("the values of a label of %s are not known beforehand", m[1])
		}
		pairs := []string{""}
		for _, pair := range label.FindAllStringSubmatch(m[2], -1) {
			for value := range strings.SplitSeq(pair[2], "|") {
				pairs = append(pairs, pair[1]+`="`+value+`"`)
			}
		}
		for _, pair := range pairs {
			if !regexp.MustCompile(`(?m)^` + m[1] + `[ {].*` + regexp.QuoteMeta(pair)).MatchString(said) {
				t.Errorf("%s is not there before the first: %s", m[0], pair)
			}
		}
	}
	if n < 4 {
		t.Errorf("only %d", n)
	}
}

package config_test

import (
	"strings"
	"testing"

	"github.com/tidings/tidings/config"
)

func TestAMisspeltVariableIsToldWhatItWasMeantToBe(t *testing.T) {
	t.Parallel()
	for variable, meant := range map[string]string{
		"TIDINGS_SMPT_HOST":                  "TIDINGS_SMTP_HOST",
		"TIDINGS_STMP_PASSWROD":              "TIDINGS_SMTP_PASSWORD",
		"TIDINGS_SMPT_PORT":                  "TIDINGS_SMTP_PORT",
		"TIDINGS_SMTP_PASSWD":                "TIDINGS_SMTP_PASSWORD",
		"TIDINGS_SMTP_PASS":                  "TIDINGS_SMTP_PASSWORD",
		"TIDINGS_SMTP_USERNAME":              "TIDINGS_SMTP_USER",
		"TIDINGS_SMTPPASSWORD":               "TIDINGS_SMTP_PASSWORD",
		"TIDINGS_SMTP__PASSWORD":             "TIDINGS_SMTP_PASSWORD",
		"TIDINGS_MAIL_PASSWORD":              "TIDINGS_SMTP_PASSWORD",
		"TIDINGS_IMAP_PASSWORD":              "TIDINGS_BOUNCE_IMAP_PASSWORD",
		"TIDINGS_BOUNCE_PASSWORD_FILE":       "TIDINGS_BOUNCE_IMAP_PASSWORD_FILE",
		"TIDINGS_EMAIL_FROM":                 "TIDINGS_MAIL_FROM",
		"TIDINGS_SITE_URL":                   "TIDINGS_SITE_BASE_URL",
		"TIDINGS_BRAND_COLOR":                "TIDINGS_BRAND_COLOUR",
		"TIDINGS_SUBSCRIBE_LETTER_PER_HOUR":  "TIDINGS_SUBSCRIBE_LETTERS_PER_HOUR",
		"TIDINGS_CADENCE_DAILY":              "TIDINGS_CADENCES_DAILY",
		"TIDINGS_CADENCES_MONTHLY_VETO":      "TIDINGS_CADENCE_MONTHLY_VETO",
		"TIDINGS_CONFG":                      "TIDINGS_CONFIG",
		"TIDINGS_SITE_LANGUGAE":              "TIDINGS_SITE_LANGUAGE",
		"TIDINGS_RETENTION_UNCONFIRMED_DAYS": "",
	} {
		_, err := config.Parse([]byte(least), "tidings.toml", []string{variable + "=7"})
		switch {
		case meant == "":
			if err != nil {
				t.Error(err)
			}
		case err == nil || err.Error() != "environment: "+variable+": is nothing that is read: did you mean "+meant+"?":
			t.Errorf("%s: want %s, not %v", variable, meant, err)
		}
	}
}

func TestTheValueOfAMisspeltVariableIsNotTold(t *testing.T) {
	t.Parallel()
	_, err := config.Parse([]byte(least), "tidings.toml", []string{"TIDINGS_SMTP_PASSWRD=hunter2"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}

func TestVariablesOfOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	var variables []string
	// Of Kubernetes, for services of these names: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
	for _, service := range []string{"", "_X", "_WEB", "_SMTPS", "_IMAP", "_SERVER", "_METRICS", "_BOUNCES", "_MAIL", "_DATABASE"} {
		s := "TIDINGS" + service
		variables = append(variables, s+"_SERVICE_HOST=10.0.0.1", s+"_SERVICE_PORT=8080", s+"_SERVICE_PORT_HTTP=8080", s+"_SERVICE_PORT_HOST=1",
			s+"_PORT=tcp://10.0.0.1:8080", s+"_PORT_8080_TCP=tcp://10.0.0.1:8080", s+"_PORT_8080_TCP_PROTO=tcp", s+"_PORT_8080_TCP_PORT=8080",
			s+"_PORT_8080_TCP_ADDR=10.0.0.1", s+"_PORT_25_UDP_ADDR=10.0.0.1")
	}
	variables = append(variables, "TIDINGS_SMTP_SERVICE_HOST=10.0.0.1", "TIDINGS_SMTP_PORT=tcp://10.0.0.1:25") // which is a key of ours
	// Of whoever runs us.
	variables = append(variables, "TIDINGS_CONFIG=tidings.toml", "TIDINGS_VERSION=1", "TIDINGS_TAG=1", "TIDINGS_PORT=8080", "TIDINGS_IMAGE=x",
		"TIDINGS_HOST=x", "TIDINGS_USER=x", "TIDINGS_DATA=/data", "TIDINGS_DB_PASSWORD=x", "TIDINGS_POSTGRES_USER=x", "TIDINGS_FTP_HOST=x",
		"TIDINGS_BACKUP_S3=x", "TIDINGS_BACKUP_BUCKET=x", "TIDINGS_=x", "TIDINGS=x", "TIDING_SMTP_HOST=x", "TIDINGS_RELAYS=x")
	for _, text := range []string{least, least + "\n[[relay]]\nhost = \"relay2.example.org\"\n"} {
		if _, err := config.Parse([]byte(text), "tidings.toml", variables); err != nil {
			t.Error(err)
		}
	}
	_, err := config.Parse([]byte(least), "tidings.toml", []string{"TIDINGS_SMTP_PORT=tcp://10.0.0.1:25"})
	if err == nil || !strings.Contains(err.Error(), "must be a whole number") {
		t.Errorf("a port for which there is no service: %v", err)
	}
}

package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"time"
)

// How far this machine's clock may be from another's.
const clockApart = time.Minute

const whyOneClick = "Mail providers unsubscribe their users by a POST to this URL (RFC 8058); where that fails, readers press Spam."

// site asks for the one-click URL by its public name, as a stranger would, and compares the clocks.
func (d *Doctor) site(ctx context.Context, f *Facts, now time.Time) []Finding {
	told := note(CheckClock, "not checked: it is compared with that of %s, which is not asked", f.Base.Host)
	if nobodys(f.Base.Hostname()) {
		return []Finding{note(CheckOneClick, "%s is nobody's: it is not asked", f.Base.Host).because(whyNothing), told}
	}
	if f.Base.Scheme != "https" {
		return []Finding{hard(CheckOneClick, "%s is not https", f.Base).because("One-click URLs must be (RFC 8058 §3.2).").
			mend("Put a proxy with TLS before it, and set site.base_url to https://…"), told}
	}
	told.Seen = "not checked: it is compared with that of " + f.Base.Host + ", which did not tell its time"
	ctx, cancel := d.question(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.OneClick, nil)
	if err != nil {
		return []Finding{unsure(CheckOneClick, "%v", err), told}
	}
	resp, err := d.Web.Do(req)
	if err != nil {
		return []Finding{siteFault(f, err), told}
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // what it says is for readers
	findings := []Finding{answer(f, resp)}
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		if left := resp.TLS.PeerCertificates[0].NotAfter.Sub(now); left < shortOf {
			findings = append(findings, warn(CheckOneClick, "the certificate of %s ends in %d days", f.Base.Host, int(left.Hours()/24)).
				because("After that no page opens, and nobody can unsubscribe.").mend("Renew it."))
		}
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		told = clock(now, at, f.Base.Host)
	}
	return append(findings, told)
}

// answer judges a status.
func answer(f *Facts, resp *http.Response) Finding {
	place := f.Base.Host + "/u/…"
	switch {
	case resp.StatusCode == http.StatusOK:
		return ok(CheckOneClick, "%s answers by its public name", place)
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return hard(CheckOneClick, "%s leads elsewhere (%s)", place, resp.Status).because(whyOneClick + " They follow no redirect.").
			mend("Set site.base_url to the address that answers itself.")
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden, resp.StatusCode == http.StatusTooManyRequests:
		return hard(CheckOneClick, "%s is barred (%s)", place, resp.Status).because(whyOneClick).
			mend("Exempt /u/ from logins, firewalls and challenges.")
	case resp.StatusCode >= 500:
		return warn(CheckOneClick, "%s: %s", place, resp.Status).because(whyOneClick).
			mend("See whether `tidings serve` runs behind the proxy.")
	}
	return hard(CheckOneClick, "%s: %s", place, resp.Status).because(whyOneClick).
		mend("Have the proxy pass /u/ on to tidings, and see that site.base_url is this site's.")
}

func siteFault(f *Facts, err error) Finding {
	var invalid *tls.CertificateVerificationError
	if errors.As(err, &invalid) {
		return hard(CheckOneClick, "%s: %v", f.Base.Host, invalid).because(whyOneClick).mend("Mend the certificate of the web server.")
	}
	return Finding{Check: CheckOneClick, Severity: Warn, Seen: f.Base.Host + " was not reached from here: " + err.Error(), Unsure: true}.
		because(whyOneClick).mend("Open %s from elsewhere. Some networks do not let a machine ask for itself by its public name.", f.Base)
}

func clock(now, other time.Time, host string) Finding {
	apart := now.Sub(other).Round(time.Second)
	if apart.Abs() > clockApart {
		return warn(CheckClock, "this clock and that of %s are %s apart", host, apart.Abs()).
			because("Digests and releases go out at the wrong time, and signatures may not verify.").
			mend("Set the clock: timedatectl set-ntp true")
	}
	return ok(CheckClock, "as that of %s", host)
}

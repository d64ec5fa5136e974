package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
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
	resp, err := d.visit(ctx, http.MethodGet, f.OneClick, "")
	if err != nil {
		return []Finding{siteFault(f, err), told}
	}
	finding, settled := answer(f.Base.Host+"/u/…", resp)
	if !settled {
		finding = d.oneClick(ctx, f)
	}
	findings := []Finding{finding}
	if resp.tls != nil && len(resp.tls.PeerCertificates) > 0 {
		if left := resp.tls.PeerCertificates[0].NotAfter.Sub(now); left < shortOf {
			findings = append(findings, warn(CheckOneClick, "the certificate of %s ends in %d days", f.Base.Host, int(left.Hours()/24)).
				because("After that no page opens, and nobody can unsubscribe.").mend("Renew it."))
		}
	}
	if at, err := http.ParseTime(resp.header.Get("Date")); err == nil {
		told = clock(now, at, f.Base.Host)
	}
	return append(findings, told)
}

// oneClick asks as a mail program does whose user unsubscribes (RFC 8058 §3.1), with a token that unsubscribes nobody. That a page opens
// says little: any server has one, and what lets readers in may bar programs.
func (d *Doctor) oneClick(ctx context.Context, f *Facts) Finding {
	resp, err := d.visit(ctx, http.MethodPost, f.OneClick, "List-Unsubscribe=One-Click")
	if err != nil {
		return siteFault(f, err)
	}
	place := "a POST to " + f.Base.Host + "/u/…"
	if finding, settled := answer(place, resp); settled {
		return finding
	}
	if resp.header.Get(f.Proof) == "" {
		return hard(CheckOneClick, "%s is answered (%s), and not by this site", place, resp.status).because(whyOneClick).
			mend("Have the proxy pass /u/ on to tidings as it comes, and see that site.base_url is this site's. " +
				"After an upgrade, start the daemon anew.")
	}
	return ok(CheckOneClick, "%s is answered by its public name, as mail providers make it", place)
}

// reply is an answer of the site, without what it says, which is for readers.
type reply struct {
	code   int
	status string
	header http.Header
	tls    *tls.ConnectionState
}

// visit asks the site.
func (d *Doctor) visit(ctx context.Context, method, url, form string) (*reply, error) {
	ctx, cancel := d.question(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := d.Web.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return &reply{code: resp.StatusCode, status: resp.Status, header: resp.Header, tls: resp.TLS}, nil
}

// answer judges a status; settled is false for the one that is as it should be.
func answer(place string, r *reply) (found Finding, settled bool) {
	switch {
	case r.code == http.StatusOK:
		return found, false
	case r.code >= 300 && r.code < 400:
		found = hard(CheckOneClick, "%s leads elsewhere (%s)", place, r.status).because(whyOneClick + " They follow no redirect.").
			mend("Set site.base_url to the address that answers itself.")
	case r.code == http.StatusUnauthorized, r.code == http.StatusForbidden, r.code == http.StatusTooManyRequests:
		found = hard(CheckOneClick, "%s is barred (%s)", place, r.status).because(whyOneClick).
			mend("Exempt /u/ from logins, firewalls and challenges.")
	case r.code >= 500:
		found = warn(CheckOneClick, "%s: %s", place, r.status).because(whyOneClick).
			mend("See whether `tidings serve` runs behind the proxy.")
	default:
		found = hard(CheckOneClick, "%s: %s", place, r.status).because(whyOneClick).
			mend("Have the proxy pass /u/ on to tidings, and see that site.base_url is this site's.")
	}
	return found, true
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

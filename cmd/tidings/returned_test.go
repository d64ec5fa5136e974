package main

// complaintOf is what a provider sends when its user calls a mail spam (RFC 5965).
func complaintOf(sender, recipient string) string {
	return "From: feedback@provider.example\nTo: " + sender + "\nSubject: FW: news\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=feedback-report; boundary=x\n\n--x\nContent-Type: text/plain\n\nA complaint.\n\n" +
		"--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: Loop/1.0\nVersion: 1\nOriginal-Mail-From: <" + sender +
		">\nOriginal-Rcpt-To: <" + recipient + ">\n\n--x\nContent-Type: message/rfc822\n\nFrom: press@example.org\nSubject: news\n\nNews.\n--x--\n"
}

package roster

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/tidings/tidings"
)

// The formats that are known by their headings.
const (
	Own        = "tidings"
	Listmonk   = "listmonk"
	Mailchimp  = "mailchimp"
	Ghost      = "ghost"
	Substack   = "substack"
	Buttondown = "buttondown"
	Plain      = "plain" // any other table
)

// Formats are the names of all formats.
func Formats() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// The keys that a column may stand for. Those of a cadence hold a filter, in our own export.
const (
	keyAddress   = "address"
	keyLanguage  = "language"
	keyTopics    = "topics"
	keyCadence   = "cadence"
	keyBasis     = "basis"
	keyBy        = "by"
	keyConsented = "consented"
	keyNetwork   = "network" // an IP address
	keyStatus    = "status"
	keyLeft      = "left"     // when they left; who has it and no status did leave
	keyLeftAt    = "left-at"  // when they last left, though they may be back
	keyBounced   = "bounced"  // when the address was found dead
	keyDisabled  = "disabled" // "true": they get no mail
	keyReason    = "reason"
	keyZone      = "zone"
	keyHour      = "hour"
	keyPaused    = "paused"
	keyBarred    = "barred" // until when they are suppressed
)

// mappable are the keys that people may name a column for.
func mappable() []string {
	return []string{
		keyAddress, keyLanguage, keyTopics, keyCadence, keyBasis, keyConsented, keyNetwork, keyStatus, keyLeft, keyReason, keyZone, keyHour,
	}
}

// format is a kind of table.
type format struct {
	name    string
	marks   [][]string          // columns, folded, that show what it is: all of one of these
	columns map[string][]string // by key, the columns it may stand in, folded; the first that has something in a row counts
}

// formats are all of them, the surest first. What stands in them was read in the exports themselves and in what makes them.
func formats() []format {
	return []format{
		{Own, [][]string{{"address", "state", "consentbasis", "consentby"}}, ownKeys()},
		{Listmonk, [][]string{{"uuid", "email", "attributes", "status"}}, map[string][]string{
			keyAddress: {"email"}, keyStatus: {"status"}, keyConsented: {"createdat"},
		}},
		{Mailchimp, [][]string{{"emailaddress", "leid", "euid"}, {"email", "leid", "euid"}, {"emailaddress", "memberrating", "optintime"}}, map[string][]string{
			keyAddress: {"emailaddress", "email"}, keyTopics: {"tags"}, keyConsented: {"confirmtime", "optintime"},
			keyNetwork: {"confirmip", "optinip"}, keyLeft: {"unsubtime"}, keyBounced: {"cleantime"}, keyReason: {"unsubreason"},
		}},
		{Ghost, [][]string{{"email", "subscribedtoemails", "createdat"}}, map[string][]string{
			keyAddress: {"email"}, keyStatus: {"subscribedtoemails"}, keyTopics: {"labels"}, keyConsented: {"createdat"},
		}},
		{Substack, [][]string{{"email", "activesubscription", "emaildisabled"}, {"email", "stripeplan", "startdate"}}, map[string][]string{
			keyAddress: {"email"}, keyDisabled: {"emaildisabled"}, keyConsented: {"createdat", "startdate"},
		}},
		{Buttondown, [][]string{{"emailaddress", "creationdate"}, {"email", "creationdate", "subscribertype"}}, map[string][]string{
			keyAddress: {"emailaddress", "email"}, keyStatus: {"type", "subscribertype"}, keyTopics: {"tags"}, keyConsented: {"creationdate"},
			keyNetwork: {"ipaddress"}, keyLeftAt: {"unsubscriptiondate"}, keyReason: {"undeliverabilityreason"},
		}},
		{Plain, nil, map[string][]string{
			keyAddress:   {"address", "email", "emailaddress", "mail", "subscriber", "이메일", "이메일주소", "전자우편", "메일"},
			keyLanguage:  {"language", "lang", "locale", "언어"},
			keyTopics:    {"topics", "topic", "tags", "labels", "lists", "list", "interests", "주제", "분야", "태그"},
			keyCadence:   {"cadence", "frequency", "주기"},
			keyBasis:     {"consentbasis", "basis", "동의근거"},
			keyConsented: {"consentedat", "consented", "confirmedat", "optintime", "subscribedat", "createdat", "동의일", "동의일시"},
			keyNetwork:   {"network", "ip", "ipaddress", "optinip"},
			keyStatus:    {"status", "state", "subscriptionstatus", "상태"},
			keyLeft:      {"unsubscribedat", "leftat"},
			keyReason:    {"reason"},
			keyZone:      {"zone", "timezone", "시간대"},
			keyHour:      {"hour"},
		}},
	}
}

// is reports whether a heading is of this kind.
func (f format) is(folded []string) bool {
	return slices.ContainsFunc(f.marks, func(all []string) bool { return f.missing(folded, all) == "" })
}

// missing is the first of the columns that the heading does not have.
func (f format) missing(folded, columns []string) string {
	for _, c := range columns {
		if !slices.Contains(folded, c) {
			return c
		}
	}
	return ""
}

// fold is a column's name as it is compared: its letters and digits, in lower case.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// standing is what a list says of somebody. Where it says several things of the same address, the greatest counts.
type standing uint8

const (
	subscribed standing = iota
	paused
	unconfirmed
	left
	suppressed
)

// standings are the words for each, folded. Who pays and who does not, who is new and who is old, all are subscribers.
func standings() map[string]standing {
	words := map[standing]string{
		subscribed:  "subscribed active enabled confirmed optedin true yes 1 regular premium trialed unpaid gifted churning churned pastdue paid free comped 구독 활성",
		paused:      "paused",
		unconfirmed: "unconfirmed pending unactivated nonsubscribed notsubscribed transactional never",
		left:        "unsubscribed disabled inactive optedout removed deleted archived left cancelled false no 0 해지 수신거부",
		suppressed:  "bounced hardbounced cleaned undeliverable complained complaint spam spammy blocklisted blacklisted blocked banned suppressed",
	}
	all := map[string]standing{}
	for s, line := range words {
		for _, word := range strings.Fields(line) {
			all[word] = s
		}
	}
	return all
}

// ofFile is what the name of a file says of all in it: Mailchimp has a file for each status.
func ofFile(format, name string) standing {
	if format != Mailchimp {
		return subscribed
	}
	name = strings.ToLower(path.Base(name))
	switch {
	case strings.HasPrefix(name, "nonsubscribed"), strings.HasPrefix(name, "non_subscribed"):
		return unconfirmed
	case strings.HasPrefix(name, "unsubscribed"):
		return left
	case strings.HasPrefix(name, "cleaned"):
		return suppressed
	}
	return subscribed
}

// cadenceNames are those that our own export has columns for.
func cadenceNames() []string {
	return []string{tidings.Immediate, tidings.Daily, tidings.Weekly, tidings.Monthly}
}

// ownKeys are the columns of our own export.
func ownKeys() map[string][]string {
	keys := map[string][]string{
		keyAddress: {"address"}, keyLanguage: {"language"}, keyStatus: {"state"}, keyPaused: {"pauseduntil"},
		keyBasis: {"consentbasis"}, keyBy: {"consentby"}, keyConsented: {"consentat"}, keyLeft: {"left"}, keyReason: {"reason"},
		keyBarred: {"suppresseduntil"},
	}
	for _, name := range cadenceNames() {
		for _, column := range []string{name, name + "_zone", name + "_hour"} {
			keys[column] = []string{fold(column)}
		}
	}
	return keys
}

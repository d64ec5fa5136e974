package tidings

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Status says where a release stands between the desk and the public. In a release that comes in, the zero value says nothing:
// a new one goes public, now or at its date; a stored one stays where it stands.
type Status string

// The life of a release: draft → scheduled → published → withdrawn. A withdrawn release never comes back.
const (
	Draft     Status = "draft"
	Scheduled Status = "scheduled" // will go public at Published; visible nowhere before
	Published Status = "published"
	Withdrawn Status = "withdrawn"
)

// Format is the language that a release's source text is written in.
type Format string

// The source formats of a Body.
const (
	Markdown Format = "markdown"
	HTML     Format = "html"
)

// Body is a release's text: the source as it came in, and the two renderings made of it at ingest.
type Body struct {
	Format Format // of Source
	Source string // as the press office wrote it
	HTML   string // sanitised: absolute http(s) and mailto links, no script, style, form or frame
	Text   string // plain paragraphs, separated by blank lines; what filters search
}

// Attachment is a file that belongs to a release: one kept here (Hash), or one that is elsewhere (URL).
type Attachment struct {
	Name      string // as shown: "Statistics.xlsx"
	URL       string // absolute; empty when Hash is set: see Site.AttachmentURL
	MediaType string // RFC 6838: "application/pdf"; empty: unknown
	Size      int64  // octets; 0: unknown
	Hash      string `json:",omitempty"` // of the File kept here; empty: it is elsewhere
	Alt       string `json:",omitempty"` // what a picture shows, for who cannot see it
	Width     int    `json:",omitempty"` // of a picture, in pixels; 0: unknown, or no picture
	Height    int    `json:",omitempty"` // likewise
	Cover     bool   `json:",omitempty"` // the picture above the text, which stands for the release where it is shared
}

// File is the octets of a picture or an attachment, kept under their hash: the same file is kept once, and its URL never has
// other octets.
type File struct {
	Hash      string // lower-case hexadecimal SHA-256 of Data: see HashOf
	Name      string // as it came in, without folders
	MediaType string // RFC 6838
	Data      []byte
}

// HashOf is the hash that octets are kept under.
func HashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Alternate is a public release that says the same in another language.
type Alternate struct {
	Language string
	Slug     string
	Title    string
}

// Withdrawal is what is said when a release is taken back.
type Withdrawal struct {
	Reason    string // shown on the page that is left; may be empty
	Successor int64  // the release that takes its place; 0: none
	Notify    bool   // tell those who got it by mail, in their next digest
}

// Contact is whom the press may ask.
type Contact struct {
	Name  string
	Email string
	Phone string
}

// Release is one press release, announcement or notice, in one language.
type Release struct {
	ID     int64  // the store's number; 0: not stored yet
	URI    string // RFC 4151 tag: URI, given when first stored, the same for ever and in every feed
	Source string // where it was ingested from; ingesting the same Source again revises the same release
	// SourceGuessed: Source is but the name of a file. A release of another title that comes in under it is refused, since it
	// is more likely a new release than a new title.
	SourceGuessed bool
	// AtDesk: a person at the desk revises it, and not its Source. When that says again what it said last, the desk's word stands.
	AtDesk bool
	Slug   string // names its page; unique
	// SlugByHand: a person asks for this Slug, and a stored release moves to it (the old one goes on leading there). Without
	// it, Slug names a new release and leaves a stored one where it is, whatever its title becomes.
	SlugByHand bool
	Language   string // BCP 47: "en", "ko", "pt-BR"

	Title   string // one line of plain text
	Summary string // plain text, a sentence or two; may be empty: see Lead
	Body    Body

	Topics       []string // slugs, the most fitting first
	TopicsByHand bool     // a person chose Topics; rules no longer touch them
	Office       string   // the part of the organisation that speaks; may be empty
	Authors      []string
	Contact      Contact
	Attachments  []Attachment

	Status    Status
	Published time.Time // the release's own date (may lie in the past); for Scheduled when it goes public; zero for Draft
	Updated   time.Time // the last significant edit; equals Published when there was none
	Revision  int       // counts from 1; every change of text makes the next
	Note      string    // coming in: what this revision changes, for readers; empty: a silent edit. Stored: the newest such note
	Reason    string    // why it was withdrawn
	Successor string    // of a withdrawn one: the slug of the public release that took its place; empty: there is none
	Seq       int64     // its publication number; 0: not public

	// Translation is a key that the versions of one release in several languages share; empty: it stands alone. Readers of mail
	// get one of them, once.
	Translation string
	Aliases     []string // old paths on this site that lead here, with a query where that tells them apart: "/view.do?seq=7"
	Files       []string // hashes of the files kept here that its text and attachments show
}

// Public reports whether anyone but the press office may know of the release.
func (r *Release) Public() bool { return r.Seq > 0 && r.Status == Published }

// HasTopic reports whether the release carries the topic.
func (r *Release) HasTopic(slug string) bool { return slices.Contains(r.Topics, slug) }

// Change is what an ingest did with one release.
type Change string

// What ingesting one release did.
const (
	Created Change = "created"
	Changed Change = "changed" // a new revision was made
	Same    Change = "same"
	Broken  Change = "broken" // the input was not taken; nothing was written
)

// Filing is one release of a batch that is filed at once.
type Filing struct {
	Release  *Release // what it became is filled in
	Files    []File   // octets of Release.Files that may not be kept here yet
	Archived bool     // when it goes public now, nobody is mailed: an archive is taken over
}

// Filed is what became of a Filing.
type Filed struct {
	Change Change
	Err    error // of a Broken one: an *InvalidError
}

// PublicationKind says what a publication number was given for.
type PublicationKind string

// Every public change of a release takes a number; only FirstPublication goes into digests.
const (
	FirstPublication    PublicationKind = "published"
	ArchivePublication  PublicationKind = "archived" // public, but too old to be mailed: an archive taken over
	EditPublication     PublicationKind = "edited"   // text, topics or language of a public release changed
	WithdrawPublication PublicationKind = "withdrawn"
)

// Package media holds the rules for pictures and films of products: what is
// accepted, by its bytes and not by its name, what is made of it and under which
// keys it is kept. It imports fault and does no I/O.
package media

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"tradewind/internal/platform/fault"
)

// Kinds of media, as products have them.
const (
	Image = "image"
	Video = "video"
)

// Where objects are kept. What is below Pictures and Films is public and never
// changes: its name is made of its content.
const (
	Incoming  = "incoming/"  // uploads by address, until they are confirmed
	Originals = "originals/" // what pictures were made from, as it was sent; private
	Pictures  = "pictures/"
	Films     = "films/"
)

// Type is a content type that is accepted.
type Type struct{ Kind, Name, Ext string }

// Types by what the first bytes say.
var types = []struct {
	Type
	is func(head string) bool
}{
	{Type{Image, "image/jpeg", "jpg"}, begins("\xff\xd8\xff")},
	{Type{Image, "image/png", "png"}, begins("\x89PNG\r\n\x1a\n")},
	{Type{Image, "image/gif", "gif"}, func(h string) bool { return begins("GIF87a")(h) || begins("GIF89a")(h) }},
	{Type{Image, "image/webp", "webp"}, func(h string) bool { return begins("RIFF")(h) && len(h) >= 12 && h[8:12] == "WEBP" }},
	{Type{Video, "video/mp4", "mp4"}, func(h string) bool { return len(h) >= 12 && h[4:8] == "ftyp" && mp4Brands[h[8:12]] }},
	{Type{Video, "video/webm", "webm"}, begins("\x1a\x45\xdf\xa3")},
}

// mp4Brands are those that browsers play: ISO base media and MPEG-4 (ISO/IEC 14496-12 and -14).
var mp4Brands = map[string]bool{"isom": true, "iso2": true, "iso4": true, "iso5": true, "iso6": true, "mp41": true, "mp42": true, "avc1": true, "M4V ": true, "dash": true}

func begins(with string) func(string) bool {
	return func(head string) bool { return strings.HasPrefix(head, with) }
}

// SniffLen is how many bytes Sniff looks at.
const SniffLen = 512

// Sniff tells what something is by how it begins. The code of the error is
// "media-unsupported".
func Sniff(head []byte) (Type, error) {
	for _, t := range types {
		if t.is(string(head)) {
			return t.Type, nil
		}
	}
	if text := strings.ToLower(string(head)); strings.Contains(text, "<svg") {
		return Type{}, unsupported("SVG pictures can hold programs and are not accepted; send a JPEG, PNG, GIF or WebP.")
	}
	return Type{}, unsupported("This is no picture (JPEG, PNG, GIF, WebP) and no film (MP4, WebM).")
}

func unsupported(detail string) error {
	return fault.New(fault.Unsupported, "media-unsupported", "%s", detail)
}

// Damaged says that a picture or film cannot be read to its end.
func Damaged(cause error) error {
	return fault.New(fault.Invalid, "media-damaged", "The file is damaged or not whole.").Because(cause)
}

// Widths are those in which pages show pictures, in pixels.
var Widths = []int{160, 480, 960, 1600}

// WidthsOf are the widths that are made of a picture that is width pixels wide,
// the largest last: none is wider than it was.
func WidthsOf(width int) (out []int) {
	largest := min(width, Widths[len(Widths)-1])
	for _, w := range Widths {
		if w < largest {
			out = append(out, w)
		}
	}
	return append(out, largest)
}

// recipe is part of every name: another way to make renditions makes other names.
const recipe = "tradewind renditions 1"

// Hash names content. sum is its SHA-256.
func Hash(sum []byte) string {
	whole := sha256.Sum256(append([]byte(recipe), sum...))
	return hex.EncodeToString(whole[:16])
}

// Picture is the name of a public picture: whose content, how wide, which format.
type Picture struct {
	Hash  string
	Width int
	Ext   string
}

func (p Picture) name() string { return fmt.Sprintf("%s-%d.%s", p.Hash, p.Width, p.Ext) }

// Key is where p is kept.
func (p Picture) Key() string { return Pictures + p.name() }

// Original is where that is kept which p, the largest, was made from.
func (p Picture) Original() string { return Originals + p.name() }

// Renditions are all the pictures made of the same content as p, the largest, in
// order of their widths.
func (p Picture) Renditions() (out []Picture) {
	for _, w := range WidthsOf(p.Width) {
		out = append(out, Picture{p.Hash, w, p.Ext})
	}
	return out
}

// Film is where a film is kept.
func Film(hash string, t Type) string { return Films + hash + "." + t.Ext }

var pictureName = regexp.MustCompile(`^([0-9a-f]{32})-([1-9][0-9]{0,3})\.(jpg|png)$`)

// Parse reads the key of a picture, or of what it was made from.
func Parse(key string) (Picture, bool) {
	m := pictureName.FindStringSubmatch(path.Base(key))
	if m == nil || key != Pictures+m[0] && key != Originals+m[0] {
		return Picture{}, false
	}
	width, err := strconv.Atoi(m[2])
	return Picture{m[1], width, m[3]}, err == nil && width <= Widths[len(Widths)-1]
}

var filmName = regexp.MustCompile(`^films/[0-9a-f]{32}\.(mp4|webm)$`)

// IsPublic reports whether anybody may see what is under key.
func IsPublic(key string) bool {
	p, ok := Parse(key)
	return ok && key == p.Key() || filmName.MatchString(key)
}

package media

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/platform/fault"
)

const pixels = 1_000_000

// quarters is a picture whose corners tell which way up it is: red, green, blue
// and white, from the top left on, by rows.
func quarters(w, h int, opaque bool) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	colours := []color.NRGBA{{R: 255, A: 255}, {G: 255, A: 255}, {B: 255, A: 255}, {R: 255, G: 255, B: 255, A: 255}}
	if !opaque {
		colours[3].A = 0
	}
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, colours[2*(2*y/h)+2*x/w])
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// withExif puts a camera's block behind the first marker of a JPEG: how it was
// held, and a place.
func withExif(jpeg []byte, held uint16, order binary.AppendByteOrder) []byte {
	mark := "MM"
	if order.String() == "LittleEndian" {
		mark = "II"
	}
	tiff := order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range [][4]uint32{{0x0100, 3, 1, 7}, {0x0112, 3, 1, uint32(held)}} {
		tiff = order.AppendUint16(order.AppendUint16(tiff, uint16(e[0])), uint16(e[1]))
		tiff = order.AppendUint16(order.AppendUint16(order.AppendUint32(tiff, e[2]), uint16(e[3])), 0)
	}
	tiff = append(tiff, "\x00\x00\x00\x00GPS 50.1109 N 8.6821 E"...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	block := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return slices.Concat(jpeg[:2], block, body, jpeg[2:])
}

func read(t testing.TB, r Renditions, i int) image.Image {
	t.Helper()
	img, kind, err := image.Decode(bytes.NewReader(r.Widths[i].Data))
	if err != nil || "image/"+kind != r.Type.Name {
		t.Fatalf("rendition %d is %s: %v", i, kind, err)
	}
	if b := img.Bounds(); b.Dx() != r.Widths[i].Width || b.Dy() != r.Widths[i].Height {
		t.Errorf("rendition %d has %v, says %d × %d", i, b, r.Widths[i].Width, r.Widths[i].Height)
	}
	return img
}

func TestTheBytesSayWhatItIs(t *testing.T) {
	tests := map[string]struct{ head, want string }{
		"JPEG":                  {"\xff\xd8\xff\xe0..", "image/jpeg"},
		"PNG":                   {"\x89PNG\r\n\x1a\n..", "image/png"},
		"GIF":                   {"GIF89a..", "image/gif"},
		"WebP":                  {"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"},
		"MP4":                   {"\x00\x00\x00\x18ftypmp42\x00", "video/mp4"},
		"WebM":                  {"\x1a\x45\xdf\xa3..", "video/webm"},
		"SVG":                   {`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, ""},
		"SVG behind a prologue": {"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- --><SVG>", ""},
		"a page":                {"<!doctype html><img src=x onerror=alert(1)>", ""},
		"a sound":               {"RIFF\x00\x00\x00\x00WAVEfmt ", ""},
		"a picture of a phone":  {"\x00\x00\x00\x18ftypheic\x00", ""},
		"a program":             {"MZ\x90\x00", ""},
		"a PDF":                 {"%PDF-1.7", ""},
		"nothing":               {"", ""},
		"a page behind a blank": {" \x89PNG\r\n\x1a\n", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Sniff([]byte(tc.head))
			if got.Name != tc.want || (err == nil) == (tc.want == "") || err != nil && (fault.Code(err) != "media-unsupported" || fault.KindOf(err) != fault.Unsupported) {
				t.Errorf("%v, %v, want %q", got, err, tc.want)
			}
		})
	}
	if _, err := Sniff([]byte("<svg>")); !strings.Contains(err.Error(), "SVG") {
		t.Errorf("%v does not say why", err)
	}
}

func TestAPictureIsMadeInItsWidths(t *testing.T) {
	tests := map[string]struct {
		w, h int
		want []int
	}{
		"large":            {2000, 400, []int{160, 480, 960, 1600}},
		"as wide as one":   {960, 500, []int{160, 480, 960}},
		"between":          {500, 700, []int{160, 480, 500}},
		"smaller than all": {40, 30, []int{40}},
		"a pixel":          {1, 1, []int{1}},
		"a line":           {1, 900, []int{1}},
		"a flat line":      {1000, 1, []int{160, 480, 960, 1000}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			out, err := Render(Type{Image, "image/jpeg", "jpg"}, asJPEG(t, quarters(tc.w, tc.h, true)), pixels)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for i, r := range out.Widths {
				read(t, out, i)
				got = append(got, r.Width)
			}
			if last := out.Widths[len(out.Widths)-1]; !slices.Equal(got, tc.want) || last.Width == tc.w && last.Height != tc.h {
				t.Errorf("%v of height %d, want %v", got, last.Height, tc.want)
			}
		})
	}
}

// However the camera was held, the first corner that is seen is the red one.
func TestAPictureStandsUprightAndTellsNothingElse(t *testing.T) {
	upright := quarters(400, 200, true)
	for held := orientation(1); held <= 8; held++ {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			sw, sh := held.size(400, 200)
			stored := image.NewNRGBA(image.Rect(0, 0, sw, sh))
			for y := range 200 {
				for x := range 400 {
					fx, fy := held.from(x, y, sw, sh)
					stored.Set(fx, fy, upright.At(x, y))
				}
			}
			data := append(withExif(asJPEG(t, stored), uint16(held), order), "<script>alert(1)</script>"...)
			out, err := Render(Type{Image, "image/jpeg", "jpg"}, data, pixels)
			if err != nil {
				t.Fatal(err)
			}
			img := read(t, out, len(out.Widths)-1)
			if img.Bounds() != image.Rect(0, 0, 400, 200) {
				t.Fatalf("held as %d it has %v", held, img.Bounds())
			}
			for i, p := range []image.Point{{50, 30}, {350, 30}, {50, 170}, {350, 170}} {
				r, g, b, _ := img.At(p.X, p.Y).RGBA()
				want := upright.NRGBAAt(p.X, p.Y)
				if r>>15 != uint32(want.R>>7) || g>>15 != uint32(want.G>>7) || b>>15 != uint32(want.B>>7) {
					t.Errorf("held as %d, corner %d is %v, want %v", held, i, img.At(p.X, p.Y), want)
				}
			}
			for _, r := range out.Widths {
				if bytes.Contains(r.Data, []byte("Exif")) || bytes.Contains(r.Data, []byte("GPS")) || bytes.Contains(r.Data, []byte("script")) {
					t.Errorf("a rendition holds more than pixels")
				}
			}
		}
	}
}

func TestWhatCanBeSeenThroughStaysSo(t *testing.T) {
	out, err := Render(Type{Image, "image/png", "png"}, asPNG(t, quarters(300, 300, false)), pixels)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, a := read(t, out, 0).At(out.Widths[0].Width-5, out.Widths[0].Height-5).RGBA(); out.Type.Ext != "png" || a != 0 {
		t.Errorf("%v with alpha %d", out.Type, a)
	}
	if out, err = Render(Type{Image, "image/png", "png"}, asPNG(t, quarters(300, 300, true)), pixels); err != nil || out.Type.Ext != "jpg" {
		t.Errorf("%v, %v", out.Type, err)
	}
}

func TestAWebPIsRead(t *testing.T) {
	dot, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	kind, err := Sniff(dot)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Render(kind, dot, pixels)
	if err != nil || len(out.Widths) != 1 || out.Type.Ext != "jpg" {
		t.Fatalf("%v, %v", out, err)
	}
	read(t, out, 0)
}

// bomb says that it has w × h pixels and has hardly any.
func bomb(t *testing.T, w, h uint32) []byte {
	data := asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(data[16:], w)
	binary.BigEndian.PutUint32(data[20:], h)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	large := image.NewPaletted(image.Rect(0, 0, 3000, 3000), color.Palette{color.Black})
	var packed bytes.Buffer // nine million pixels in a few kilobytes
	if err := gif.Encode(&packed, large, nil); err != nil {
		t.Fatal(err)
	}
	whole := asJPEG(t, quarters(300, 300, true))
	turned := withExif(whole, 6, binary.BigEndian)
	tests := map[string]struct {
		kind string
		data []byte
		want string
	}{
		"a bomb of pixels":            {"image/png", bomb(t, 60_000, 60_000), "media-too-large"},
		"the widest there can be":     {"image/png", bomb(t, 1<<31-1, 1), "media-too-large"},
		"wide times high overflows":   {"image/png", bomb(t, 1<<31-1, 1<<31-1), "media-damaged,media-too-large"},
		"many pixels in few bytes":    {"image/gif", packed.Bytes(), "media-too-large"},
		"fewer pixels than it says":   {"image/png", bomb(t, 900, 900), "media-damaged"},
		"half of it":                  {"image/jpeg", whole[:len(whole)/2], "media-damaged"},
		"only its beginning":          {"image/jpeg", whole[:20], "media-damaged"},
		"a page that begins as a GIF": {"image/gif", []byte("GIF89a/*" + strings.Repeat(" ", 400) + "*/=1;<script>alert(1)</script>"), "media-damaged,media-too-large"},
		"another format":              {"image/webp", whole, "media-damaged"},
		"a block cut off":             {"image/jpeg", turned[:40], "media-damaged"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			out, err := Render(Type{Image, tc.kind, ""}, tc.data, pixels)
			if code := fault.Code(err); code == "" || !strings.Contains(tc.want, code) {
				t.Errorf("%d renditions, %v, want %s", len(out.Widths), err, tc.want)
			}
		})
	}
}

func box(kind string, body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8))) + kind + body
}

func TestAFilmIsWholeAndNothingElse(t *testing.T) {
	film := box("ftyp", "mp42\x00\x00\x00\x00") + box("moov", "what") + box("free", "") + box("mdat", "moving pictures")
	header := "\x1a\x45\xdf\xa3\x87\x42\x82\x84webm"
	webm := header + "\xec\x81\x00" + "\x18\x53\x80\x67\x84abcd"
	tests := map[string]struct {
		ext, data string
		ok        bool
	}{
		"an MP4":                       {"mp4", film, true},
		"with a long box":              {"mp4", film + "\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x12hi", true},
		"to the end":                   {"mp4", film + "\x00\x00\x00\x00mdatand so on", true},
		"cut off":                      {"mp4", film[:len(film)-3], false},
		"cut off in a header":          {"mp4", film[:len(film)-20], false},
		"a page behind it":             {"mp4", film + "<script>alert(1)</script>", false},
		"an archive behind it":         {"mp4", film + "PK\x05\x06" + strings.Repeat("\x00", 18), false},
		"nothing to play":              {"mp4", box("ftyp", "mp42") + box("moov", ""), false},
		"a box that ends before it is": {"mp4", film + "\x00\x00\x00\x04free", false},
		"a box longer than numbers":    {"mp4", film + "\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff", false},
		"nothing":                      {"mp4", "", false},
		"a WebM":                       {"webm", webm, true},
		"of unknown length":            {"webm", header + "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xffand so on", true},
		"a Matroska":                   {"webm", strings.Replace(webm, "webm", "mkvx", 1), false},
		"a WebM cut off":               {"webm", webm[:len(webm)-1], false},
		"a WebM with a page":           {"webm", webm + "<html>", false},
		"a WebM of nothing":            {"webm", header, false},
		"two headers":                  {"webm", webm + header, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := CheckFilm(Type{Video, "", tc.ext}, strings.NewReader(tc.data), int64(len(tc.data)))
			if (err == nil) != tc.ok || err != nil && fault.Code(err) != "media-damaged" {
				t.Errorf("%v, want ok %v", err, tc.ok)
			}
		})
	}
}

func TestNamesLeadNowhereElse(t *testing.T) {
	hash := Hash([]byte("sum"))
	p := Picture{hash, 960, "jpg"}
	if got, ok := Parse(p.Key()); !ok || got != p || !IsPublic(p.Key()) || len(hash) != 32 {
		t.Errorf("%s is %v", p.Key(), got)
	}
	if got, ok := Parse(p.Original()); !ok || got != p || IsPublic(p.Original()) {
		t.Errorf("%s is %v, public %v", p.Original(), got, IsPublic(p.Original()))
	}
	if got := p.Renditions(); len(got) != 3 || got[0].Width != 160 || got[2] != p {
		t.Errorf("renditions are %v", got)
	}
	if !IsPublic(Film(hash, Type{Video, "video/mp4", "mp4"})) {
		t.Error("a film is not public")
	}
	for _, key := range []string{"", "pictures/", "pictures/../" + p.Original(), "pictures/x/" + hash + "-960.jpg", "incoming/" + hash + "-960.jpg", "pictures/" + hash + "-960.svg",
		"pictures/" + hash + "-0960.jpg", "pictures/" + hash + "-9999.jpg", "pictures/" + strings.ToUpper(hash) + "-960.jpg", "films/" + hash + ".html", "films/../originals/" + hash + "-960.jpg", p.Key() + "\n"} {
		if _, ok := Parse(key); ok || IsPublic(key) {
			t.Errorf("%q is a name", key)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add(asJPEG(f, quarters(20, 10, true)))
	f.Add(withExif(asJPEG(f, quarters(20, 10, true)), 6, binary.LittleEndian))
	f.Add(asPNG(f, quarters(9, 9, false)))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, err := Sniff(data[:min(len(data), SniffLen)])
		if err != nil {
			return
		}
		if kind.Kind == Video {
			_ = CheckFilm(kind, bytes.NewReader(data), int64(len(data)))
			return
		}
		out, err := Render(kind, data, 100_000)
		if e, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || e.Kind == fault.Internal) {
			t.Fatalf("%v is nobody's error", err)
		}
		for i := range out.Widths {
			read(t, out, i)
		}
	})
}

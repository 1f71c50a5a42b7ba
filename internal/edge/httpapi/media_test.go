package httpapi

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tradewind/internal/domain/object"
	"tradewind/internal/service/account/accounttest"
)

const filmBytes = 128 << 10

// clip is a film of an MP4's outline.
var clip = "\x00\x00\x00\x10ftypmp42\x00\x00\x00\x00\x00\x00\x00\x08moov\x00\x00\x10\x08mdat" + strings.Repeat("0123456789abcdef", 256)

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// adds sends a file as staff.
func (s *shop) adds(t testing.TB, file io.Reader, kind string) (*httptest.ResponseRecorder, addedView) {
	t.Helper()
	_, tok, err := accounttest.Staff(t.Context(), s.api.DB, noon, "catalog:write")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/v1/admin/media", file)
	r.Header.Set("Authorization", "Bearer "+tok)
	r.Header.Set("Content-Type", kind)
	w := s.do(t, r)
	var v addedView
	if w.Code == http.StatusCreated {
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
	}
	return w, v
}

func (s *shop) look(t testing.TB, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestTheBytesDecideAndNotTheirName(t *testing.T) {
	s := open(t)
	tests := map[string]struct {
		file   string
		kind   string
		status int
		code   string
	}{
		"a picture with no type":         {string(pngOf(t, 3, 3)), "", 201, ""},
		"a picture that says it is HTML": {string(pngOf(t, 3, 3)), "text/html", 201, ""},
		"HTML that says it is a picture": {"<!doctype html><script>alert(1)</script>", "image/png", 415, "media-unsupported"},
		"an SVG":                         {`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "image/svg+xml", 415, "media-unsupported"},
		"a GIF that is a program":        {"GIF89a=1;alert(1)//" + strings.Repeat(" ", 99), "image/gif", 413, "media-too-large"},
		"a picture cut off":              {string(pngOf(t, 300, 300)[:60]), "image/png", 400, "media-damaged"},
		"a picture above its bound":      {string(pngOf(t, 3, 3)) + strings.Repeat("x", 64<<10), "image/png", 413, "media-too-large"},
		"more than any body":             {string(pngOf(t, 3, 3)) + strings.Repeat("x", filmBytes), "image/png", 413, ""},
		"more pixels than allowed":       {string(pngOf(t, 1001, 1000)), "image/png", 413, "media-too-large"},
		"a film and a page behind":       {clip + "<script>", "video/mp4", 400, "media-damaged"},
		"nothing":                        {"", "image/png", 415, "media-unsupported"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w, v := s.adds(t, strings.NewReader(tc.file), tc.kind)
			if w.Code != tc.status || tc.code != "" && !strings.Contains(w.Body.String(), `"code":"`+tc.code+`"`) {
				t.Fatalf("%d %s, want %d %s", w.Code, w.Body, tc.status, tc.code)
			}
			if w.Code != 201 {
				return
			}
			if got := s.look(t, v.Address); got.Code != 200 || got.Header().Get("Content-Type") != "image/jpeg" {
				t.Errorf("it is served as %d %s", got.Code, got.Header().Get("Content-Type"))
			}
		})
	}
}

func TestAFilmIsServedInParts(t *testing.T) {
	s := open(t)
	_, v := s.adds(t, strings.NewReader(clip), "video/mp4")
	whole := s.look(t, v.Address)
	tag := whole.Header().Get("ETag")
	if whole.Code != 200 || whole.Body.String() != clip || whole.Header().Get("Accept-Ranges") != "bytes" || whole.Header().Get("Content-Type") != "video/mp4" || tag == "" {
		t.Fatalf("%d %v", whole.Code, whole.Header())
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "public, max-age=31536000, immutable"} {
		if got := whole.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	tests := map[string]struct {
		header []string
		status int
		body   string
	}{
		"a part":                   {[]string{"Range", "bytes=32-41"}, 206, clip[32:42]},
		"the end":                  {[]string{"Range", "bytes=-5"}, 206, clip[len(clip)-5:]},
		"from the middle on":       {[]string{"Range", "bytes=4000-"}, 206, clip[4000:]},
		"beyond the end":           {[]string{"Range", "bytes=99999-"}, 416, ""},
		"a unit that there is not": {[]string{"Range", "lines=1-2"}, 416, ""},
		"a part of the same":       {[]string{"Range", "bytes=0-0", "If-Range", tag}, 206, clip[:1]},
		"a part of another":        {[]string{"Range", "bytes=0-0", "If-Range", `"other"`}, 200, clip},
		"what one has":             {[]string{"If-None-Match", tag}, 304, ""},
		"what one has not":         {[]string{"If-None-Match", `"other"`}, 200, clip},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := s.look(t, v.Address, tc.header...)
			if got.Code != tc.status || tc.body != "" && got.Body.String() != tc.body {
				t.Errorf("%d, %d bytes, want %d, %d bytes", got.Code, got.Body.Len(), tc.status, len(tc.body))
			}
		})
	}
	if got := s.look(t, v.Address, "Range", "bytes=0-1,4-5"); got.Code != 206 || !strings.HasPrefix(got.Header().Get("Content-Type"), "multipart/byteranges") {
		t.Errorf("two parts: %d %s", got.Code, got.Header().Get("Content-Type"))
	}
	r := httptest.NewRequest("HEAD", v.Address, nil)
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != whole.Header().Get("Content-Length") {
		t.Errorf("HEAD: %d %v", w.Code, w.Header())
	}
}

func TestOnlyWhatIsPublicIsSeen(t *testing.T) {
	s := open(t)
	_, v := s.adds(t, bytes.NewReader(pngOf(t, 700, 70)), "image/png")
	if len(v.Renditions) != 3 || v.Renditions[2].URL != v.Address || v.Width != 700 {
		t.Fatalf("%+v", v)
	}
	if _, err := s.api.Media.Objects.Put(t.Context(), "incoming/secret", strings.NewReader("x"), object.Put{ContentType: "text/html"}); err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(v.Address, "/media/pictures/")
	for _, path := range []string{"/media/originals/" + name, "/media/incoming/secret", "/media/", "/media/pictures/", "/media/pictures/..%2foriginals/" + name, "/media/pictures/../originals/" + name,
		"/media/pictures%2f" + name, "/media//pictures/" + name, "/media/pictures/" + name + "%00", "/media/pictures/" + strings.Replace(name, "-700", "-480x", 1),
		"/media/pictures/00000000000000000000000000000000-160.jpg", "/media/../../../../etc/passwd", "/objects/originals/" + name, "/objects/incoming/secret?token=x"} {
		if got := s.look(t, path); got.Code != 404 && got.Code != 403 {
			t.Errorf("%s: %d %.60s", path, got.Code, got.Body)
		}
	}
	if got := s.look(t, "/media/demo/mug-79-0.svg"); got.Code != 200 {
		t.Errorf("the demo's pictures: %d", got.Code)
	}
}

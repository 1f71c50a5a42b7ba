package integration

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tradewind/internal/service/account/accounttest"
)

// dot is a GIF of one pixel.
const dot = "GIF87a\x01\x00\x01\x00\x80\x00\x00000~~~,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// uploaded sends a file to the object store, as the page of staff does, and
// returns the upload that is to be confirmed.
func (s *shop) uploaded(t testing.TB, file string) string {
	t.Helper()
	_, tok, err := accounttest.Staff(t.Context(), s.db, time.Now().UTC().Truncate(time.Microsecond), "catalog:write")
	if err != nil {
		t.Fatal(err)
	}
	var up struct{ ID, Method, URL string }
	s.ask(t, "POST", "/v1/admin/media/uploads", "", "Authorization", "Bearer "+tok).into(t, &up)
	req, err := http.NewRequestWithContext(t.Context(), up.Method, s.base+up.URL, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("upload: %s", resp.Status)
	}
	return up.ID
}

func (s *shop) file(t testing.TB, path string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, body}
}

// A picture that staff add is seen by everybody who looks at the product, in the
// width that fits.
func TestAPictureGoesFromStaffToShoppers(t *testing.T) {
	s := openShop(t, nil)
	real := map[string]string{}
	staff := "Bearer " + s.people(t, "staff", real)
	s.goods(t, "", real)
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 1000, 500)), nil); err != nil {
		t.Fatal(err)
	}
	var added struct {
		URL, Address  string
		Width, Height int
	}
	s.ask(t, "POST", "/v1/admin/media/uploads/"+s.uploaded(t, photo.String()), "", "Authorization", staff).into(t, &added)
	if added.Width != 1000 || added.Height != 500 {
		t.Fatalf("added %+v", added)
	}
	body := fmt.Sprintf(`{"title":"Seen mug","category":%q,"status":"active","tax_class":"standard","media":[{"kind":"image","url":%q,"alt":"A mug","width":1000,"height":500}],"variants":[{"sku":"SEEN-1","prices":[{"minor":1900,"currency":"EUR"}]}]}`, real["category"], added.URL)
	made := s.ask(t, "POST", "/v1/admin/products", body, "Authorization", staff, "Idempotency-Key", "seen-mug")
	var p struct{ ID string }
	if made.into(t, &p); p.ID == "" {
		t.Fatalf("%d %s", made.status, made.body)
	}
	var seen struct {
		Media []struct {
			URL        string
			Renditions []struct {
				URL   string
				Width int
			}
		}
	}
	s.ask(t, "GET", "/v1/products/"+p.ID, "").into(t, &seen)
	if len(seen.Media) != 1 || seen.Media[0].URL != added.Address || len(seen.Media[0].Renditions) != 4 {
		t.Fatalf("seen %+v", seen)
	}
	for _, r := range seen.Media[0].Renditions {
		got := s.file(t, r.URL)
		c, kind, err := image.DecodeConfig(bytes.NewReader(got.body))
		if err != nil || c.Width != r.Width || kind != "jpeg" || got.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v %v %v", r.URL, got.status, got.header, c.Width, err)
		}
	}
	if got := s.file(t, added.Address, "Range", "bytes=2-5"); got.status != http.StatusPartialContent || len(got.body) != 4 {
		t.Errorf("a part: %d, %d bytes", got.status, len(got.body))
	}
	if got := s.file(t, strings.Replace(added.Address, "pictures", "originals", 1)); got.status != http.StatusNotFound {
		t.Errorf("the original is seen: %d", got.status)
	}
}

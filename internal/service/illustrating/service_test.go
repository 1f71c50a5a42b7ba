package illustrating

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"tradewind/internal/adapter/objectfolder"
	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/media"
	"tradewind/internal/domain/object"
	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
	"tradewind/internal/platform/token"
	"tradewind/internal/store"
	"tradewind/internal/store/sqlstore"
	migrations "tradewind/sql"
)

// rig is the service on a folder; its clock moves by hand.
type rig struct {
	*Service
	now time.Time
	ids int
}

// database gives the rig a real one; only what is swept needs it.
func (r *rig) database(t *testing.T) {
	t.Helper()
	ctx, c := t.Context(), sqlstore.Config{Engine: sqlstore.EngineSQLite, Path: filepath.Join(t.TempDir(), "shop.db"), PoolSize: 2}
	m, err := sqlstore.OpenMigrator(ctx, c, migrations.FS, r.Now)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Up(ctx)
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(ctx, c, migrations.FS, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	r.DB = db
}

func open(t *testing.T) *rig {
	t.Helper()
	r := &rig{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return r.now }
	tokens, err := token.NewMaker(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(nil)
	f, err := objectfolder.Open(objectfolder.Config{Dir: t.TempDir()}, tokens, "http://"+web.Listener.Addr().String(), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	f.Now = now
	web.Config.Handler = f
	web.Start()
	t.Cleanup(func() { web.Close(); f.Close() })
	r.Service = New(f, nil, Config{ImageBytes: 10_000, FilmBytes: 20_000, Pixels: 1_000_000, UploadFor: time.Hour, KeepOrphans: 24 * time.Hour}, now, func() string {
		r.ids++
		return fmt.Sprint("upload-", r.ids)
	})
	return r
}

func (r *rig) keys(t *testing.T, prefix string) (out []string) {
	t.Helper()
	page, err := r.Objects.List(t.Context(), prefix, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range page.Objects {
		out = append(out, o.Key)
	}
	return out
}

func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

const film = "\x00\x00\x00\x10ftypmp42\x00\x00\x00\x00\x00\x00\x00\x08moov\x00\x00\x00\x0cmdatwave"

func (r *rig) add(t *testing.T, data []byte) Added {
	t.Helper()
	a, err := r.Add(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAPictureIsKeptAndShown(t *testing.T) {
	r := open(t)
	data := photo(t, 600, 300)
	a := r.add(t, data)
	if a.Kind != "image" || a.Type != "image/jpeg" || a.Width != 600 || a.Height != 300 || a.Bytes != int64(len(data)) {
		t.Errorf("%+v", a)
	}
	if again := r.add(t, data); again != a {
		t.Errorf("the same bytes are %+v and %+v", a, again)
	}
	if got := r.keys(t, ""); len(got) != 4 || got[1] != strings.TrimPrefix(a.URL, "object:") && !slices.Contains(got, strings.TrimPrefix(a.URL, "object:")) {
		t.Errorf("kept are %q", got)
	}
	p, ok := media.Parse(strings.TrimPrefix(a.URL, "object:"))
	if !ok || strings.Contains(a.URL, "..") {
		t.Fatalf("%q is no name", a.URL)
	}
	for _, one := range p.Renditions() {
		if info, err := r.Objects.Head(t.Context(), one.Key()); err != nil || info.ContentType != "image/jpeg" || info.CacheControl != cache {
			t.Errorf("%+v, %v", info, err)
		}
	}
	_, body, err := r.Objects.Get(t.Context(), p.Original(), object.Range{})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if kept, err := io.ReadAll(body); err != nil || !bytes.Equal(kept, data) {
		t.Errorf("the original has %d bytes, %v", len(kept), err)
	}
}

func TestAFilmIsKeptAsItIs(t *testing.T) {
	r := open(t)
	a := r.add(t, []byte(film))
	if a.Kind != "video" || !media.IsPublic(strings.TrimPrefix(a.URL, "object:")) {
		t.Errorf("%+v", a)
	}
}

func TestWhatIsRefusedLeavesNothing(t *testing.T) {
	r := open(t)
	whole := photo(t, 600, 300)
	gone := errors.New("the browser was closed")
	tests := map[string]struct {
		body io.Reader
		want string
	}{
		"a page":            {strings.NewReader("<!doctype html><script>alert(1)</script>"), "media-unsupported"},
		"an SVG":            {strings.NewReader(`<svg onload="alert(1)">`), "media-unsupported"},
		"nothing":           {strings.NewReader(""), "media-unsupported"},
		"half a picture":    {bytes.NewReader(whole[:len(whole)/2]), "media-damaged"},
		"a large picture":   {io.MultiReader(bytes.NewReader(whole), io.LimitReader(zeros{}, 10_000)), "media-too-large"},
		"an endless film":   {io.MultiReader(strings.NewReader(film), zeros{}), "media-too-large"},
		"many pixels":       {bytes.NewReader(photo(t, 2000, 501)), "media-too-large"},
		"half a film":       {strings.NewReader(film[:len(film)-1]), "media-damaged"},
		"a film and a page": {strings.NewReader(film + "<script>"), "media-damaged"},
		"broken off early":  {iotest.ErrReader(gone), "body-broken"},
		"broken off late":   {io.MultiReader(bytes.NewReader(whole), iotest.ErrReader(gone)), "body-broken"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if a, err := r.Add(t.Context(), tc.body); fault.Code(err) != tc.want {
				t.Errorf("%+v, %v, want %s", a, err, tc.want)
			}
			if got := r.keys(t, ""); len(got) != 0 {
				t.Errorf("kept are %q", got)
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(t.TempDir(), "..", "tradewind-media-*")); len(left) != 0 {
		t.Errorf("left over are %q", left)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func (r *rig) send(t *testing.T, data []byte) Upload {
	t.Helper()
	u, err := r.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), u.To.Method, u.To.URL, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", resp, err)
	}
	resp.Body.Close()
	return u
}

func TestAnUploadIsConfirmedOnce(t *testing.T) {
	r := open(t)
	data := photo(t, 300, 300)
	u := r.send(t, data)
	a, err := r.Confirm(t.Context(), u.ID)
	if err != nil || a != r.add(t, data) {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := r.Confirm(t.Context(), u.ID); fault.Code(err) != "upload-not-found" || len(r.keys(t, media.Incoming)) != 0 {
		t.Errorf("again: %v, want upload-not-found", err)
	}
	bad := r.send(t, []byte("<svg>"))
	if _, err := r.Confirm(t.Context(), bad.ID); fault.Code(err) != "media-unsupported" || len(r.keys(t, media.Incoming)) != 0 {
		t.Errorf("of an SVG: %v; left are %q", err, r.keys(t, media.Incoming))
	}
	for _, id := range []string{"", "..", "../originals/x", "x/../../y", "nobody", strings.Repeat("x", 200)} {
		if _, err := r.Confirm(t.Context(), id); fault.Code(err) != "upload-not-found" {
			t.Errorf("Confirm(%.20q): %v, want upload-not-found", id, err)
		}
	}
}

// failing is a store that cannot be written for a while.
type failing struct {
	object.Store
	left int
}

func (f *failing) Put(ctx context.Context, key string, body io.Reader, how object.Put) (object.Info, error) {
	if f.left == 0 {
		return object.Info{}, object.Unavailable(errors.New("down"))
	}
	f.left--
	return f.Store.Put(ctx, key, body, how)
}

func TestAnUploadCanBeConfirmedAfterAnOutage(t *testing.T) {
	r := open(t)
	u := r.send(t, photo(t, 600, 300))
	whole := r.Objects
	for left := range 4 {
		r.Objects = &failing{whole, left}
		if _, err := r.Confirm(t.Context(), u.ID); fault.Code(err) != "objects-unavailable" {
			t.Errorf("after %d writes: %v, want objects-unavailable", left, err)
		}
	}
	r.Objects = whole
	if a, err := r.Confirm(t.Context(), u.ID); err != nil || a.Width != 600 {
		t.Errorf("%+v, %v", a, err)
	}
}

// name lets a product, category, brand or collection name the file.
func (r *rig) name(t *testing.T, noun, url string) {
	t.Helper()
	err := r.DB.InTx(t.Context(), func(tx store.Stores) error {
		ctx, c := t.Context(), catalog.Category{ID: noun + "-c", Slug: noun + "-c", Title: "C", Version: 1, Status: catalog.Shown}
		if noun == "category" {
			c.Image = url
		}
		if err := tx.Catalog.PutCategory(ctx, c); err != nil {
			return err
		}
		switch noun {
		case "brand":
			return tx.Catalog.PutBrand(ctx, catalog.Brand{ID: "b", Slug: "b", Title: "B", Logo: url, Version: 1})
		case "collection":
			return tx.Catalog.PutCollection(ctx, catalog.Collection{ID: "l", Slug: "l", Title: "L", Image: url, Version: 1, Status: catalog.Shown})
		case "product":
			return tx.Catalog.Put(ctx, catalog.Product{ID: "p", Slug: "p", Title: "P", CategoryID: c.ID, Status: catalog.Archived, TaxClass: "standard", Version: 1, CreatedAt: r.now, UpdatedAt: r.now,
				Variants: []catalog.Variant{{SKU: "S", Prices: []catalog.Price{{Amount: money.Of(1, "EUR")}}}}, Media: []catalog.Media{{Kind: "image", URL: url}}})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatNobodyNamesIsSweptAfterADay(t *testing.T) {
	r := open(t)
	r.database(t)
	ofProduct, ofCategory, ofBrand, ofCollection, ofNobody := r.add(t, photo(t, 601, 10)), r.add(t, photo(t, 602, 10)), r.add(t, photo(t, 603, 10)), r.add(t, []byte(film)), r.add(t, photo(t, 604, 10))
	small, _ := media.Parse(strings.TrimPrefix(ofCategory.URL, "object:"))
	r.name(t, "product", ofProduct.URL)
	r.name(t, "category", "object:"+small.Renditions()[0].Key()) // any width holds them all
	r.name(t, "brand", ofBrand.URL)
	r.name(t, "collection", ofCollection.URL)
	r.send(t, []byte("never confirmed"))
	if _, err := r.Objects.Put(t.Context(), "originals/README.txt", strings.NewReader("not ours"), object.Put{}); err != nil {
		t.Fatal(err)
	}
	before := r.keys(t, "")
	r.now = r.now.Add(24*time.Hour - time.Second)
	if n, err := r.Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("before a day is over: %d, %v", n, err)
	}
	touched := r.add(t, photo(t, 605, 10)) // young
	r.now = r.now.Add(time.Second)
	if n, err := r.Sweep(t.Context()); err != nil || n != 5 {
		t.Errorf("after a day: %d, %v; want a picture in three widths, its original and an upload", n, err)
	}
	p, _ := media.Parse(strings.TrimPrefix(ofNobody.URL, "object:"))
	y, _ := media.Parse(strings.TrimPrefix(touched.URL, "object:"))
	want := slices.DeleteFunc(before, func(key string) bool { return strings.Contains(key, p.Hash) || strings.HasPrefix(key, media.Incoming) })
	got := slices.DeleteFunc(r.keys(t, ""), func(key string) bool { return strings.Contains(key, y.Hash) })
	if !slices.Equal(got, want) {
		t.Errorf("left are %q, want %q", got, want)
	}
}

func TestASweepGoesOnWhereItEnded(t *testing.T) {
	r := open(t)
	r.database(t)
	r.page = 10
	for i := range 25 {
		if _, err := r.Objects.Put(t.Context(), fmt.Sprintf("incoming/%04d", i), strings.NewReader("x"), object.Put{}); err != nil {
			t.Fatal(err)
		}
	}
	r.now = r.now.Add(25 * time.Hour)
	for i, want := range []int{10, 10, 5, 0} {
		if n, err := r.Sweep(t.Context()); err != nil || n != want {
			t.Errorf("step %d: %d, %v, want %d", i, n, err, want)
		}
	}
}

func TestPicturesAreDecodedOneAtATime(t *testing.T) {
	r := open(t)
	r.decoding <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.Add(ctx, bytes.NewReader(photo(t, 10, 10))); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want to wait until nobody waits", err)
	}
	<-r.decoding
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := r.Add(t.Context(), bytes.NewReader(photo(t, 10, 10))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	good := Config{ImageBytes: 1 << 20, FilmBytes: 2 << 20, Pixels: 1_000_000, UploadFor: time.Hour, KeepOrphans: 24 * time.Hour}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(c *Config){
		"media.image-bytes":  func(c *Config) { c.ImageBytes = 0 },
		"media.film-bytes":   func(c *Config) { c.FilmBytes = 1 },
		"media.pixels":       func(c *Config) { c.Pixels = 1 << 40 },
		"media.upload-for":   func(c *Config) { c.UploadFor = time.Second },
		"media.keep-orphans": func(c *Config) { c.KeepOrphans = time.Hour },
	} {
		c := good
		if change(&c); c.Validate() == nil || !strings.Contains(c.Validate().Error(), want) {
			t.Errorf("%v does not name %s", c.Validate(), want)
		}
	}
}

package crash

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFirstStartMayBeKilled kills the shop while it opens on an empty folder,
// where it makes schema, secret and index.
func TestFirstStartMayBeKilled(t *testing.T) {
	rng := chance(t)
	whole := 400 * time.Millisecond
	for range 5 {
		p := newPlace(t)
		p.provider("http://" + p.shop + "/v1/webhooks/sandboxpay")
		for range 4 {
			shop := p.open()
			moment(rng, whole)
			shop.kill()
		}
		shop := p.open()
		p.ready(shop)
		p.verified()
		if err := shop.stop(); err != nil {
			t.Errorf("the shop did not close in good order: %v", err)
		}
	}
}

// TestSecretIsThereWholeOrNotAtAll stands for the moment between making the
// file of the secret and writing it, which is too short to hit.
func TestSecretIsThereWholeOrNotAtAll(t *testing.T) {
	p := newPlace(t)
	p.provider("http://" + p.shop + "/v1/webhooks/sandboxpay")
	secret := filepath.Join(p.dir, "data", "token.secret")
	if err := os.MkdirAll(filepath.Dir(secret), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	shop := p.open()
	p.ready(shop)
	text, err := os.ReadFile(secret)
	if err != nil || len(strings.TrimSpace(string(text))) < 32 {
		t.Errorf("the secret is %q, %v", text, err)
	}
}

// TestFullDiskLosesNothing sells until the files cannot grow any more. People
// can still look around; with room again, everything agrees.
func TestFullDiskLosesNothing(t *testing.T) {
	s := newStage(t)
	s.market.skus = s.rows(`SELECT sku FROM price WHERE currency = 'EUR' ORDER BY sku`)
	info, err := os.Stat(filepath.Join(s.dir, "data", "tradewind.db"))
	if err != nil {
		t.Fatal(err)
	}
	s.place.room = info.Size() + 400<<10
	shop := s.place.open()
	s.ready(shop)
	deadline := time.Now().Add(patience)
	for err == nil && time.Now().Before(deadline) {
		err = s.round(t.Context())
	}
	if err == nil || !strings.Contains(err.Error(), "500") || strings.Contains(err.Error(), "disk") {
		t.Fatalf("a full disk ends in %v, want an answer 500 without words of the database", err)
	}
	if !answers("http://" + s.place.shop + "/v1/products") {
		t.Error("a full disk keeps people from looking around")
	}
	shop.kill()

	s.place.room = 0
	shop = s.place.open()
	s.ready(shop)
	s.settled(shop)
	s.known(t)
	s.agree(s.market, s.provider, s.seeded)
}

// TestPlacesThatCannotBeWrittenAreNamed starts the shop where its files cannot
// be: the error says which setting to change.
func TestPlacesThatCannotBeWrittenAreNamed(t *testing.T) {
	p := newPlace(t)
	p.provider("http://" + p.shop + "/v1/webhooks/sandboxpay")
	p.must("migrate", "up")
	if err := os.WriteFile(filepath.Join(p.dir, "file"), []byte("no folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	readOnly := filepath.Join(p.dir, "read-only")
	if err := os.Mkdir(readOnly, 0o500); err != nil {
		t.Fatal(err)
	}
	dirs := map[string]string{"below a file": filepath.Join(p.dir, "file")}
	if probe, err := os.Create(filepath.Join(readOnly, "probe")); err == nil {
		probe.Close() // root may write anywhere
		t.Log("this user writes into read-only folders; only the file in the way is tried")
	} else {
		dirs["read-only"] = readOnly
	}
	for what, dir := range dirs {
		for _, setting := range []string{"db.path", "fts.path", "token.secret-file", "mailfolder.dir", "objectfolder.dir"} {
			out, err := p.run("serve", "-http.addr", p.shop, "-ops.addr", "off", "-sandboxpay.url", "http://"+p.pay, "-"+setting, filepath.Join(dir, "x"))
			if err == nil || !strings.Contains(err.Error(), setting) || !strings.Contains(err.Error(), dir) {
				t.Errorf("%s %s: %v, %s; want an error that names setting and place", what, setting, err, out)
			}
		}
	}
	if err := os.Mkdir(filepath.Join(p.dir, "folder.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := p.run("serve", "-db.path", "folder.db"); err == nil || !strings.Contains(err.Error(), "db.path") {
		t.Errorf("a folder as database: %v, want an error that names db.path", err)
	}
}

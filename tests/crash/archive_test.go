package crash

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// aYearAgo is the first of the month a year ago, as -before has it.
func aYearAgo() string {
	now := time.Now().UTC()
	return time.Date(now.Year()-1, now.Month(), 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func (p *place) files(pattern string) []string {
	p.Helper()
	found, err := filepath.Glob(filepath.Join(p.dir, pattern))
	if err != nil {
		p.Fatal(err)
	}
	return found
}

// exported is everything about all orders.
func (p *place) exported(name string) []byte {
	p.Helper()
	p.must("export", "-what", "orders", "-out", name)
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.Fatal(err)
	}
	return text
}

func TestKilledArchivesAndPurgesLoseNothing(t *testing.T) {
	const orders = 4000
	rng, p := chance(t), newPlace(t)
	p.must("seed", "-orders", fmt.Sprint(orders))
	before := p.exported("before.jsonl")
	p.must("archive", "-before", aYearAgo(), "-to", "straight")
	args := []string{"archive", "-before", aYearAgo(), "-to", "archive", "-purge", "-archive.keep-months", "12"}
	whole := p.timed("archive", "-before", aYearAgo(), "-to", "another")
	b := p.books()
	moments := map[string]int{}
	for range lives {
		r := p.start("tool.log", args...)
		moment(rng, whole/3)
		r.kill()
		switch purged := b.number(`SELECT COUNT(*) FROM purged_order`); {
		case purged == 0:
			moments["before the purge"]++
		case len(p.files("archive/*.manifest.json")) < len(p.files("straight/*.manifest.json")):
			moments["within"]++
		default:
			moments["behind"]++
		}
		p.verified()
	}
	p.must(args...)
	p.verified()
	if n, left := b.number(`SELECT COUNT(*) FROM purged_order`), b.number(`SELECT COUNT(*) FROM orders`); n+left != orders || n < orders/4 {
		t.Errorf("%d orders are purged and %d left of %d", n, left, orders)
	}
	for _, straight := range p.files("straight/*.jsonl.gz") {
		want, err := os.ReadFile(straight)
		if err != nil {
			t.Fatal(err)
		}
		killed := filepath.Join(p.dir, "archive", filepath.Base(straight))
		if got, err := os.ReadFile(killed); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from that of a straight run: %v", killed, err)
		}
		p.must("import", "-quiet", "-what", "orders", killed)
	}
	if n, want := len(p.files("archive/[^.]*")), 2*len(p.files("straight/*.jsonl.gz")); n != want {
		t.Errorf("the folder has %d files, its parts need %d", n, want)
	}
	if after := p.exported("after.jsonl"); !bytes.Equal(after, before) {
		t.Error("the orders came back otherwise")
	}
	p.verified()
	t.Log("moments of kills:", moments)
}

func TestArchiveOnTheCommandLine(t *testing.T) {
	p := newPlace(t)
	p.must("seed", "-orders", "300")
	refused := func(says string, args ...string) {
		t.Helper()
		if out, err := p.run(append([]string{"archive"}, args...)...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("tradewind archive %v: %v %s", args, err, out)
		}
	}
	later := time.Now().UTC().AddDate(0, 2, 0).Format("2006-01") + "-01"
	refused("say before which month")
	refused("is not a date", "-before", "May", "-to", "a")
	refused("is not the first of a month", "-before", "2025-05-02", "-to", "a")
	refused("is in the future", "-before", later, "-to", "a")
	refused("-to FOLDER", "-before", aYearAgo())
	refused("not 24 months old (archive.keep-months)", "-before", aYearAgo(), "-to", "a", "-purge")
	refused("choose between 3 and 1200", "-before", aYearAgo(), "-to", "a", "-purge", "-archive.keep-months", "1")
	refused("flags say everything", "-before", aYearAgo(), "-to", "a", "purge")
	refused("data/token.secret", "-before", aYearAgo(), "-to", "data/token.secret")
	if len(p.files("a")) > 0 {
		t.Error("a refused wish made a folder")
	}

	purge := []string{"-before", aYearAgo(), "-to", "a", "-purge", "-archive.keep-months", "12", "-region", "uk"}
	p.must("archive", "-before", aYearAgo(), "-to", "a")
	file := p.files("a/*-uk.jsonl.gz")[0]
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(whole, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(filepath.Base(file)+" is not what its manifest says", purge...)
	p.verified()
	if n := p.books().number(`SELECT COUNT(*) FROM purged_order`); n > 0 {
		t.Errorf("%d orders were purged", n)
	}
	if err := os.WriteFile(file, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	out := p.must(append([]string{"archive"}, purge...)...)
	if !strings.Contains(out, " are in a/"+filepath.Base(file)+" already, ") || !strings.Contains(out, " purged, 0 changed meanwhile and left") {
		t.Error(out)
	}
	if n := p.books().number(`SELECT COUNT(*) FROM purged_order`); n == 0 || p.books().number(`SELECT COUNT(*) FROM orders WHERE id IN (SELECT order_id FROM purged_order)`) > 0 {
		t.Errorf("%d orders are purged", n)
	}
	p.verified()
}

package crash

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// backups lists the backups of a folder that came to their end.
func (p *place) backups(folder string) []string {
	p.Helper()
	found, err := filepath.Glob(filepath.Join(p.dir, folder, "*.manifest.json"))
	if err != nil {
		p.Fatal(err)
	}
	for i := range found {
		found[i] = strings.TrimSuffix(found[i], ".manifest.json")
	}
	slices.Sort(found)
	return found
}

func (p *place) folder(name string) string {
	p.Helper()
	if err := os.Mkdir(filepath.Join(p.dir, name), 0o700); err != nil {
		p.Fatal(err)
	}
	return name
}

func TestBackupsTakenWhileBuyersBuyAreWholeShops(t *testing.T) {
	const buyers, copies = 8, 10
	p, rng := newPlace(t), chance(t)
	p.must("seed", "-stock", "500")
	staff := p.hire()
	m := &market{shop: p.shop, staff: staff, counts: map[string]int{}, skus: p.books().rows(`SELECT DISTINCT v.sku FROM variant v JOIN price x ON x.sku = v.sku WHERE x.currency = 'EUR' ORDER BY v.sku LIMIT 50`)}
	p.provider("http://" + p.shop + "/v1/webhooks/sandboxpay")
	folder := p.folder("backups")
	shop := p.open()
	p.ready(shop)
	home := m.open(t.Context(), rng, buyers)
	for range copies {
		p.must("backup", "-to", folder, "-keep", fmt.Sprint(copies))
	}
	if _, err := p.run("restore", "-from", p.backups(folder)[0], "-force"); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("a restore under an open shop: %v", err)
	}
	home()
	for _, err := range m.wrong {
		t.Error(err)
	}
	if err := shop.stop(); err != nil {
		t.Error(err)
	}
	last := int64(0)
	for i, file := range p.backups(folder) {
		other := newPlace(t)
		out, err := other.run("restore", "-from", file)
		if none := strings.Contains(out, " 0 findings"); none != (err == nil) || err != nil && !strings.Contains(err.Error(), "the backup is in place") {
			t.Fatalf("restore: %v\n%s", err, out)
		} else if !none { // money that was on its way back
			other.pay = p.pay
			again := other.open()
			other.books().settled(again)
			if err := again.stop(); err != nil {
				t.Error(err)
			}
		}
		other.verified()
		n := other.books().number(`SELECT COUNT(*) FROM orders`)
		if n < last {
			t.Errorf("backup %d has %d orders, the one before %d", i, n, last)
		}
		last = n
	}
	if len(p.backups(folder)) != copies || last == 0 {
		t.Errorf("%d backups, the last with %d orders; that proves little", len(p.backups(folder)), last)
	}
}

func TestKilledBackupsAndRestoresLeaveOneShopOrTheOther(t *testing.T) {
	rng := chance(t)
	p := newPlace(t)
	p.must("seed", "-orders", "300")
	few := filepath.Join(p.dir, "few.db")
	p.must("backup", "-to", few)
	p.must("seed", "-orders", "2000")
	many := filepath.Join(p.dir, "many.db")
	p.must("backup", "-to", many)

	folder := p.folder("backups")
	whole := p.timed("backup", "-to", folder)
	p.killed(rng, whole*3, "backup", "-to", folder)
	p.must("backup", "-to", folder, "-keep", "3")
	for _, file := range p.backups(folder) {
		other := newPlace(t)
		other.must("restore", "-from", file)
		if n := other.books().number(`SELECT COUNT(*) FROM orders`); n != 2000 {
			t.Errorf("%s has %d orders", file, n)
		}
	}
	left, err := filepath.Glob(filepath.Join(p.dir, folder, "*"))
	if err != nil || len(left) != 2*len(p.backups(folder)) {
		t.Errorf("the folder has more than its backups: %v, %v", left, err)
	}

	whole = p.timed("restore", "-from", few, "-force")
	seen := map[int64]int{}
	for range 6 {
		r := p.start("tool.log", "restore", "-from", []string{few, many}[rng.IntN(2)], "-force")
		moment(rng, whole)
		r.kill()
		seen[p.books().number(`SELECT COUNT(*) FROM orders`)]++
		p.verified()
	}
	if seen[300]+seen[2000] != 6 {
		t.Errorf("killed restores left shops of so many orders: %v", seen)
	}
	t.Log("orders after killed restores:", seen)
}

// A backup of a shop whose books do not agree comes back as it was, with a status that says so.
func TestARestoreWithFindingsSaysSoByItsStatus(t *testing.T) {
	p := newPlace(t)
	p.must("seed", "-orders", "20")
	p.spoil(`UPDATE stock SET on_hand = on_hand + 1 WHERE sku = (SELECT MIN(sku) FROM stock)`)
	file := filepath.Join(p.dir, "spoiled.db")
	p.must("backup", "-to", file)
	other := newPlace(t)
	out, err := other.run("restore", "-from", file)
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 || !strings.Contains(err.Error(), "the backup is in place, but its books do not agree") {
		t.Errorf("= %v", err)
	}
	if !strings.Contains(out, " 1 findings") && !strings.Contains(out, " 2 findings") || !strings.Contains(out, "products indexed") {
		t.Errorf("= %s", out)
	}
	if n := other.books().number(`SELECT COUNT(*) FROM orders`); n != 20 {
		t.Errorf("%d orders", n)
	}
}

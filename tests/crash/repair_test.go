package crash

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

func TestARepairIsMadeOnlyWhileTheShopIsClosed(t *testing.T) {
	p := newPlace(t)
	p.must("seed", "-orders", "50")
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.dir, "data", "tradewind.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`UPDATE stock SET on_hand = on_hand + 1 WHERE sku = (SELECT MIN(sku) FROM stock)`)
	if e := db.Close(); err != nil || e != nil {
		t.Fatal(err, e)
	}
	p.provider("http://" + p.shop + "/v1/webhooks/sandboxpay")
	shop := p.open()
	p.ready(shop)
	if out, err := p.run("verify", "-repair"); err == nil || !strings.Contains(out, "1 repairs could be made") {
		t.Errorf("looking at an open shop: %v %s", err, out)
	}
	if _, err := p.run("verify", "-repair", "-yes"); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("a repair of an open shop: %v", err)
	}
	if err := shop.stop(); err != nil {
		t.Error(err)
	}
	if out := p.must("verify", "-repair", "-yes"); !strings.Contains(out, "fix stock") || !strings.Contains(out, " 0 findings") {
		t.Error(out)
	}
}

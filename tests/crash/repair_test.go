package crash

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// spoil changes the database behind the program's back.
func (p *place) spoil(statement string) {
	p.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.dir, "data", "tradewind.db"))
	if err != nil {
		p.Fatal(err)
	}
	_, err = db.Exec(statement)
	if e := db.Close(); err != nil || e != nil {
		p.Fatal(err, e)
	}
}

func TestARepairIsMadeOnlyWhileTheShopIsClosed(t *testing.T) {
	p := newPlace(t)
	p.must("seed", "-orders", "50")
	p.spoil(`UPDATE stock SET on_hand = on_hand + 1 WHERE sku = (SELECT MIN(sku) FROM stock)`)
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

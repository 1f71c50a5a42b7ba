package crash

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// A region is lost while it sells, the other takes its place, and gives it back
// as planned: what was promised is kept up to what had been shipped, and nobody
// has paid for nothing.
func TestAGameDayPasses(t *testing.T) {
	p := newPlace(t)
	out, err := p.run("drill", "-json", "-load", "2s", "-buyers", "4", "-every", "500ms", "-rpo", "20s", "-rto", "60s", "-dir", p.folder("drill"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var report struct {
		Moves []struct {
			Kind     string
			Steps    []struct{ Name string }
			Before   int           `json:"orders_before"`
			After    int           `json:"orders_after"`
			Lost     int           `json:"orders_lost"`
			Returned int           `json:"payments_given_back"`
			RPO      time.Duration `json:"rpo_ns"`
			RTO      time.Duration `json:"rto_ns"`
			Failed   []string
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Moves) != 2 {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, m := range report.Moves {
		if kind := []string{"failure", "planned"}[i]; m.Kind != kind || len(m.Failed) > 0 || m.Before == 0 || m.After == 0 || m.RTO <= 0 || len(m.Steps) < 8 {
			t.Errorf("%+v", m)
		}
		if m.Kind == "planned" && (m.Lost != 0 || m.RPO != 0 || m.Returned != 0) || m.Lost == 0 && m.RPO != 0 {
			t.Errorf("%+v", m)
		}
	}
	t.Logf("lost %d of %d orders, RPO %v, RTO %v, planned RTO %v", report.Moves[0].Lost, report.Moves[0].Before, report.Moves[0].RPO, report.Moves[0].RTO, report.Moves[1].RTO)
}

// A drill whose targets are missed says so by its status.
func TestAGameDayThatMissesItsTargetsFails(t *testing.T) {
	p := newPlace(t)
	out, err := p.run("drill", "-mode", "planned", "-load", "1s", "-buyers", "2", "-rto", "1ms", "-dir", p.folder("drill"))
	if err == nil || !strings.Contains(err.Error(), "the drill has failed") || !strings.Contains(out, "FAILED: nobody could buy for") {
		t.Errorf("%v\n%s", err, out)
	}
	for want, args := range map[string][]string{"mode is": {"-mode", "maybe"}, "load is": {"-load", "1ms"}, "rto": {"-rto", "0s"}} {
		if _, err := p.run(append([]string{"drill"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

package policy

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const runbooks = "../../../docs/runbooks"

// Every alarm says what to do.
func TestEachAlarmHasItsRunbook(t *testing.T) {
	for _, r := range plan(t, "prod-primary").Resources("oci_monitoring_alarm") {
		if _, err := os.Stat(filepath.Join(runbooks, r.Text("freeform_tags", "runbook")+".md")); err != nil {
			t.Errorf("%s: %v", r.Address, err)
		}
	}
}

var (
	metric = regexp.MustCompile(`tradewind_[a-z_]+`)
	link   = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
)

// Runbooks name metrics that the program has, and pages that are there.
func TestRunbooksNameWhatThereIs(t *testing.T) {
	var source strings.Builder
	err := filepath.WalkDir("../../../internal", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			text, err := os.ReadFile(path)
			source.Write(text)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(runbooks + "/*.md")
	if err != nil || len(pages) < 15 {
		t.Fatalf("%d runbooks, %v", len(pages), err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range metric.FindAllString(string(text), -1) {
			if base := strings.TrimSuffix(name, "_count"); !strings.Contains(source.String(), `"`+base+`"`) {
				t.Errorf("%s names %s, which the program does not have", filepath.Base(page), name)
			}
		}
		for _, to := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(runbooks, to[1])); err != nil {
				t.Errorf("%s: %v", filepath.Base(page), err)
			}
		}
	}
}

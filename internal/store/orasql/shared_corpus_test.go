package orasql

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
)

type labelled struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	SQL   string `json:"sql"`
	ORA   int    `json:"ora"`
}

// The shared corpus lies beside the repository, where it exists.
func TestSharedCorpus(t *testing.T) {
	const path = "../../../../shared/oracle-corpus/statements.json"
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("no shared corpus: %v", err)
	}
	var all []labelled
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		_, err := Parse(s.SQL)
		var e *Error
		switch {
		case err == nil && s.Label != "ok":
			t.Errorf("%s (%s): accepted %q", s.ID, s.Label, s.SQL)
		case err != nil && !errors.As(err, &e):
			t.Errorf("%s: %T", s.ID, err)
		case err != nil && s.Label == "ok" && !e.Outside:
			t.Errorf("%s: an ok statement refused as invalid: %v", s.ID, err)
		case err != nil:
			t.Logf("%s (%s): %v", s.ID, s.Label, err)
		}
	}
}

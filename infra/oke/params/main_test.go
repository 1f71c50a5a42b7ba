package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const image = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

func TestWhatIsCommittedIsMadeOfTheExample(t *testing.T) {
	in, err := os.Open("testdata/oke.json")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	to := t.TempDir()
	if err := run([]string{"-to", to, "-image", image, "-registry", "iad.ocir.io/axexample"}, in); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadDir(to)
	if err != nil || len(made) != 5 {
		t.Fatalf("%d files, %v", len(made), err)
	}
	for _, f := range made {
		got, err1 := os.ReadFile(filepath.Join(to, f.Name()))
		want, err2 := os.ReadFile(filepath.Join("../components/params", f.Name()))
		if err1 != nil || err2 != nil || string(got) != string(want) {
			t.Errorf("%s differs from the example's, %v %v", f.Name(), err1, err2)
		}
	}
}

func TestBothRegionsDatabasesAreNamed(t *testing.T) {
	m := made{}
	m.Database.Descriptor = "(description=a)"
	if got := m.dsn(options{peer: "(description=b)"}); got != "(description_list=(load_balance=off)(failover=on)(description=a)(description=b))" {
		t.Errorf("dsn = %s", got)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for name, with := range map[string]struct{ in, args, want string }{
		"not JSON":    {"nonsense", "", "as JSON"},
		"no host":     {`{"region":"r"}`, "", "host is missing"},
		"no digest":   {`{}`, "", "-image"},
		"no registry": {`{}`, "-image " + image, "-registry"},
	} {
		err := run(append([]string{"-to", t.TempDir()}, strings.Fields(with.args)...), strings.NewReader(with.in))
		if err == nil || !strings.Contains(err.Error(), with.want) {
			t.Errorf("%s: %v, want %q", name, err, with.want)
		}
	}
}

// Without a queue, a stream and a cluster for searching the database has all three.
func TestWithoutAServiceItsStandInIsUsed(t *testing.T) {
	s := made{}.settings(options{})
	if s["TRADEWIND_QUEUE_ENGINE"] != "table" || s["TRADEWIND_STREAM_ENGINE"] != "log" || s["TRADEWIND_SEARCH_ENGINE"] != "embedded" {
		t.Errorf("%v", s)
	}
}

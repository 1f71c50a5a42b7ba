package app

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/store/pagelog"
)

// notes are rows in a table of the test's own, in a shop's database.
func notes(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("CREATE TABLE IF NOT EXISTS note (n INTEGER PRIMARY KEY, text TEXT, at TEXT)"); err != nil {
		t.Fatal(err)
	}
	return db
}

func count(t *testing.T, c Config) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", c.DB.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT COUNT(*) FROM note").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func write(t *testing.T, db *sql.DB, n int) {
	t.Helper()
	if _, err := db.Exec("INSERT INTO note (text, at) VALUES (?, ?)", strings.Repeat("x", 900*(n%7)), time.Now().UTC().Format(time.RFC3339Nano)); err != nil {
		t.Fatal(err)
	}
}

// Each moment that was shipped can be had back, and no other.
func TestEachMomentThatWasShippedCanBeHadBack(t *testing.T) {
	c, to := shopIn(t), t.TempDir()
	db := notes(t, c.DB.Path)
	var moments []time.Time
	steps := 0
	told := func(s pagelog.Sent, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if s.Key != "" {
			moments = append(moments, s.At)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Ship(ctx, Ship{To: to, Every: 100 * time.Millisecond, Anew: time.Hour, Keep: time.Hour, Told: func(s pagelog.Sent, err error) {
		told(s, err)
		if steps++; steps == 7 {
			cancel()
			return
		}
		if steps%3 != 0 { // twice nothing has changed
			write(t, db, steps)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(moments) != 5 {
		t.Fatalf("%d moments", len(moments))
	}
	for i, at := range moments {
		other := shopIn(t)
		r, err := other.RestoreMoment(t.Context(), to, at, Keys{}, true)
		if err != nil || r.Segments != i+1 {
			t.Fatalf("%d segments, %v", r.Segments, err)
		}
		if n := count(t, other); n != i {
			t.Errorf("the moment after %d notes has %d", i, n)
		}
		between := at.Add(-time.Microsecond * 2)
		if i > 0 {
			if _, err := other.RestoreMoment(t.Context(), to, between, Keys{}, true); err != nil || count(t, other) != i-1 {
				t.Errorf("just before there are %d notes, %v", count(t, other), err)
			}
		}
	}
	if _, err := shopIn(t).RestoreMoment(t.Context(), to, moments[0].Add(-time.Second), Keys{}, true); err == nil || !strings.Contains(err.Error(), "the first moment is") {
		t.Errorf("before anything was shipped: %v", err)
	}
}

// While others write as they like, what is shipped is always one moment: nothing
// of a later commit is in it, everything of earlier ones is.
func TestWhatIsShippedUnderLoadIsOneMoment(t *testing.T) {
	c, to := shopIn(t), t.TempDir()
	db := notes(t, c.DB.Path)
	stop, wrote := make(chan struct{}), make(chan []time.Time, 1)
	go func() {
		var at []time.Time // of each commit's end
		for {
			select {
			case <-stop:
				wrote <- at
				return
			default:
			}
			if _, err := db.Exec("INSERT INTO note (text, at) VALUES (?, '')", strings.Repeat("y", 3000)); err == nil {
				at = append(at, time.Now().UTC())
			}
			if len(at)%20 == 0 {
				_, _ = db.Exec("PRAGMA wal_checkpoint(PASSIVE)")
				_, _ = db.Exec("DELETE FROM note WHERE n % 2 = 0 AND n < (SELECT MAX(n) FROM note) - 40")
			}
		}
	}()
	var sent []pagelog.Sent
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Ship(ctx, Ship{To: to, Every: 100 * time.Millisecond, Anew: time.Minute, Keep: time.Hour, Told: func(s pagelog.Sent, err error) {
		if err != nil {
			t.Error(err)
		}
		if sent = append(sent, s); len(sent) == 8 {
			cancel()
		}
	}})
	close(stop)
	commits := <-wrote
	if err != nil || len(commits) < 40 {
		t.Fatalf("%v, %d commits; that proves little", err, len(commits))
	}
	for _, s := range sent {
		if s.Key == "" {
			continue
		}
		other := shopIn(t)
		if _, err := other.RestoreMoment(t.Context(), to, s.At, Keys{}, true); err != nil { // it is examined for damage, too
			t.Fatal(err)
		}
		have, err := sql.Open("sqlite", other.DB.Path)
		if err != nil {
			t.Fatal(err)
		}
		var last int
		if err := have.QueryRow("SELECT COALESCE(MAX(n), 0) FROM note").Scan(&last); err != nil {
			t.Fatal(err)
		}
		have.Close()
		must := slices.IndexFunc(commits, func(at time.Time) bool { return at.After(s.At) })
		if must < 0 {
			must = len(commits)
		}
		// A commit may have ended in the database before its writer looked at the clock.
		if last < must-1 || last > must+2 {
			t.Errorf("the moment %v has note %d, %d were written by then", s.At, last, must)
		}
	}
}

func TestShippedSegmentsThatAreNotWholeAreNamed(t *testing.T) {
	c, to := shopIn(t), t.TempDir()
	db := notes(t, c.DB.Path)
	for i := range 4 {
		write(t, db, i)
	}
	n := 0
	ctx, cancel := context.WithCancel(t.Context())
	_ = c.Ship(ctx, Ship{To: to, Every: 100 * time.Millisecond, Anew: time.Hour, Keep: time.Hour, Told: func(pagelog.Sent, error) {
		if n++; n == 4 {
			cancel()
		} else {
			write(t, db, n)
		}
	}})
	var files []string
	_ = filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if len(files) != 4 {
		t.Fatalf("%d files", len(files))
	}
	slices.SortFunc(files, func(a, b string) int { // by what they hold, as names may be hidden
		x, _ := os.Stat(a)
		y, _ := os.Stat(b)
		return x.ModTime().Compare(y.ModTime())
	})
	kept := map[string][]byte{}
	for _, f := range files {
		kept[f], _ = os.ReadFile(f)
	}
	spoil := map[string]func(){
		"one is missing":      func() { os.Remove(files[1]) },
		"one is another":      func() { os.WriteFile(files[2], kept[files[1]], 0o600) },
		"a byte is changed":   func() { b := slices.Clone(kept[files[2]]); b[len(b)-40] ^= 1; os.WriteFile(files[2], b, 0o600) },
		"one is cut off":      func() { os.Truncate(files[3], int64(len(kept[files[3]])/2)) },
		"the base is missing": func() { os.Remove(files[0]) },
	}
	for name, do := range spoil {
		t.Run(name, func(t *testing.T) {
			for f, text := range kept {
				if err := os.WriteFile(f, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			do()
			other := shopIn(t)
			notes(t, other.DB.Path)
			if _, err := other.RestoreMoment(t.Context(), to, time.Now(), Keys{}, true); err == nil || name != "the base is missing" && !strings.Contains(err.Error(), ".pages") {
				t.Errorf("= %v", err)
			}
			if count(t, other) != 0 {
				t.Error("the database was changed by a restore that failed")
			}
			if left, _ := filepath.Glob(other.DB.Path + ".restoring*"); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestOnlyTheIdentityReadsWhatIsEncrypted(t *testing.T) {
	c, to, dir := shopIn(t), t.TempDir(), t.TempDir()
	db := notes(t, c.DB.Path)
	if _, err := db.Exec("INSERT INTO note (text) VALUES ('Ada Lovelace, 12 Analytical Lane')"); err != nil {
		t.Fatal(err)
	}
	identity, other := filepath.Join(dir, "identity"), filepath.Join(dir, "other")
	recipient, err := NewIdentity(identity)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewIdentity(other); err != nil {
		t.Fatal(err)
	}
	if _, err := NewIdentity(identity); err == nil {
		t.Error("an identity was overwritten")
	}
	if info, _ := os.Stat(identity); info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the identity: %v", info.Mode())
	}
	keys := Keys{To: recipient}
	if err := c.Ship(t.Context(), Ship{To: to, Every: time.Second, Anew: time.Hour, Keep: time.Hour, Once: true, Keys: keys}); err != nil {
		t.Fatal(err)
	}
	file, m, err := c.Backup(t.Context(), filepath.Join(dir, "b.db"), 0, keys)
	if err != nil || !m.Sealed {
		t.Fatalf("%+v, %v", m, err)
	}
	for _, folder := range []string{to, dir} {
		_ = filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			if text, _ := os.ReadFile(path); strings.Contains(string(text), "Lovelace") || strings.Contains(string(text), "SQLite format 3") {
				t.Errorf("%s is in the clear", path)
			}
			return nil
		})
	}
	type restore func(c Config, keys Keys) error
	for name, do := range map[string]restore{
		"moment": func(c Config, keys Keys) error {
			_, err := c.RestoreMoment(t.Context(), to, time.Now(), keys, true)
			return err
		},
		"backup": func(c Config, keys Keys) error { _, err := c.Restore(t.Context(), file, true, keys); return err },
	} {
		for who, tc := range map[string]struct{ file, want string }{"nobody": {"", "encrypted"}, "another": {other, "no identity matched"}, "no identity": {file, "holds no identity"}} {
			if err := do(shopIn(t), Keys{Identity: tc.file}); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(fmt.Sprint(err), "AGE-SECRET-KEY-1") {
				t.Errorf("%s by %s: %v", name, who, err)
			}
		}
		to := shopIn(t)
		if err := do(to, Keys{Identity: identity}); err != nil || count(t, to) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// That something is not encrypted is noticed.
	plain, _, err := c.Backup(t.Context(), filepath.Join(dir, "plain.db"), 0, Keys{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shopIn(t).Restore(t.Context(), plain, true, Keys{Identity: identity}); err == nil || !strings.Contains(err.Error(), "is not encrypted") {
		t.Errorf("a plain backup with an identity: %v", err)
	}
	for _, bad := range []Keys{{To: "age1nonsense"}, {To: ","}, {ToFile: filepath.Join(dir, "missing")}} {
		if _, _, err := c.Backup(t.Context(), filepath.Join(dir, "bad.db"), 0, bad); err == nil || !strings.Contains(err.Error(), "encrypt-to") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestOldGenerationsGoAndTheirMomentsStayAsLongAsAsked(t *testing.T) {
	c, to := shopIn(t), t.TempDir()
	db := notes(t, c.DB.Path)
	for i := range 3 { // each starts a generation
		write(t, db, i)
		if err := c.Ship(t.Context(), Ship{To: to, Every: time.Second, Anew: time.Hour, Keep: time.Hour, Once: true}); err != nil {
			t.Fatal(err)
		}
	}
	store, prefix, err := c.depot(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	s := &pagelog.Shipper{Store: store, Prefix: prefix}
	if n, err := s.Prune(t.Context(), time.Now(), time.Hour); n != 0 || err != nil {
		t.Errorf("%d segments went that are needed, %v", n, err)
	}
	if n, err := s.Prune(t.Context(), time.Now().Add(2*time.Hour), time.Hour); n != 2 || err != nil {
		t.Errorf("%d old segments went, %v", n, err)
	}
	other := shopIn(t)
	if _, err := other.RestoreMoment(t.Context(), to, time.Now(), Keys{}, true); err != nil || count(t, other) != 3 {
		t.Errorf("%v", err)
	}
}

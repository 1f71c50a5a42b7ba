package sandboxpay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// record is one line of the journal. A charge is written whole after every
// change, so the last line about it is the truth; a hook is written together
// with the change that it tells of, and once more, as Done, when it is over.
type record struct {
	Charge *entry `json:"charge,omitempty"`
	Hook   *hook  `json:"hook,omitempty"`
	Done   string `json:"done,omitempty"`
}

// journal is an append-only file of records. Every append is one write call:
// it survives the death of the process, though not of the machine.
type journal struct {
	path string
	file *os.File // nil keeps nothing
	size int64
	bad  error // an append failed and could not be taken back
}

// openJournal opens or makes the file and hands each record in it to replay.
// The last line may be torn and is cut off; any other damage is an error.
func openJournal(path string, replay func(record)) (*journal, error) {
	if path == "" {
		return &journal{}, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sandboxpay.journal: %w", err)
	}
	size, err := readJournal(f, replay)
	if err == nil {
		err = f.Truncate(size)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("sandboxpay.journal %s: %w", path, err)
	}
	return &journal{path: path, file: f, size: size}, nil
}

// readJournal returns how many bytes of whole lines it read.
func readJournal(r io.Reader, replay func(record)) (int64, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	var size int64
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return size, nil // a torn line, or none
		}
		if err != nil {
			return 0, err
		}
		var rec record
		if err := json.Unmarshal(line, &rec); err != nil {
			return 0, fmt.Errorf("line %d is damaged; move the file away to start with an empty ledger: %w", n, err)
		}
		replay(rec)
		size += int64(len(line))
	}
}

// append writes recs at once: after an error none of them is in the file.
func (j *journal) append(recs ...record) error {
	if j.file == nil {
		return nil
	}
	if j.bad != nil {
		return j.bad
	}
	lines, err := encodeRecords(recs)
	if err != nil {
		return err
	}
	if _, err := j.file.WriteAt(lines, j.size); err != nil {
		if cut := j.file.Truncate(j.size); cut != nil {
			j.bad = fmt.Errorf("journal is unusable after a failed write: %w", errors.Join(err, cut))
		}
		return err
	}
	j.size += int64(len(lines))
	return nil
}

// rewrite replaces the file by recs alone. The old file stays if that fails.
func (j *journal) rewrite(recs []record) error {
	if j.file == nil {
		return nil
	}
	lines, err := encodeRecords(recs)
	if err != nil {
		return err
	}
	next := j.path + ".next"
	f, err := os.OpenFile(next, os.O_RDWR|os.O_CREATE|os.O_TRUNC, fs.FileMode(0o600))
	if err != nil {
		return err
	}
	if _, err = f.Write(lines); err == nil {
		err = os.Rename(next, j.path)
	}
	if err != nil {
		f.Close()
		os.Remove(next)
		return err
	}
	j.file.Close()
	j.file, j.size = f, int64(len(lines))
	return nil
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

func encodeRecords(recs []record) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	for _, r := range recs {
		if err := enc.Encode(r); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// open replays the journal at path into an empty ledger, tidies the file if
// most of it is history, and returns the hooks that were not delivered.
func (l *ledger) open(path string) ([]*hook, error) {
	var lines int
	var order []string
	hooks := map[string]*hook{}
	j, err := openJournal(path, func(r record) {
		lines++
		switch {
		case r.Charge != nil:
			l.install(r.Charge)
		case r.Hook != nil:
			hooks[r.Hook.ID] = r.Hook
			order = append(order, r.Hook.ID)
		default:
			delete(hooks, r.Done)
		}
	})
	if err != nil {
		return nil, err
	}
	l.journal = j
	var pending []*hook
	for _, id := range order {
		if h, ok := hooks[id]; ok {
			pending = append(pending, h)
		}
	}
	live := len(l.charges) + len(pending)
	if lines <= 1000 || lines < 2*live {
		return pending, nil
	}
	recs := make([]record, 0, live)
	for _, id := range l.ages {
		recs = append(recs, record{Charge: l.charges[id]})
	}
	for _, h := range pending {
		recs = append(recs, record{Hook: h})
	}
	return pending, j.rewrite(recs)
}

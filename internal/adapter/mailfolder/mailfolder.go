package mailfolder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tradewind/internal/domain/notify"
	"tradewind/internal/platform/fault"
)

// Folder writes messages into a directory. It is safe for concurrent use, also
// by several processes.
type Folder struct {
	dir  string
	from *mail.Address
	Now  func() time.Time // default time.Now
}

// Sent is a message in the folder.
type Sent struct {
	notify.Message
	At   time.Time
	File string // its name in the folder
}

var _ notify.Mailer = (*Folder)(nil)

// unfinished begins the names of files that are being written.
const unfinished = ".unfinished-"

// Open makes the folder if it is missing, readable by nobody else, since it
// holds addresses of shoppers. What a killed process left half written is
// removed after an hour.
func Open(c Config) (*Folder, error) {
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("mailfolder.from is %q: %w", c.From, err)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("mailfolder.dir: %w", err)
	}
	f := &Folder{dir: c.Dir, from: from, Now: time.Now}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("mailfolder.dir: %w", err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), unfinished) && f.Now().Sub(info.ModTime()) > time.Hour {
			os.Remove(filepath.Join(c.Dir, e.Name()))
		}
	}
	return f, nil
}

// Send implements notify.Mailer. A message whose file is there was sent before
// and stays as it is.
func (f *Folder) Send(ctx context.Context, m notify.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	to, err := m.Check()
	if err != nil {
		return err
	}
	path := filepath.Join(f.dir, fileName(m.ID))
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	eml, err := encode(m, f.from, to, f.Now())
	if err != nil {
		return fmt.Errorf("write message %s: %w", m.ID, err)
	}
	if err := writeOnce(path, eml); err != nil {
		return fault.New(fault.Unavailable, "mail-unavailable", "The message cannot be sent at the moment.").Because(err)
	}
	return nil
}

// writeOnce puts data into a file at path, all of it or nothing: the message
// appears under its name only when it is complete. Two writers of one message
// write the same, so it does not matter who is last.
func writeOnce(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), unfinished) // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// List returns the newest n messages, newest first.
func (f *Folder) List(n int) ([]Sent, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fmt.Errorf("mailfolder.dir: %w", err)
	}
	type file struct {
		name string
		at   time.Time
	}
	var files []file
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && strings.HasSuffix(e.Name(), ".eml") {
			files = append(files, file{e.Name(), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b file) int {
		if c := b.at.Compare(a.at); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	var out []Sent
	for _, file := range files[:min(max(n, 0), len(files))] {
		s, err := f.read(file.name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file.name, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func (f *Folder) read(name string) (Sent, error) {
	in, err := os.Open(filepath.Join(f.dir, name))
	if err != nil {
		return Sent{}, err
	}
	defer in.Close()
	s, err := decode(in)
	s.File = name
	return s, err
}

// fileName is a name that people recognise and that only this id has, on file
// systems that ignore case, too.
func fileName(id string) string {
	var b strings.Builder
	for _, r := range id {
		if b.Len() == 60 {
			break
		}
		if (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || (r >= '0' && r <= '9') || r == '_' {
			b.WriteRune(r)
		} else {
			b.WriteByte('-')
		}
	}
	return b.String() + "." + digest(id) + ".eml"
}

func digest(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:12])
}

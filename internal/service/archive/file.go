package archive

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tradewind/internal/domain/order"
)

// Manifest says what the file of a part holds. It is written last and put in
// place whole, so the file that it names is the archive of the part; any other
// never came to its end, or has been replaced.
type Manifest struct {
	Part      string    `json:"part"`
	Edition   int64     `json:"edition"` // how often the file was written
	File      string    `json:"file"`
	Size      int64     `json:"size"` // bytes
	SHA256    string    `json:"sha256"`
	Contents  Contents  `json:"contents"`
	Schema    string    `json:"schema"`
	WrittenAt time.Time `json:"written_at"`
}

// file is an archive that was read and is what its manifest says.
type file struct {
	Manifest
	path string
}

const (
	manifestSuffix = ".manifest.json"
	fileSuffix     = ".jsonl.gz"
	unfinished     = ".part"
)

func (s *Service) manifestOf(p order.Part) string {
	return filepath.Join(s.Folder, p.Name()+manifestSuffix)
}

// filed lists the months of the manifests in the folder.
func (s *Service) filed() (months []time.Time, err error) {
	found, err := filepath.Glob(filepath.Join(s.Folder, "*"+manifestSuffix))
	for _, path := range found {
		if name := filepath.Base(path); len(name) > 7 {
			if month, err := time.Parse("2006-01", name[:7]); err == nil {
				months = append(months, month)
			}
		}
	}
	return months, err
}

// open reads the archive of a part from beginning to end and compares it with
// its manifest; nil if there is none.
func (s *Service) open(p order.Part) (*file, error) {
	path := s.manifestOf(p)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var m Manifest
	if err == nil {
		if err = json.Unmarshal(text, &m); err == nil && (m.Part != p.Name() || m.Edition < 1 || m.File != fileName(p, m.Edition)) {
			err = errors.New("it is not the manifest of this part")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("manifest %s: %w", path, err)
	}
	f := &file{m, filepath.Join(s.Folder, m.File)}
	if err := f.check(p); err != nil {
		return nil, fmt.Errorf("%s is not what its manifest says: %w; nothing of it is purged: put back an unchanged copy", f.path, err)
	}
	return f, nil
}

func (f *file) check(p order.Part) error {
	size, sum, err := digest(f.path)
	if err != nil {
		return err
	}
	if size != f.Size || sum != f.SHA256 {
		return fmt.Errorf("it has %d bytes and SHA-256 %s, and should have %d and %s", size, sum, f.Size, f.SHA256)
	}
	lines, err := f.lines()
	if err != nil {
		return err
	}
	defer lines.close()
	var c counter
	for last := ""; ; {
		if err := lines.next(); err != nil {
			return err
		}
		l := lines.at
		switch {
		case l.ID == "":
			if !c.contents().equal(f.Contents) {
				return errors.New("its orders do not add up to what the manifest says")
			}
			return nil
		case l.ID <= last || l.Region != p.Region || !order.FirstOfMonth(l.PlacedAt).Equal(p.Month):
			return fmt.Errorf("the order %s does not belong where it stands", l.ID)
		}
		last = l.ID
		c.add(l)
	}
}

func digest(path string) (size int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return size, hex.EncodeToString(h.Sum(nil)), err
}

func fileName(p order.Part, edition int64) string {
	if edition == 1 {
		return p.Name() + fileSuffix
	}
	return p.Name() + "." + strconv.FormatInt(edition, 10) + fileSuffix
}

// write writes the next edition of a part's file and then its manifest, each to
// disk under another name first; then older editions go. It reads back what it
// wrote. Without any order there is no file.
func (s *Service) write(ctx context.Context, p order.Part, old *file) (*file, int64, error) {
	m := Manifest{Part: p.Name(), Edition: 1, Schema: s.Schema, WrittenAt: s.Now()}
	if old != nil {
		m.Edition = old.Edition + 1
	}
	m.File = fileName(p, m.Edition)
	path := filepath.Join(s.Folder, m.File)
	var c counter
	n, err := s.pack(ctx, path+unfinished, p, old, &c)
	if m.Contents = c.contents(); err != nil || old == nil && m.Contents.Orders == 0 {
		return nil, n.open, errors.Join(err, gone(os.Remove(path+unfinished)))
	}
	if m.Size, m.SHA256, err = digest(path + unfinished); err != nil {
		return nil, n.open, err
	}
	if err := put(path+unfinished, path); err != nil {
		return nil, n.open, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = save(s.manifestOf(p)+unfinished, func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err })
	}
	if err == nil {
		err = put(s.manifestOf(p)+unfinished, s.manifestOf(p))
	}
	if err != nil {
		return nil, n.open, err
	}
	f, err := s.open(p)
	if err != nil {
		return nil, n.open, err
	}
	return f, n.open, s.tidy(p, f)
}

// pack writes the lines of a part, compressed. The same lines make the same bytes.
func (s *Service) pack(ctx context.Context, path string, p order.Part, old *file, c *counter) (n seen, err error) {
	err = save(path, func(w io.Writer) (err error) {
		packed := gzip.NewWriter(w)
		n, err = s.walk(ctx, p, old, func(l line) error {
			c.add(l)
			_, err := packed.Write(l.text)
			return err
		})
		return errors.Join(err, packed.Close())
	})
	return n, err
}

// save writes a file to disk.
func save(path string, fill func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // people's data
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 64<<10)
	err = fill(w)
	if err == nil {
		err = w.Flush()
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// put gives a finished file its name, and makes the name survive a power cut.
func put(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return flushFolder(filepath.Dir(to))
}

// tidy deletes what is left of other editions of a part.
func (s *Service) tidy(p order.Part, f *file) error {
	found, err := os.ReadDir(s.Folder)
	for _, e := range found {
		edition, ok := strings.CutPrefix(e.Name(), p.Name()+".")
		if !ok || e.Name() == f.File || !strings.HasSuffix(edition, strings.TrimPrefix(fileSuffix, ".")) && !strings.HasSuffix(edition, unfinished) {
			continue
		}
		err = errors.Join(err, gone(os.Remove(filepath.Join(s.Folder, e.Name()))))
	}
	return err
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

package pagelog

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"
)

const (
	format    = 1
	suffix    = ".pages"
	stampForm = "20060102T150405.000000Z"
)

// header begins a segment.
type header struct {
	Format     int       `json:"format"`
	Generation string    `json:"generation"`
	Seq        int       `json:"seq"`
	Before     string    `json:"before,omitempty"` // digest of the segment before
	At         time.Time `json:"at"`
	PageSize   int       `json:"page_size"` // bytes
	Pages      uint32    `json:"pages"`     // of the database at that moment
}

// keyOf names a segment so that keys sort by time.
func keyOf(prefix string, h header) string {
	return path.Join(prefix, h.Generation, fmt.Sprintf("%010d-%d%s", h.Seq, h.At.UnixMicro(), suffix))
}

// place is a segment by its key.
type place struct {
	key        string
	generation string
	seq        int
	at         time.Time
}

func placeOf(prefix, key string) (place, bool) {
	rest, ok := strings.CutPrefix(key, strings.TrimSuffix(prefix, "/")+"/")
	if prefix == "" {
		rest, ok = key, true
	}
	generation, file, two := strings.Cut(rest, "/")
	name, ends := strings.CutSuffix(file, suffix)
	number, micros, both := strings.Cut(name, "-")
	seq, e1 := strconv.Atoi(number)
	at, e2 := strconv.ParseInt(micros, 10, 64)
	if _, e := time.Parse(stampForm, generation); !ok || !two || !ends || !both || e1 != nil || e2 != nil || e != nil {
		return place{}, false
	}
	return place{key, generation, seq, time.UnixMicro(at).UTC()}, true
}

// writer writes a segment: a line of JSON, then pages, each after its number,
// then 0 and the SHA-256 of all that is before it.
type writer struct {
	sum    hash.Hash
	pages  io.Writer // to gz and sum
	gz     *gzip.Writer
	closer io.Closer // of the encryption
}

func newWriter(to io.Writer, h header, keys []age.Recipient) (*writer, error) {
	w := &writer{sum: sha256.New()}
	if len(keys) > 0 {
		sealed, err := age.Encrypt(to, keys...)
		if err != nil {
			return nil, err
		}
		to, w.closer = sealed, sealed
	}
	w.gz, _ = gzip.NewWriterLevel(to, gzip.BestSpeed) // the level is one
	w.pages = io.MultiWriter(w.gz, w.sum)
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	_, err = w.pages.Write(append(text, '\n'))
	return w, err
}

func (w *writer) page(no uint32, data []byte) error {
	if _, err := w.pages.Write(binary.BigEndian.AppendUint32(nil, no)); err != nil {
		return err
	}
	_, err := w.pages.Write(data)
	return err
}

// close ends the segment and returns its digest.
func (w *writer) close() (string, error) {
	if _, err := w.pages.Write(make([]byte, 4)); err != nil {
		return "", err
	}
	sum := w.sum.Sum(nil)
	if _, err := w.gz.Write(sum); err != nil {
		return "", err
	}
	err := w.gz.Close()
	if w.closer != nil {
		err = errors.Join(err, w.closer.Close())
	}
	return hex.EncodeToString(sum), err
}

// errLocked says that nobody can read a segment without a key.
var errLocked = errors.New("it is encrypted; give the identity that belongs to the recipient")

// read reads a segment and hands its pages on. It returns the digest. Pages that
// were handed on count only if there is no error.
func read(from io.Reader, keys []age.Identity, begin func(header) error, page func(no uint32, data []byte) error) (string, error) {
	in := bufio.NewReaderSize(from, 64<<10)
	var plain io.Reader = in
	if start, _ := in.Peek(len(ageMagic)); string(start) == ageMagic {
		if len(keys) == 0 {
			return "", errLocked
		}
		opened, err := age.Decrypt(in, keys...)
		if err != nil {
			return "", err
		}
		plain = opened
	} else if len(keys) > 0 {
		return "", errors.New("it is not encrypted, although an identity was given; leave that out if this is as it should be")
	}
	gz, err := gzip.NewReader(plain)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	b := bufio.NewReaderSize(gz, 64<<10)
	line, err := b.ReadSlice('\n')
	if err != nil {
		return "", fmt.Errorf("its first line: %w", err)
	}
	sum.Write(line)
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return "", err
	}
	if h.Format != format || h.PageSize < 512 || h.PageSize > 65536 {
		return "", fmt.Errorf("format %d, pages of %d bytes: this program knows format %d", h.Format, h.PageSize, format)
	}
	if err := begin(h); err != nil {
		return "", err
	}
	if err := pages(b, sum, h, page); err != nil {
		return "", err
	}
	want := make([]byte, sha256.Size)
	if _, err := io.ReadFull(b, want); err != nil {
		return "", fmt.Errorf("its end: %w", err)
	}
	if got := sum.Sum(nil); string(got) != string(want) {
		return "", errors.New("its digest is another")
	}
	if n, err := io.Copy(io.Discard, b); n > 0 || err != nil { // also reads the check of what is around it
		return "", errors.Join(errors.New("something follows its end"), err)
	}
	return hex.EncodeToString(want), nil
}

const ageMagic = "age-encryption.org/v1\n"

func pages(b io.Reader, sum hash.Hash, h header, page func(no uint32, data []byte) error) error {
	data, last := make([]byte, h.PageSize), uint32(0)
	var number [4]byte
	for {
		if _, err := io.ReadFull(b, number[:]); err != nil {
			return fmt.Errorf("after page %d: %w", last, err)
		}
		sum.Write(number[:])
		no := binary.BigEndian.Uint32(number[:])
		if no == 0 {
			return nil
		}
		if no <= last || no > h.Pages {
			return fmt.Errorf("page %d after page %d of %d", no, last, h.Pages)
		}
		if _, err := io.ReadFull(b, data); err != nil {
			return fmt.Errorf("page %d: %w", no, err)
		}
		sum.Write(data)
		if err := page(no, data); err != nil {
			return err
		}
		last = no
	}
}

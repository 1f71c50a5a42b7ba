package objectfolder

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"tradewind/internal/domain/object"
	"tradewind/internal/platform/token"
)

// Folder keeps each object in a file: a header of fixed length, then the bytes.
// It is safe for concurrent use, also by several processes. Nothing leads out of
// the folder, symbolic links included.
type Folder struct {
	root   *os.Root
	tokens token.Maker
	base   string // of signed URLs
	limit  int64  // of an upload by a signed URL, in bytes
	Now    func() time.Time
}

var _ object.Store = (*Folder)(nil)

const (
	kept       = "objects"
	unfinished = "unfinished"
)

// Open makes the folder if it is missing. Signed URLs begin with base and take
// up to limit bytes. What a killed process left half written is removed after a day.
func Open(c Config, tokens token.Maker, base string, limit int64) (*Folder, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("objectfolder.dir: %w", err)
	}
	root, err := os.OpenRoot(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("objectfolder.dir: %w", err)
	}
	f := &Folder{root: root, tokens: tokens, base: base, limit: limit, Now: time.Now}
	for _, dir := range []string{kept, unfinished} {
		if err := root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, errors.Join(fmt.Errorf("objectfolder.dir: %w", err), root.Close())
		}
	}
	return f, f.sweep()
}

// Close gives the folder back.
func (f *Folder) Close() error { return f.root.Close() }

func (f *Folder) sweep() error {
	left, err := fs.ReadDir(f.root.FS(), unfinished)
	if err != nil {
		return fmt.Errorf("objectfolder.dir: %w", err)
	}
	for _, e := range left {
		if info, err := e.Info(); err == nil && f.Now().Sub(info.ModTime()) > 24*time.Hour {
			_ = f.root.Remove(path.Join(unfinished, e.Name())) // the next start tries again
		}
	}
	return nil
}

// Put implements object.Store: the file is written aside and moved when it is
// complete and on disk.
func (f *Folder) Put(ctx context.Context, key string, body io.Reader, how object.Put) (object.Info, error) {
	if err := check(ctx, key); err != nil {
		return object.Info{}, err
	}
	aside := path.Join(unfinished, rand.Text())
	defer f.root.Remove(aside) //nolint:errcheck // moved, or swept later
	source := &source{ctx: ctx, body: body}
	info, err := f.write(aside, key, source, how)
	if source.err != nil {
		return object.Info{}, source.err
	}
	if err == nil {
		err = f.move(aside, fileOf(key), how.IfNew)
	}
	if errors.Is(err, fs.ErrExist) {
		return object.Info{}, object.Exists(key)
	}
	if err != nil {
		return object.Info{}, object.Unavailable(fmt.Errorf("put %s: %w", key, err))
	}
	return info, nil
}

// source is a body that remembers its own error and stops when nobody waits.
type source struct {
	ctx  context.Context
	body io.Reader
	err  error
}

func (s *source) Read(p []byte) (n int, err error) {
	if err = s.ctx.Err(); err == nil {
		n, err = s.body.Read(p)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func (f *Folder) write(name, key string, body io.Reader, how object.Put) (info object.Info, err error) {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err = file.Seek(headerSize, io.SeekStart); err != nil {
		return info, err
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(file, sum), body)
	if err != nil {
		return info, err
	}
	h := header{Type: how.ContentType, Cache: how.CacheControl, Size: size, Sum: hex.EncodeToString(sum.Sum(nil))}
	text, err := h.encode()
	if err != nil {
		return info, err
	}
	if _, err = file.WriteAt(text, 0); err != nil {
		return info, err
	}
	now := f.Now()
	if err = errors.Join(file.Sync(), f.root.Chtimes(name, now, now)); err != nil {
		return info, err
	}
	return h.info(key, now), nil
}

// move gives a complete file its name and waits until the name is on disk. A
// link, unlike a rename, does not replace what is there.
func (f *Folder) move(from, to string, ifNew bool) error {
	if err := f.root.MkdirAll(path.Dir(to), 0o700); err != nil {
		return err
	}
	act := f.root.Rename
	if ifNew {
		act = f.root.Link
	}
	if err := act(from, to); err != nil {
		return err
	}
	dir, err := f.root.Open(path.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// open returns the file of key, its header read.
func (f *Folder) open(key string) (*os.File, object.Info, header, error) {
	file, err := f.root.Open(fileOf(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, object.Info{}, header{}, object.NotFound(key)
	}
	if err != nil {
		return nil, object.Info{}, header{}, object.Unavailable(err)
	}
	h, at, err := readHeader(file)
	if err != nil {
		return nil, object.Info{}, header{}, object.Damaged(key, errors.Join(err, file.Close()))
	}
	return file, h.info(key, at), h, nil
}

// Get implements object.Store.
func (f *Folder) Get(ctx context.Context, key string, part object.Range) (object.Info, io.ReadCloser, error) {
	if err := check(ctx, key); err != nil {
		return object.Info{}, nil, err
	}
	file, info, h, err := f.open(key)
	if err != nil {
		return info, nil, err
	}
	from, to, err := part.Span(info.Size)
	if err != nil {
		return object.Info{}, nil, errors.Join(err, file.Close())
	}
	var sum hash.Hash
	if to-from == info.Size {
		sum = sha256.New()
	}
	want, err := hex.DecodeString(h.Sum)
	if err != nil {
		return object.Info{}, nil, object.Damaged(key, errors.Join(err, file.Close()))
	}
	body := struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(file, headerSize+from, to-from), file}
	return info, object.Verified(key, body, to-from, sum, want), nil
}

// Head implements object.Store.
func (f *Folder) Head(ctx context.Context, key string) (object.Info, error) {
	if err := check(ctx, key); err != nil {
		return object.Info{}, err
	}
	file, info, _, err := f.open(key)
	if err != nil {
		return info, err
	}
	return info, file.Close()
}

// Delete implements object.Store.
func (f *Folder) Delete(ctx context.Context, key string) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if err := f.root.Remove(fileOf(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return object.Unavailable(fmt.Errorf("delete %s: %w", key, err))
	}
	return nil
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return object.CheckKey(key)
}

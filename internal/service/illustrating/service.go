package illustrating

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"tradewind/internal/domain/catalog"
	"tradewind/internal/domain/media"
	"tradewind/internal/domain/object"
	"tradewind/internal/platform/fault"
	"tradewind/internal/store"
)

// Service takes pictures and films. Make one with New.
type Service struct {
	Objects object.Store
	DB      store.DB
	Config  Config
	Now     func() time.Time
	NewID   func() string

	decoding chan struct{}     // one picture at a time: they take memory
	sweeps   map[string]string // where the next page of each prefix begins
	page     int
}

// New makes a Service.
func New(objects object.Store, db store.DB, c Config, now func() time.Time, newID func() string) *Service {
	return &Service{Objects: objects, DB: db, Config: c, Now: now, NewID: newID, decoding: make(chan struct{}, 1), sweeps: map[string]string{}, page: sweepPage}
}

// Added is a picture or film that products can name by its URL.
type Added struct {
	Kind, URL     string // URL begins with catalog.ObjectScheme
	Type          string // of what was sent
	Bytes         int64
	Width, Height int // of the largest rendition; 0 of a film
}

// cache is how long browsers and caches may keep what never changes.
const cache = "public, max-age=31536000, immutable"

// Add takes a picture or film. The same bytes again are the same one, so asking
// again is harmless. Errors have the codes "media-unsupported",
// "media-too-large", "media-damaged", "body-broken" if body fails without a code
// of its own, and those of the object store.
func (s *Service) Add(ctx context.Context, from io.Reader) (Added, error) {
	body := &sender{from: from}
	head := make([]byte, media.SniffLen)
	n, _ := io.ReadFull(body, head) // a short file is no error
	if body.err != nil {
		return Added{}, body.err
	}
	t, err := media.Sniff(head[:n])
	if err != nil {
		return Added{}, err
	}
	limit := s.Config.ImageBytes
	if t.Kind == media.Video {
		limit = s.Config.FilmBytes
	}
	file, err := os.CreateTemp("", "tradewind-media-*")
	if err != nil {
		return Added{}, fmt.Errorf("keep the upload: %w", err)
	}
	defer func() { file.Close(); os.Remove(file.Name()) }()
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(file, sum), io.LimitReader(io.MultiReader(bytes.NewReader(head[:n]), body), limit+1))
	if body.err != nil {
		return Added{}, body.err
	}
	if err != nil {
		return Added{}, fmt.Errorf("keep the upload: %w", err)
	}
	if size > limit {
		return Added{}, tooLarge(t.Kind, limit)
	}
	added := Added{Kind: t.Kind, Type: t.Name, Bytes: size}
	if t.Kind == media.Video {
		return s.addFilm(ctx, added, t, media.Hash(sum.Sum(nil)), file)
	}
	return s.addPicture(ctx, added, t, media.Hash(sum.Sum(nil)), file)
}

// sender is a body that remembers its own error.
type sender struct {
	from io.Reader
	err  error
}

func (s *sender) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		if s.err = err; fault.Code(err) == "" {
			s.err = fault.New(fault.Invalid, "body-broken", "The file did not arrive whole.").Because(err)
		}
	}
	return n, err
}

func tooLarge(kind string, limit int64) error {
	return fault.New(fault.TooLarge, "media-too-large", "The %s is larger than %d bytes.", map[string]string{media.Image: "picture", media.Video: "film"}[kind], limit)
}

func (s *Service) addFilm(ctx context.Context, added Added, t media.Type, hash string, file *os.File) (Added, error) {
	if err := media.CheckFilm(t, file, added.Bytes); err != nil {
		return Added{}, err
	}
	key := media.Film(hash, t)
	if _, err := s.Objects.Put(ctx, key, io.NewSectionReader(file, 0, added.Bytes), object.Put{ContentType: t.Name, CacheControl: cache}); err != nil {
		return Added{}, fmt.Errorf("put %s: %w", key, err)
	}
	added.URL = catalog.ObjectScheme + key
	return added, nil
}

// addPicture puts the original first and the largest rendition last: Sweep finds
// every rendition by its original, and who sees the largest can see all.
func (s *Service) addPicture(ctx context.Context, added Added, t media.Type, hash string, file *os.File) (Added, error) {
	select {
	case s.decoding <- struct{}{}:
	case <-ctx.Done():
		return Added{}, ctx.Err()
	}
	defer func() { <-s.decoding }()
	data := make([]byte, added.Bytes)
	if _, err := file.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return Added{}, fmt.Errorf("read the upload: %w", err)
	}
	made, err := media.Render(t, data, s.Config.Pixels)
	if err != nil {
		return Added{}, err
	}
	largest := made.Widths[len(made.Widths)-1]
	p := media.Picture{Hash: hash, Width: largest.Width, Ext: made.Type.Ext}
	if _, err := s.Objects.Put(ctx, p.Original(), bytes.NewReader(data), object.Put{ContentType: t.Name, CacheControl: "private, no-store"}); err != nil {
		return Added{}, fmt.Errorf("put %s: %w", p.Original(), err)
	}
	for i, one := range p.Renditions() {
		if _, err := s.Objects.Put(ctx, one.Key(), bytes.NewReader(made.Widths[i].Data), object.Put{ContentType: made.Type.Name, CacheControl: cache}); err != nil {
			return Added{}, fmt.Errorf("put %s: %w", one.Key(), err)
		}
	}
	added.URL, added.Width, added.Height = catalog.ObjectScheme+p.Key(), largest.Width, largest.Height
	return added, nil
}

// Upload is a place for a file that is sent to the object store itself.
type Upload struct {
	ID string
	To object.SignedURL
}

// Begin makes a place for an upload and an address that works for a while.
func (s *Service) Begin(ctx context.Context) (Upload, error) {
	u := Upload{ID: s.NewID()}
	var err error
	u.To, err = s.Objects.UploadURL(ctx, media.Incoming+u.ID, s.Config.UploadFor)
	return u, err
}

// Confirm takes what was uploaded as Add does, and clears the place. The code of
// the error is "upload-not-found" if nothing came, or it was confirmed before.
func (s *Service) Confirm(ctx context.Context, id string) (Added, error) {
	key := media.Incoming + id
	if strings.Contains(id, "/") {
		return Added{}, noUpload(id)
	}
	info, err := s.Objects.Head(ctx, key)
	if code := fault.Code(err); code == "object-not-found" || code == "object-key-invalid" {
		return Added{}, noUpload(id)
	}
	if err != nil {
		return Added{}, err
	}
	if info.Size > s.Config.FilmBytes {
		return Added{}, errors.Join(tooLarge(media.Video, s.Config.FilmBytes), s.Objects.Delete(ctx, key))
	}
	_, body, err := s.Objects.Get(ctx, key, object.Range{})
	if err != nil {
		return Added{}, err
	}
	added, err := s.Add(ctx, body)
	if err = errors.Join(err, body.Close()); err != nil && fault.KindOf(err) != fault.Invalid && fault.KindOf(err) != fault.Unsupported && fault.KindOf(err) != fault.TooLarge {
		return Added{}, err // it may be confirmed again
	}
	return added, errors.Join(err, s.Objects.Delete(ctx, key))
}

func noUpload(id string) error {
	return fault.New(fault.NotFound, "upload-not-found", "There is no upload %.40q to confirm; send the file first.", id)
}

package objectfolder

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"tradewind/internal/domain/object"
)

// Of a key a/b.jpg the file is objects/a~/b.jpg: the mark tells the folder a
// from an object a beside it. Everything but small letters, digits and a few
// signs is escaped, for file systems that ignore case or rewrite names.
const folderMark = "~"

func fileOf(key string) string {
	parts := strings.Split(key, "/")
	for i, part := range parts {
		parts[i] = escaped(part)
		if i < len(parts)-1 {
			parts[i] += folderMark
		}
	}
	return path.Join(kept, path.Join(parts...))
}

func escaped(segment string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := range len(segment) {
		c := segment[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' && i > 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// List implements object.Store. It reads the folders that it passes, so a page
// takes as long as there are files beside those it lists.
func (f *Folder) List(ctx context.Context, prefix, start string, limit int) (object.Page, error) {
	l := lister{files: f.root.FS(), prefix: prefix, start: start, limit: min(max(limit, 1), 1000)}
	err := l.walk(ctx, kept, "")
	if err != nil && !errors.Is(err, fs.SkipAll) {
		if ctx.Err() != nil {
			return object.Page{}, ctx.Err()
		}
		return object.Page{}, object.Unavailable(err)
	}
	return l.page, nil
}

type lister struct {
	files         fs.FS
	prefix, start string
	limit         int
	page          object.Page
}

type entry struct {
	fs.DirEntry
	key string // of a folder, it ends with a slash
}

// walk adds what is in dir, whose keys begin with above.
func (l *lister) walk(ctx context.Context, dir, above string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	list, err := fs.ReadDir(l.files, dir)
	if err != nil {
		return err
	}
	var entries []entry
	for _, e := range list {
		name, isFolder := strings.CutSuffix(e.Name(), folderMark)
		segment, err := url.PathUnescape(name)
		if err != nil || e.IsDir() != isFolder {
			continue // not ours
		}
		key := above + segment
		if isFolder {
			key += "/"
		}
		entries = append(entries, entry{e, key})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	for _, e := range entries {
		inside := strings.HasPrefix(e.key, l.prefix) || e.IsDir() && strings.HasPrefix(l.prefix, e.key)
		if !inside || e.key < l.start && (!e.IsDir() || !strings.HasPrefix(l.start, e.key)) {
			continue
		}
		if err := l.visit(ctx, dir, e); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) visit(ctx context.Context, dir string, e entry) error {
	if e.IsDir() {
		return l.walk(ctx, path.Join(dir, e.Name()), e.key)
	}
	if len(l.page.Objects) == l.limit {
		l.page.Next = e.key
		return fs.SkipAll
	}
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	l.page.Objects = append(l.page.Objects, object.Info{Key: e.key, Size: info.Size() - headerSize, ModifiedAt: info.ModTime().UTC()})
	return nil
}

package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tradewind/internal/platform/token"
)

// tokens returns the maker of tokens. A missing secret file is made, readable
// by its owner alone.
func (c Config) tokens() (token.Maker, error) {
	if c.TokenSecret != "" {
		return token.NewMaker([]byte(c.TokenSecret))
	}
	text, err := os.ReadFile(c.TokenFile)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(text) == 0 {
		if err = makeSecret(c.TokenFile, err == nil); err == nil {
			text, err = os.ReadFile(c.TokenFile)
		}
	}
	if err != nil {
		return token.Maker{}, fmt.Errorf("token.secret-file: %w", err)
	}
	m, err := token.NewMaker([]byte(strings.TrimSpace(string(text))))
	if err != nil {
		return m, fmt.Errorf("token.secret-file %s: %w", c.TokenFile, err)
	}
	return m, nil
}

// makeSecret puts a new secret at path, all of it or nothing: a start that was
// cut off must not leave a file that stops every later one. The first of
// several processes wins. An empty file is no secret and gives way.
func makeSecret(path string, empty bool) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(rand.Text() + rand.Text() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if empty {
		return os.Rename(f.Name(), path)
	}
	// A link, unlike a rename, does not replace a file that is there.
	if err := os.Link(f.Name(), path); err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(f.Name(), path) // a file system without links
}

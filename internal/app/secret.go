package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"tradewind/internal/platform/token"
)

// tokens returns the maker of tokens. A missing secret file is made, readable
// by its owner alone.
func (c Config) tokens() (token.Maker, error) {
	if c.TokenSecret != "" {
		return token.NewMaker([]byte(c.TokenSecret))
	}
	f, err := os.OpenFile(c.TokenFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		_, err = f.WriteString(rand.Text() + rand.Text() + "\n")
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return token.Maker{}, fmt.Errorf("token.secret-file: %w", err)
		}
	case !errors.Is(err, fs.ErrExist):
		return token.Maker{}, fmt.Errorf("token.secret-file: %w", err)
	}
	text, err := os.ReadFile(c.TokenFile)
	if err != nil {
		return token.Maker{}, fmt.Errorf("token.secret-file: %w", err)
	}
	m, err := token.NewMaker([]byte(strings.TrimSpace(string(text))))
	if err != nil {
		return m, fmt.Errorf("token.secret-file %s: %w", c.TokenFile, err)
	}
	return m, nil
}

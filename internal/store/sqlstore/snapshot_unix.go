//go:build !windows

package sqlstore

import (
	"errors"
	"os"
	"path/filepath"
)

// flushFolder makes the names in the folder of path survive a power cut.
func flushFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

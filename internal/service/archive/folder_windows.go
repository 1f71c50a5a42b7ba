package archive

import (
	"fmt"
	"os"
	"path/filepath"
)

// hold keeps other runs out of the folder: a file that is open cannot be
// removed, and one that a run has left can.
func hold(folder string) (release func(), err error) {
	path := filepath.Join(folder, ".lock")
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("another run archives into %s; wait for its end (%w)", folder, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the folder of the archive cannot be written: %w", err)
	}
	return func() { f.Close() }, nil
}

// flushFolder has nothing to do: Windows keeps no names back.
func flushFolder(string) error { return nil }

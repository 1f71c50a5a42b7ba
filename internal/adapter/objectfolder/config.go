package objectfolder

import (
	"errors"
	"flag"
)

// Config says where the folder is. Flags fills in the defaults.
type Config struct{ Dir string }

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Dir, "objectfolder.dir", "data/media", "folder that keeps pictures and films when -objects.store is folder")
}

// Validate reports a setting that cannot work and what would.
func (c Config) Validate() error {
	if c.Dir == "" {
		return errors.New("objectfolder.dir is empty; name a folder, such as data/media")
	}
	return nil
}

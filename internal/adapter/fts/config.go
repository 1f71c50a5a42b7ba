package fts

import (
	"errors"
	"flag"
	"fmt"
)

// Config sets up the embedded index. Flags fills in the defaults.
type Config struct {
	Path       string
	PostingsMB int
	Results    int
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Path, "fts.path", "data/search.db", "file of the embedded search index; it is made again when it is lost")
	fs.IntVar(&c.PostingsMB, "fts.postings-mb", 24, "memory for the places of words that people search for, in MB")
	fs.IntVar(&c.Results, "fts.results", 512, "answers to remember until the index changes, 10 to 50 kB each; 0 remembers none")
}

// Validate reports the first setting that cannot work and what would.
func (c Config) Validate() error {
	switch {
	case c.Path == "":
		return errors.New("fts.path is empty; name a file, such as data/search.db")
	case c.PostingsMB < 1 || c.PostingsMB > 4096:
		return fmt.Errorf("fts.postings-mb is %d; use 1 to 4096, such as 24", c.PostingsMB)
	case c.Results < 0 || c.Results > 100_000:
		return fmt.Errorf("fts.results is %d; use 0 to 100000, such as 512", c.Results)
	}
	return nil
}

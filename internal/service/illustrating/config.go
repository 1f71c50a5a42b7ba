package illustrating

import (
	"flag"
	"fmt"
	"time"
)

// Config bounds what staff may upload. Flags fills in the defaults.
type Config struct {
	ImageBytes  int64
	FilmBytes   int64
	Pixels      int
	UploadFor   time.Duration
	KeepOrphans time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.Int64Var(&c.ImageBytes, "media.image-bytes", 20<<20, "largest picture that staff may upload, in bytes")
	fs.Int64Var(&c.FilmBytes, "media.film-bytes", 200<<20, "largest film that staff may upload, in bytes")
	fs.IntVar(&c.Pixels, "media.pixels", 24_000_000, "most pixels of a picture; one picture is decoded at a time, with up to 16 bytes of memory a pixel")
	fs.DurationVar(&c.UploadFor, "media.upload-for", 15*time.Minute, "how long an address for a direct upload works")
	fs.DurationVar(&c.KeepOrphans, "media.keep-orphans", 24*time.Hour, "how long files are kept that nothing in the catalogue names")
}

// Validate reports the first setting that cannot work and what would.
func (c Config) Validate() error {
	switch {
	case c.ImageBytes < 1024 || c.ImageBytes > 1<<30:
		return fmt.Errorf("media.image-bytes is %d; choose between 1024 and %d, such as %d", c.ImageBytes, 1<<30, 20<<20)
	case c.FilmBytes < c.ImageBytes || c.FilmBytes > 10<<30:
		return fmt.Errorf("media.film-bytes is %d; choose at least media.image-bytes (%d) and at most %d", c.FilmBytes, c.ImageBytes, int64(10<<30))
	case c.Pixels < 10_000 || c.Pixels > 200_000_000:
		return fmt.Errorf("media.pixels is %d; choose between 10000 and 200000000, such as 24000000", c.Pixels)
	case c.UploadFor < time.Minute || c.UploadFor > 24*time.Hour:
		return fmt.Errorf("media.upload-for is %v; choose between 1m and 24h, such as 15m", c.UploadFor)
	case c.KeepOrphans < time.Hour || c.KeepOrphans < 2*c.UploadFor:
		return fmt.Errorf("media.keep-orphans is %v; choose at least 1h and twice media.upload-for (%v), such as 24h", c.KeepOrphans, c.UploadFor)
	}
	return nil
}

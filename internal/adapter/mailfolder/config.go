package mailfolder

import (
	"errors"
	"flag"
	"fmt"
	"net/mail"
)

// Config says where mail goes. Flags fills in the defaults.
type Config struct {
	Dir  string
	From string
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Dir, "mailfolder.dir", "data/mail", "folder into which e-mail is written as .eml files")
	fs.StringVar(&c.From, "mailfolder.from", "Tradewind <shop@tradewind.example>", "sender of e-mail")
}

// Validate reports the first setting that cannot work and what would.
func (c Config) Validate() error {
	if c.Dir == "" {
		return errors.New("mailfolder.dir is empty; name a folder, such as data/mail")
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		return fmt.Errorf("mailfolder.from is %q; use an address such as Shop <shop@example.com>: %w", c.From, err)
	}
	return nil
}

package oci

import (
	"errors"
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The ways to sign in.
const (
	None     = "none"     // no service of OCI is used
	UserKey  = "config"   // a user's key, as of a laptop: file and profile of the command line tools
	Workload = "workload" // the service account of a pod in an enhanced OKE cluster
	Instance = "instance" // the virtual machine that the program runs on
	Resource = "resource" // what OCI runs by itself, such as a function
)

var ways = []string{Workload, Instance, Resource, UserKey, None}

// Config says how to sign in. Flags fills in the defaults.
type Config struct {
	Auth    string
	Region  string
	File    string
	Profile string
	Timeout time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Auth, "oci.auth", None, "how to sign in to Oracle Cloud: workload (a pod in OKE), instance (a virtual machine), resource (a function), config (a user's key) or none")
	fs.StringVar(&c.Region, "oci.region", "", "region of Oracle Cloud, such as eu-frankfurt-1; empty takes the one that the identity names")
	fs.StringVar(&c.File, "oci.config-file", "~/.oci/config", "file of profiles that -oci.auth=config reads")
	fs.StringVar(&c.Profile, "oci.profile", "DEFAULT", "profile in that file")
	fs.DurationVar(&c.Timeout, "oci.sign-in-timeout", 20*time.Second, "how long the first sign-in at start may take")
}

// region is how regions are named: realm or continent, place, number.
var region = regexp.MustCompile(`^[a-z]{2,5}(-[a-z]+)+-[0-9]+$`)

// Validate reports the first setting that cannot work and what would.
func (c Config) Validate() error {
	switch {
	case !slices.Contains(ways, c.Auth):
		return fmt.Errorf("oci.auth is %q; choose one of %s", c.Auth, strings.Join(ways, ", "))
	case c.Region != "" && !region.MatchString(c.Region):
		return fmt.Errorf("oci.region is %q; write a region's name such as eu-frankfurt-1", c.Region)
	case c.Auth == UserKey && (c.File == "" || c.Profile == ""):
		return errors.New("oci.auth is config, so oci.config-file and oci.profile must name a file and a profile in it, such as ~/.oci/config and DEFAULT")
	case c.Timeout < 100*time.Millisecond || c.Timeout > 5*time.Minute:
		return fmt.Errorf("oci.sign-in-timeout is %v; choose between 100ms and 5m, such as 20s", c.Timeout)
	}
	return nil
}

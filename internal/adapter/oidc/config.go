package oidc

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
)

// Config says at which provider people sign in. Without an issuer they do not.
type Config struct {
	Issuer       string
	DiscoveryURL string
	ClientID     string
	Secret       string
	SecretFile   string
	Scopes       string
	GroupsClaim  string
	RequireACR   string
	Timeout      time.Duration
}

// Flags declares the settings of one door, such as "staff".
func (c *Config) Flags(fs *flag.FlagSet, door string) {
	name := func(s string) string { return door + ".oidc." + s }
	fs.StringVar(&c.Issuer, name("issuer"), "", "provider at which "+door+" may sign in (OpenID Connect), as its tokens name it, such as https://id.example; empty for none")
	fs.StringVar(&c.DiscoveryURL, name("discovery-url"), "", "where that provider describes itself, if not below its issuer: for an identity domain, whose issuer is https://identity.oraclecloud.com/, the domain's own address")
	fs.StringVar(&c.ClientID, name("client-id"), "", "what the provider calls this shop")
	fs.StringVar(&c.Secret, name("client-secret"), "", "what proves to the provider that it is us (secret); empty uses the file, or PKCE alone")
	fs.StringVar(&c.SecretFile, name("client-secret-file"), "", "file with that secret")
	fs.StringVar(&c.Scopes, name("scopes"), "openid,email,profile", "what the provider is asked for, with commas between; openid is always among it")
	fs.StringVar(&c.GroupsClaim, name("groups-claim"), "groups", "claim with the groups, in the token or else in what the provider tells about its user")
	fs.StringVar(&c.RequireACR, name("require-acr"), "", "how people must have proven who they are: values of the claims acr or amr, one of which is needed, with commas between, such as mfa")
	fs.DurationVar(&c.Timeout, name("timeout"), 5*time.Second, "how long the provider may take to answer")
}

// On reports whether there is a provider.
func (c Config) On() bool { return c.Issuer != "" }

// Validate says what is wrong with a setting of the door and what would work.
func (c Config) Validate(door string) error {
	if !c.On() {
		if c.ClientID != "" || c.DiscoveryURL != "" {
			return fmt.Errorf("%[1]s.oidc.client-id or %[1]s.oidc.discovery-url is set and %[1]s.oidc.issuer is not; set it to the provider's issuer, such as https://id.example", door)
		}
		return nil
	}
	var errs []error
	for name, address := range map[string]string{"issuer": c.Issuer, "discovery-url": c.DiscoveryURL} {
		if err := private(address); address != "" && err != nil {
			errs = append(errs, fmt.Errorf("%s.oidc.%s: %w; write an address such as https://id.example", door, name, err))
		}
	}
	if c.ClientID == "" {
		errs = append(errs, fmt.Errorf("%s.oidc.client-id is empty; set it to what the provider calls this shop", door))
	}
	if c.Secret != "" && c.SecretFile != "" {
		errs = append(errs, fmt.Errorf("%[1]s.oidc.client-secret and %[1]s.oidc.client-secret-file are both set; choose one", door))
	}
	if c.Timeout < 100*time.Millisecond || c.Timeout > time.Minute {
		errs = append(errs, fmt.Errorf("%s.oidc.timeout is %v; choose between 100ms and 1m, such as 5s", door, c.Timeout))
	}
	return errors.Join(errs...)
}

// private refuses addresses over which others could listen: all but https and
// this machine's own.
func private(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("%q is no address of a provider", address)
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return fmt.Errorf("%q is neither https nor of this machine", address)
	}
	if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
		return fmt.Errorf("%q is not https; that is for this machine's own addresses only", address)
	}
	return nil
}

// secret is what the client shows to the provider, "" if it is a public one.
func (c Config) secret(door string) (string, error) {
	if c.SecretFile == "" {
		return c.Secret, nil
	}
	text, err := os.ReadFile(c.SecretFile)
	if err != nil {
		return "", fmt.Errorf("%s.oidc.client-secret-file: %w", door, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// base is below which address /.well-known/openid-configuration is.
func (c Config) base() string {
	if c.DiscoveryURL == "" {
		return c.Issuer
	}
	return strings.TrimSuffix(c.DiscoveryURL, "/.well-known/openid-configuration")
}

func (c Config) scopes() []string {
	list := listOf(c.Scopes)
	if !slices.Contains(list, goidc.ScopeOpenID) {
		list = append([]string{goidc.ScopeOpenID}, list...)
	}
	return list
}

// listOf reads names with commas between.
func listOf(text string) (out []string) {
	for s := range strings.SplitSeq(text, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Package vault reads secrets from OCI Vault.
package vault

import (
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/secrets"

	"tradewind/internal/adapter/oci"
)

// Named reports whether a text is the OCID of a secret, not a secret itself.
func Named(text string) bool { return strings.HasPrefix(text, "ocid1.vaultsecret.") }

// Config says how to read secrets. Flags fills in the defaults.
type Config struct {
	Endpoint string
	Refresh  time.Duration
	Timeout  time.Duration
}

// Flags declares the settings.
func (c *Config) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Endpoint, "oci.vault.endpoint", "", "address where the secrets of vaults are read, such as that of a private endpoint; empty takes the region's")
	fs.DurationVar(&c.Refresh, "oci.vault.refresh", 5*time.Minute, "how often secrets that settings name by OCID are read again")
	fs.DurationVar(&c.Timeout, "oci.vault.timeout", 5*time.Second, "how long Vault may take to answer")
}

// Validate reports the first setting that cannot work and what would.
func (c Config) Validate() error {
	switch {
	case c.Refresh < 10*time.Second || c.Refresh > 24*time.Hour:
		return fmt.Errorf("oci.vault.refresh is %v; choose between 10s and 24h, such as 5m", c.Refresh)
	case c.Timeout < 50*time.Millisecond || c.Timeout > time.Minute:
		return fmt.Errorf("oci.vault.timeout is %v; choose between 50ms and 1m, such as 5s", c.Timeout)
	}
	return oci.CheckEndpoint("oci.vault.endpoint", c.Endpoint, "secrets.vaults.eu-frankfurt-1.oci.oraclecloud.com")
}

// Vault reads secrets. It is safe for concurrent use.
type Vault struct {
	*oci.Line
	client secrets.SecretsClient
	retry  oci.Retry
}

// Open signs its requests as identity.
func Open(c Config, identity common.ConfigurationProvider) (*Vault, error) {
	client, err := secrets.NewSecretsClientWithConfigurationProvider(identity)
	if err != nil {
		return nil, fmt.Errorf("oci.vault: %w", err)
	}
	if c.Endpoint != "" {
		client.Host = c.Endpoint
	}
	line := oci.NewLine("vault")
	client.HTTPClient = line.Client(c.Timeout, 2*c.Timeout)
	return &Vault{Line: line, client: client, retry: oci.Patient}, nil
}

// Secret returns the current version of a secret, without blanks around it. No
// error shows anything of it.
func (v *Vault) Secret(ctx context.Context, id string) (string, error) {
	out, err := v.client.GetSecretBundle(oci.Own(ctx), secrets.GetSecretBundleRequest{SecretId: &id, Stage: secrets.GetSecretBundleStageCurrent, RequestMetadata: v.retry.Policy(nil)})
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", id, err)
	}
	content, ok := out.SecretBundleContent.(secrets.Base64SecretBundleContentDetails)
	if !ok || content.Content == nil {
		return "", fmt.Errorf("secret %s has no content in base64", id)
	}
	text, err := base64.StdEncoding.DecodeString(*content.Content)
	if err != nil {
		return "", fmt.Errorf("secret %s is not in base64", id)
	}
	secret := strings.TrimSpace(string(text))
	switch {
	case secret == "":
		return "", fmt.Errorf("secret %s is empty", id)
	case strings.ContainsAny(secret, "\r\n\x00"):
		return "", fmt.Errorf("secret %s has several lines", id)
	case Named(secret):
		return "", errors.New("secret " + id + " holds the OCID of a secret")
	}
	return secret, nil
}

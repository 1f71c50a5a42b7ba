package oci_test

import (
	"encoding/base64"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/objectstorage"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/ocitest"
)

func defaults() oci.Config {
	var c oci.Config
	c.Flags(flag.NewFlagSet("", flag.PanicOnError))
	c.Timeout = 5 * time.Second
	return c
}

// profile writes a config file with one profile and its key.
func profile(t *testing.T, lines ...string) string {
	t.Helper()
	dir := t.TempDir()
	key := filepath.Join(dir, "key.pem")
	if err := os.WriteFile(key, []byte(ocitest.KeyPEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config")
	text := "[SHOP]\nkey_file=" + key + "\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var whole = []string{"tenancy=" + ocitest.Tenancy, "user=" + ocitest.User, "fingerprint=" + ocitest.Fingerprint, "region=" + ocitest.Region}

func TestAChoiceThatCannotWorkSaysWhyAndWhatWould(t *testing.T) {
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	refused := refusing.URL[len("http://"):]
	certificate := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(certificate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		auth, file, profile string
		environ             map[string]string
		want                []string
	}{
		"no way at all":            {auth: "none", want: []string{"oci.auth is none", "workload, instance, resource or config"}},
		"no file":                  {auth: "config", file: "/nowhere/config", profile: "SHOP", want: []string{"/nowhere/config", "no such file", "oci.profile in oci.config-file needs tenancy"}},
		"no such profile":          {auth: "config", file: profile(t, whole...), profile: "OTHER", want: []string{"did not contain profile: OTHER"}},
		"a profile without a user": {auth: "config", file: profile(t, whole[0], whole[2], whole[3]), profile: "SHOP", want: []string{"user", "missing"}},
		"a profile without region": {auth: "config", file: profile(t, whole[:3]...), profile: "SHOP", want: []string{"region"}},
		"a key that is not there":  {auth: "config", file: profile(t, append(whole, "key_file=/nowhere/key.pem")...), profile: "SHOP", want: []string{"/nowhere/key.pem"}},
		"a key that is no key":     {auth: "config", file: profile(t, append(whole, "key_file="+certificate)...), profile: "SHOP", want: []string{"PEM"}},
		"workload outside of OKE":  {auth: "workload", want: []string{"OCI_RESOURCE_PRINCIPAL_VERSION", "a pod of an enhanced OKE cluster", "elsewhere config or none"}},
		"workload without its account": {auth: "workload", environ: map[string]string{"OCI_RESOURCE_PRINCIPAL_VERSION": "2.2", "OCI_RESOURCE_PRINCIPAL_REGION": "eu-frankfurt-1"},
			want: []string{"/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"}},
		"workload without its region": {auth: "workload", environ: map[string]string{"OCI_RESOURCE_PRINCIPAL_VERSION": "2.2", "OCI_KUBERNETES_SERVICE_ACCOUNT_CERT_PATH": certificate},
			want: []string{"OCI_RESOURCE_PRINCIPAL_REGION"}},
		"instance elsewhere":                       {auth: "instance", environ: map[string]string{"OCI_METADATA_BASE_URL": "http://127.0.0.1:1"}, want: []string{"within oci.sign-in-timeout", "connection refused", "in a pod choose workload"}},
		"instance with a service that has nothing": {auth: "instance", environ: map[string]string{"OCI_METADATA_BASE_URL": "http://" + refused}, want: []string{"404 Not Found"}},
		"resource elsewhere":                       {auth: "resource", want: []string{"OCI_RESOURCE_PRINCIPAL_VERSION", "as for functions"}},
		"resource of a version not known":          {auth: "resource", environ: map[string]string{"OCI_RESOURCE_PRINCIPAL_VERSION": "9"}, want: []string{"OCI_RESOURCE_PRINCIPAL_VERSION", "must be valid"}},
		"resource without its token":               {auth: "resource", environ: map[string]string{"OCI_RESOURCE_PRINCIPAL_VERSION": "2.2"}, want: []string{"OCI_RESOURCE_PRINCIPAL_RPST"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			for key, value := range tc.environ {
				t.Setenv(key, value)
			}
			c := defaults()
			c.Auth, c.Timeout = tc.auth, 300*time.Millisecond
			if tc.file != "" {
				c.File, c.Profile = tc.file, tc.profile
			}
			if err := c.Validate(); err != nil {
				t.Fatal(err)
			}
			_, err := c.SignIn(t.Context())
			if err == nil {
				t.Fatal("it signed in")
			}
			for _, part := range append(tc.want, "oci.auth is "+tc.auth) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

// works asks the stand-in for something as the identity.
func works(t *testing.T, c oci.Config, s *ocitest.Server) objectstorage.ObjectStorageClient {
	t.Helper()
	identity, err := c.SignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := objectstorage.NewObjectStorageClientWithConfigurationProvider(identity)
	if err != nil {
		t.Fatal(err)
	}
	host := client.Host
	client.Host = s.URL
	once := common.NoRetryPolicy()
	if _, err := client.GetNamespace(t.Context(), objectstorage.GetNamespaceRequest{RequestMetadata: common.RequestMetadata{RetryPolicy: &once}}); err != nil {
		t.Errorf("signed in, but: %v", err)
	}
	client.Host = host
	return client
}

func TestAUsersKeySignsIn(t *testing.T) {
	c := defaults()
	c.Auth, c.File, c.Profile = "config", profile(t, whole...), "SHOP"
	if client := works(t, c, ocitest.New(t)); !strings.Contains(client.Host, ocitest.Region) {
		t.Errorf("the client speaks to %s", client.Host)
	}
	c.Region = "uk-london-1"
	if client := works(t, c, ocitest.New(t)); !strings.Contains(client.Host, "uk-london-1") {
		t.Errorf("the client speaks to %s in spite of oci.region", client.Host)
	}
}

// A token as the environment of a function carries it; that a function gets one
// is not tested here.
func TestATokenOfTheEnvironmentSignsIn(t *testing.T) {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	token := part(`{"alg":"RS256","typ":"JWT"}`) + "." + part(fmt.Sprintf(`{"sub":"fn","exp":%d,"res_tenant":%q}`, time.Now().Add(time.Hour).Unix(), ocitest.Tenancy)) + "." + part("signature")
	for key, value := range map[string]string{"VERSION": "2.2", "RPST": token, "PRIVATE_PEM": ocitest.KeyPEM(), "REGION": "eu-frankfurt-1"} {
		t.Setenv("OCI_RESOURCE_PRINCIPAL_"+key, value)
	}
	s := ocitest.New(t)
	s.Trust("ST$"+token, &ocitest.Key().PublicKey)
	c := defaults()
	c.Auth = "resource"
	works(t, c, s)
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	tests := map[string]struct {
		change func(c *oci.Config)
		want   string
	}{
		"as they are":     {func(*oci.Config) {}, ""},
		"a way not known": {func(c *oci.Config) { c.Auth = "magic" }, "oci.auth"},
		"a region":        {func(c *oci.Config) { c.Region = "Frankfurt" }, "oci.region"},
		"a long region":   {func(c *oci.Config) { c.Region = "us-gov-phoenix-1" }, ""},
		"no file":         {func(c *oci.Config) { c.Auth, c.File = "config", "" }, "oci.config-file"},
		"no profile":      {func(c *oci.Config) { c.Auth, c.Profile = "config", "" }, "oci.profile"},
		"no time":         {func(c *oci.Config) { c.Timeout = 0 }, "oci.sign-in-timeout"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := defaults()
			tc.change(&c)
			err := c.Validate()
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
}

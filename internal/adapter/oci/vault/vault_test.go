package vault

import (
	"flag"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/ocitest"
)

const id = "ocid1.vaultsecret.oc1.eu-frankfurt-1.redis"

func open(t *testing.T) (*ocitest.Server, *Vault) {
	t.Helper()
	server := ocitest.New(t)
	v, err := Open(Config{Endpoint: server.URL, Timeout: 200 * time.Millisecond}, ocitest.Provider())
	if err != nil {
		t.Fatal(err)
	}
	v.retry = oci.Retry{Attempts: 4, First: time.Millisecond, Longest: 4 * time.Millisecond}
	return server, v
}

func TestTheCurrentVersionIsRead(t *testing.T) {
	server, v := open(t)
	for _, content := range []string{"hunter2\n", "hunter3 with ünicode"} {
		server.SetSecret(id, content)
		server.Spoil(ocitest.Throttle("GetSecretBundle", 2))
		if got, err := v.Secret(t.Context(), id); err != nil || got != strings.TrimSpace(content) {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestWhatIsNoSecretIsNamedAndNotShown(t *testing.T) {
	server, v := open(t)
	for content, want := range map[string]string{" \n": "is empty", "hunter2\nhunter3": "several lines", id: "holds the OCID"} {
		server.SetSecret(id, content)
		if _, err := v.Secret(t.Context(), id); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%q: %v", content, err)
		}
	}
	if _, err := v.Secret(t.Context(), id+"x"); err == nil || !strings.Contains(err.Error(), "NotAuthorizedOrNotFound") {
		t.Errorf("another: %v", err)
	}
	server.Spoil(ocitest.Mishap{Operation: "GetSecretBundle", Times: 4, Delay: time.Second})
	if _, err := v.Secret(t.Context(), id); err == nil {
		t.Error("a service that is silent tells")
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	var good Config
	good.Flags(flag.NewFlagSet("", flag.PanicOnError))
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, bad := range map[string]Config{"oci.vault.refresh": {Timeout: time.Second}, "oci.vault.timeout": {Refresh: time.Minute}, "oci.vault.endpoint": {Refresh: time.Minute, Timeout: time.Second, Endpoint: "vault"}} {
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/oci/ocitest"
	"tradewind/internal/platform/telemetry"
)

const (
	redisSecret = "ocid1.vaultsecret.oc1.eu-frankfurt-1.redis"
	tokenSecret = "ocid1.vaultsecret.oc1.eu-frankfurt-1.token"
)

// signedIn are the settings of somebody whom the stand-in knows.
func signedIn(t *testing.T, server *ocitest.Server) []string {
	t.Helper()
	dir := t.TempDir()
	key, file := filepath.Join(dir, "key.pem"), filepath.Join(dir, "config")
	text := fmt.Sprintf("[DEFAULT]\nkey_file=%s\ntenancy=%s\nuser=%s\nfingerprint=%s\nregion=%s\n", key, ocitest.Tenancy, ocitest.User, ocitest.Fingerprint, ocitest.Region)
	for path, text := range map[string]string{key: ocitest.KeyPEM(), file: text} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"-oci.auth=config", "-oci.config-file=" + file, "-oci.vault.endpoint=" + server.URL, "-redis.addr=localhost:1"}
}

func TestSecretsThatAreNamedByOCIDComeFromVault(t *testing.T) {
	server := ocitest.New(t)
	server.SetSecret(redisSecret, "hunter2\n")
	server.SetSecret(tokenSecret, "0123456789-0123456789-0123456789-token")
	named := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(named, []byte(tokenSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append(signedIn(t, server), "-token.secret-file="+named, "-shop.name=Nine Bells")
	before, fs, err := Load("serve", args, []string{"TRADEWIND_REDIS_PASSWORD=" + redisSecret}, nil)
	if err != nil || server.Calls("") != 0 {
		t.Fatalf("%d calls, %v", server.Calls(""), err)
	}
	c, err := before.Fetch(t.Context(), fs)
	if err != nil {
		t.Fatal(err)
	}
	if c.Redis.Password != "hunter2" || c.TokenSecret != "0123456789-0123456789-0123456789-token" || c.TokenFile != "" {
		t.Errorf("redis %q, token %q, file %q", c.Redis.Password, c.TokenSecret, c.TokenFile)
	}
	if c.Shop != "Nine Bells" || c.Redis.Addr != "localhost:1" || c.OCI != before.OCI || c.Checkout != before.Checkout || c.DB != before.DB {
		t.Errorf("other settings have changed: %q %q", c.Shop, c.Redis.Addr)
	}
	var out bytes.Buffer
	if err := Print(&out, fs); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hunter2") || strings.Contains(out.String(), "-token") {
		t.Error("a secret is printed")
	}
}

func TestSettingsWithoutOCIDsAskNobody(t *testing.T) {
	server := ocitest.New(t)
	before, fs, err := Load("serve", signedIn(t, server), []string{"TRADEWIND_REDIS_PASSWORD=hunter2"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := before.Fetch(t.Context(), fs); err != nil || c != before || server.Calls("") != 0 {
		t.Errorf("%d calls, %v", server.Calls(""), err)
	}
}

func TestASecretThatCannotBeReadIsNamed(t *testing.T) {
	server := ocitest.New(t)
	server.SetSecret(tokenSecret, "short-hunter2")
	for name, tc := range map[string]struct {
		args []string
		env  string
		want []string
	}{
		"nobody signs in":       {[]string{"-redis.addr=localhost:1"}, "TRADEWIND_REDIS_PASSWORD=" + redisSecret, []string{"redis.password", "oci.auth", "set the secret itself"}},
		"there is none":         {signedIn(t, server), "TRADEWIND_REDIS_PASSWORD=" + redisSecret, []string{"redis.password", redisSecret, "a policy must let", "TRADEWIND_REDIS_PASSWORD"}},
		"it is not good enough": {signedIn(t, server), "TRADEWIND_TOKEN_SECRET=" + tokenSecret, []string{"token.secret", "at least 32"}},
	} {
		before, fs, err := Load("serve", tc.args, []string{tc.env}, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err = before.Fetch(t.Context(), fs)
		for _, part := range tc.want {
			if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v does not say %q, or too much", name, err, part)
			}
		}
	}
}

func TestAChangedSecretIsUsedOrToldToNeedARestart(t *testing.T) {
	server := ocitest.New(t)
	server.SetSecret(redisSecret, "hunter2")
	server.SetSecret(tokenSecret, "0123456789-0123456789-0123456789-token")
	before, fs, err := Load("serve", signedIn(t, server), []string{"TRADEWIND_REDIS_PASSWORD=" + redisSecret, "TRADEWIND_TOKEN_SECRET=" + tokenSecret}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := before.Fetch(t.Context(), fs)
	if err != nil {
		t.Fatal(err)
	}
	c.Vault.Refresh = 5 * time.Millisecond
	a := &App{config: c, log: telemetry.NewLog(io.Discard, 0), metrics: newMetrics("all")}
	refresh, err := a.refreshSecrets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { refresh(ctx); close(done) }()
	defer func() { stop(); <-done }()
	changed := func() bool {
		samples, err := a.samples()
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range samples {
			if x.Name == "tradewind_secret_changed" && x.Labels["setting"] == "token.secret" {
				return x.Value == 1
			}
		}
		t.Fatal("there is no tradewind_secret_changed")
		return false
	}
	until := func(what string, ok func() bool) {
		for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("it never comes to this: %s", what)
			}
		}
	}
	n := server.Calls("")
	until("the secrets are read again", func() bool { return server.Calls("") >= n+4 })
	if changed() || c.Redis.Held.Get() != "hunter2" {
		t.Error("a change is told before there is one")
	}
	server.SetSecret(redisSecret, "hunter3")
	server.SetSecret(tokenSecret, "another-0123456789-0123456789-token-0")
	until("the new one is used, or a restart is due", func() bool { return c.Redis.Held.Get() == "hunter3" && changed() })
	if text := fmt.Sprintf("%v %+v %#v", c.Redis.Held, c.Redis.Held, c.Redis.Held); strings.Contains(text, "hunter") {
		t.Error("a held secret prints itself")
	}
}

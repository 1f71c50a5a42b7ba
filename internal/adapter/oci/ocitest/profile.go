package ocitest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Profile writes a file of the command line tools with which User signs in, as
// its profile DEFAULT, and returns its path.
func Profile(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	key, file := filepath.Join(dir, "key.pem"), filepath.Join(dir, "config")
	text := fmt.Sprintf("[DEFAULT]\nkey_file=%s\ntenancy=%s\nuser=%s\nfingerprint=%s\nregion=%s\n", key, Tenancy, User, Fingerprint, Region)
	if err := errors.Join(os.WriteFile(key, []byte(KeyPEM()), 0o600), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	return file
}

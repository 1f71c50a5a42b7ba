//go:build linux

package redis

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// certificate writes a certificate of its own authority and its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis of the tests"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	return write(t, dir, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), write(t, dir, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}))
}

func write(t *testing.T, dir, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTLSAndAPasswordThatChanges(t *testing.T) {
	cert, key := certificate(t)
	addr := debian(t, "--port", "0", "--tls-port", "{port}", "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert, "--tls-auth-clients", "no", "--requirepass", "first")
	c := config(addr)
	c.TLS, c.CAFile, c.PasswordFile = true, cert, write(t, t.TempDir(), "password", []byte("first\n"))
	x := process(t, c, nil)
	works := func() bool {
		x.Put(t.Context(), "k", []byte("v"), time.Minute)
		_, ok := x.Get(t.Context(), "k")
		return ok
	}
	if !works() {
		t.Fatal("no value over TLS")
	}
	if err := x.client.ConfigSet(t.Context(), "requirepass", "second").Err(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.PasswordFile, []byte("second\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = x.client.Do(t.Context(), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no").Err() // cuts its own connection, too
	eventually(t, "new connections have the new password", works)

	for name, change := range map[string]func(*Config){
		"another authority":  func(c *Config) { c.CAFile, _ = certificate(t) },
		"the system's":       func(c *Config) { c.CAFile = "" },
		"another password":   func(c *Config) { c.PasswordFile, c.Password = "", "wrong" },
		"TLS not spoken":     func(c *Config) { c.TLS, c.CAFile = false, "" },
		"a name not its own": func(c *Config) { _, port, _ := net.SplitHostPort(addr); c.Addr = "localhost:" + port },
	} {
		c := c
		change(&c)
		bad := process(t, c, nil)
		bad.Put(t.Context(), "k", []byte("v"), time.Minute)
		if _, ok := bad.Get(t.Context(), "k"); ok {
			t.Errorf("with %s there is an answer", name)
		}
	}
}

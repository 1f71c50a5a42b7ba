package ocitest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-fed/httpsig"
	"github.com/oracle/oci-go-sdk/v65/common"
)

// signed makes a request of url by hand: the client of nobody's SDK.
func signed(t *testing.T, method, url, body, names string, change func(r *http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	now := time.Now().UTC().Format(http.TimeFormat)
	for name, value := range map[string]string{"Date": now, "X-Date": now, "Content-Type": "application/json", "X-Content-Sha256": base64.StdEncoding.EncodeToString(sum[:])} {
		r.Header.Set(name, value)
	}
	text, err := signingText(&http.Request{Method: method, RequestURI: r.URL.RequestURI(), Host: r.URL.Host, Header: r.Header, ContentLength: int64(len(body))}, strings.Fields(strings.ToLower(names)))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, Key(), crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", `Signature version="1",keyId="`+KeyID+`",algorithm="rsa-sha256",headers="`+names+`",signature="`+base64.StdEncoding.EncodeToString(signature)+`"`)
	if change != nil {
		change(r)
	}
	return r
}

func TestWhoeverFollowsTheRulesIsLetIn(t *testing.T) {
	s := New(t)
	s.AddBucket("shop", "media")
	const all = "date (request-target) host content-length content-type x-content-sha256"
	pass := `{"name":"n","accessType":"AnyObjectRead","timeExpires":"2999-01-01T00:00:00Z"}`
	authorization := func(old, changed string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, changed, 1))
		}
	}
	tests := map[string]struct {
		method, path, names string
		change              func(r *http.Request)
		want                int
	}{
		"as the SDK signs":                {"POST", "/n/shop/b/media/p", all, nil, 200},
		"names of headers in upper case":  {"POST", "/n/shop/b/media/p", strings.ToUpper(all), nil, 200},
		"x-date in place of date":         {"POST", "/n/shop/b/media/p", strings.Replace(all, "date", "x-date", 1), func(r *http.Request) { r.Header.Set("Date", "long ago") }, 200},
		"blanks between parameters":       {"POST", "/n/shop/b/media/p", all, authorization(",keyId", ", keyId"), 200},
		"an upload without its body":      {"PUT", "/n/shop/b/media/o/a%2Fb%20c", "date (request-target) host", nil, 200},
		"escapes as sent":                 {"PUT", "/n/shop/b/media/o/a%2fb+c", "date (request-target) host", nil, 200},
		"another body":                    {"POST", "/n/shop/b/media/p", all, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", len(pass)))) }, 401},
		"another path":                    {"POST", "/n/shop/b/media/p", all, func(r *http.Request) { r.URL.Path = "/n/shop/b/other/p" }, 401},
		"another key":                     {"POST", "/n/shop/b/media/p", all, authorization(Tenancy, "somebody"), 401},
		"another algorithm":               {"POST", "/n/shop/b/media/p", all, authorization("rsa-sha256", "hmac-sha256"), 401},
		"another version":                 {"POST", "/n/shop/b/media/p", all, authorization(`version="1"`, `version="2"`), 401},
		"an old date":                     {"POST", "/n/shop/b/media/p", all, func(r *http.Request) { r.Header.Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT") }, 401},
		"the body is not signed":          {"POST", "/n/shop/b/media/p", "date (request-target) host", nil, 401},
		"the target is not signed":        {"PUT", "/n/shop/b/media/o/a", "date host", nil, 401},
		"no date is signed":               {"PUT", "/n/shop/b/media/o/a", "(request-target) host", nil, 401},
		"nothing is signed":               {"GET", "/n/", "date (request-target) host", func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		"a token of another kind":         {"GET", "/n/", "date (request-target) host", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401},
		"a body on an upload that is not": {"PUT", "/n/shop/b/media/o/a", all, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", len(pass)))) }, 401},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			resp, err := http.DefaultClient.Do(signed(t, tc.method, s.URL+tc.path, pass, tc.names, tc.change))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != tc.want || resp.Header.Get("opc-request-id") == "" || tc.want == 401 && !bytes.Contains(body, []byte(`"code":"NotAuthenticated"`)) {
				t.Errorf("%d %s, want %d", resp.StatusCode, body, tc.want)
			}
		})
	}
	t.Run("an old date that is signed", func(t *testing.T) {
		s.Now = func() time.Time { return time.Now().Add(6 * time.Minute) }
		defer func() { s.Now = time.Now }()
		resp, err := http.DefaultClient.Do(signed(t, "GET", s.URL+"/n/", "", "date (request-target) host", nil))
		if err != nil || resp.StatusCode != 401 {
			t.Errorf("%v %v, want 401", resp, err)
		}
	})
}

// Two verifiers that know nothing of each other say the same of what the SDK
// signs. The other one reads paths unescaped, so there are no escapes here.
func TestAnIndependentVerifierAgrees(t *testing.T) {
	s := &Server{Now: time.Now, keys: map[string]*rsa.PublicKey{KeyID: &Key().PublicKey}}
	agree := func(r *http.Request, body []byte, want bool) {
		ours := s.verify(r, body, whole) == nil
		v, err := httpsig.NewVerifier(r)
		theirs := err == nil && v.KeyId() == KeyID && v.Verify(&Key().PublicKey, httpsig.RSA_SHA256) == nil
		if ours != want || theirs != want {
			t.Errorf("%s %s: ours says %v, theirs %v, want %v", r.Method, r.RequestURI, ours, theirs, want)
		}
	}
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		agree(r, body, true)
		r.Method, r.RequestURI = "DELETE", r.RequestURI+"x"
		r.URL.Path += "x"
		agree(r, body, false)
	}))
	defer web.Close()
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "HEAD"} {
		r, err := http.NewRequestWithContext(t.Context(), method, web.URL+"/n/shop/b/media/o?limit=3&prefix=a", strings.NewReader(`{"a":1}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		r.Header.Set("Content-Type", "application/json")
		if err := common.DefaultRequestSigner(Provider()).Sign(r); err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
}

// And a request that the other one signed is let in.
func TestAnIndependentSignerIsLetIn(t *testing.T) {
	s := New(t)
	signer, _, err := httpsig.NewSigner([]httpsig.Algorithm{httpsig.RSA_SHA256}, httpsig.DigestSha256, []string{"(request-target)", "host", "date"}, httpsig.Authorization, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/n/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	r.Header.Set("Host", r.URL.Host)
	if err := signer.SignRequest(Key(), KeyID, r, nil); err != nil {
		t.Fatal(err)
	}
	// It hides the algorithm by a later draft than the services follow.
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "hs2019", "rsa-sha256", 1))
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("%v %v, want 200", resp, err)
	}
}

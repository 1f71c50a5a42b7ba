package oidc

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
)

// forger is a provider of ours that gives whatever token a test wants: a real
// one cannot be made to give wrong ones.
type forger struct {
	*httptest.Server
	key      *rsa.PrivateKey
	token    string
	userInfo string
	say      map[string]any // over its description
	jwks     int            // status instead of keys
}

func newForger(t *testing.T) *forger {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f := &forger{key: key}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *forger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var out any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		about := map[string]any{"issuer": f.URL, "authorization_endpoint": f.URL + "/auth", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/jwks", "userinfo_endpoint": f.URL + "/me",
			"id_token_signing_alg_values_supported": []string{"none", "HS256", "RS256"}}
		maps.Copy(about, f.say)
		out = about
	case "/jwks":
		if f.jwks != 0 {
			w.WriteHeader(f.jwks)
			return
		}
		out = map[string]any{"keys": []any{map[string]string{"kty": "RSA", "kid": "k", "use": "sig", "n": b64(f.key.N.Bytes()), "e": b64(big.NewInt(int64(f.key.E)).Bytes())}}}
	case "/token":
		out = map[string]any{"access_token": "access", "token_type": "Bearer", "id_token": f.token}
	case "/me":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(f.userInfo))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func part(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b64(b)
}

// sign makes a token with a header and claims.
func (f *forger) sign(header, claims map[string]any, by func(input string) []byte) string {
	input := part(header) + "." + part(claims)
	return input + "." + b64(by(input))
}

func (f *forger) rs256(input string) []byte {
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, f.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return sig
}

func (f *forger) claims(now time.Time, change map[string]any) map[string]any {
	out := map[string]any{"iss": f.URL, "sub": "ada", "aud": "shop", "exp": now.Add(10 * time.Minute).Unix(), "iat": now.Unix(), "nonce": challenge.Nonce, "email": "ada@example.com", "email_verified": "true", "groups": []any{"g"}}
	for name, v := range change {
		if out[name] = v; v == nil {
			delete(out, name)
		}
	}
	return out
}

var (
	rs256Header = map[string]any{"alg": "RS256", "kid": "k", "typ": "JWT"}
	forgedNow   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func (f *forger) door(t *testing.T, change func(*Config)) *Provider {
	t.Helper()
	c := defaults()
	c.Issuer, c.ClientID, c.Secret = f.URL, "shop", "s"
	if change != nil {
		change(&c)
	}
	p, err := Open(c, "staff", back, back, func() time.Time { return forgedNow })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestATokenIsTakenOnlyIfAllOfItIsRight(t *testing.T) {
	f := newForger(t)
	p := f.door(t, nil)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&f.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	hs256 := func(key []byte) func(string) []byte {
		return func(input string) []byte {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(input))
			return mac.Sum(nil)
		}
	}
	at := sha256.Sum256([]byte("access"))
	right := func(change map[string]any) string { return f.sign(rs256Header, f.claims(forgedNow, change), f.rs256) }
	with := func(header, change map[string]any, by func(string) []byte) string {
		return f.sign(header, f.claims(forgedNow, change), by)
	}
	in := func(d time.Duration) int64 { return forgedNow.Add(d).Unix() }
	for name, tc := range map[string]struct{ token, code string }{
		"all right":                          {right(nil), ""},
		"for us among others":                {right(map[string]any{"aud": []string{"other", "shop"}, "azp": "shop"}), ""},
		"ended within the skew of clocks":    {right(map[string]any{"exp": in(-skew + time.Second)}), ""},
		"made within the skew of clocks":     {right(map[string]any{"iat": in(skew)}), ""},
		"bound to its access token":          {right(map[string]any{"at_hash": b64(at[:16])}), ""},
		"bound to another access token":      {right(map[string]any{"at_hash": b64(at[16:])}), "sign-in-refused"},
		"ended":                              {right(map[string]any{"exp": in(-skew - time.Second)}), "sign-in-refused"},
		"without an end":                     {right(map[string]any{"exp": nil}), "sign-in-refused"},
		"made tomorrow":                      {right(map[string]any{"iat": in(skew + time.Second)}), "sign-in-refused"},
		"not valid before tomorrow":          {right(map[string]any{"nbf": in(24 * time.Hour)}), "sign-in-refused"},
		"for another":                        {right(map[string]any{"aud": "other"}), "sign-in-refused"},
		"for nobody":                         {right(map[string]any{"aud": nil}), "sign-in-refused"},
		"for us among others, made for them": {right(map[string]any{"aud": []string{"other", "shop"}, "azp": "other"}), "sign-in-refused"},
		"for us among others, for whom":      {right(map[string]any{"aud": []string{"other", "shop"}}), "sign-in-refused"},
		"of another issuer":                  {right(map[string]any{"iss": "https://evil.example"}), "sign-in-refused"},
		"of an issuer that looks like it":    {right(map[string]any{"iss": f.URL + "/"}), "sign-in-refused"},
		"without a nonce":                    {right(map[string]any{"nonce": nil}), "sign-in-refused"},
		"with another's nonce":               {right(map[string]any{"nonce": "other"}), "sign-in-refused"},
		"about nobody":                       {right(map[string]any{"sub": nil}), "sign-in-refused"},
		"about a very long somebody":         {right(map[string]any{"sub": strings.Repeat("x", 256)}), "sign-in-refused"},
		"not signed":                         {with(map[string]any{"alg": "none"}, nil, func(string) []byte { return nil }), "sign-in-refused"},
		"not signed, in capitals":            {with(map[string]any{"alg": "NONE"}, nil, func(string) []byte { return nil }), "sign-in-refused"},
		"signed with the public key as text": {with(map[string]any{"alg": "HS256", "kid": "k"}, nil, hs256(asPEM)), "sign-in-refused"},
		"signed with the public key":         {with(map[string]any{"alg": "HS256", "kid": "k"}, nil, hs256(public)), "sign-in-refused"},
		"signed with the client's secret":    {with(map[string]any{"alg": "HS256"}, nil, hs256([]byte("s"))), "sign-in-refused"},
		"signed by another":                  {with(rs256Header, nil, (&forger{key: other}).rs256), "sign-in-refused"},
		"with a key of its own": {with(map[string]any{"alg": "RS256", "kid": "own", "jwk": map[string]string{"kty": "RSA", "n": b64(other.N.Bytes()), "e": "AQAB"}},
			nil, (&forger{key: other}).rs256), "sign-in-refused"},
		"changed afterwards": {strings.Replace(right(nil), "."+part(f.claims(forgedNow, nil))+".", "."+part(f.claims(forgedNow, map[string]any{"sub": "eve"}))+".", 1), "sign-in-refused"},
		"no token":           {"", "sign-in-refused"},
		"nonsense":           {"a.b.c", "sign-in-refused"},
	} {
		f.token = tc.token
		got, err := p.Finish(context.Background(), user.Answer{Code: "c"}, challenge)
		if fault.Code(err) != tc.code {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, tc.code)
		}
		if tc.code == "" && (got.Subject != "ada" || !got.EmailVerified) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestGroupsComeInSeveralShapes(t *testing.T) {
	f := newForger(t)
	p := f.door(t, nil)
	for name, tc := range map[string]struct {
		claim any
		want  string
	}{
		"names":           {[]string{"a", "b"}, "a b"},
		"one name":        {"a", "a"},
		"with spaces":     {[]string{"Shop Admins"}, "Shop Admins"},
		"objects":         {[]any{map[string]string{"name": "a", "id": "1"}, map[string]string{"display": "b"}}, "a b"},
		"nothing":         {[]string{}, ""},
		"something else":  {map[string]int{"a": 1}, ""},
		"names and other": {[]any{"a", 7, nil, map[string]int{"x": 1}}, "a"},
	} {
		f.token = f.sign(rs256Header, f.claims(forgedNow, map[string]any{"groups": tc.claim}), f.rs256)
		got, err := p.Finish(context.Background(), user.Answer{Code: "c"}, challenge)
		if err != nil || strings.Join(got.Groups, " ") != tc.want {
			t.Errorf("%s: %q, %v; want %q", name, got.Groups, err, tc.want)
		}
	}
}

func TestTheUserInfoMustBeAboutTheOneOfTheToken(t *testing.T) {
	f := newForger(t)
	p := f.door(t, nil)
	f.token = f.sign(rs256Header, f.claims(forgedNow, map[string]any{"groups": nil, "email": nil}), f.rs256)
	for info, code := range map[string]string{
		`{"sub":"ada","groups":["g"],"email":"a@example.com"}`: "",
		`{"sub":"eve","groups":["shop-admins"]}`:               "sign-in-refused",
		`{"groups":["shop-admins"]}`:                           "sign-in-refused",
		`nonsense`:                                             "sign-in-refused",
		`{"sub":"` + strings.Repeat("x", maxAnswer) + `"}`:     "provider-unavailable",
	} {
		f.userInfo = info
		got, err := p.Finish(context.Background(), user.Answer{Code: "c"}, challenge)
		if fault.Code(err) != code {
			t.Errorf("%.60s: %+v, %v; want %q", info, got, err, code)
		}
		if code == "" && (got.Email != "a@example.com" || got.EmailVerified || len(got.Groups) != 1) {
			t.Errorf("%s: %+v", info, got)
		}
	}
}

// The token may name the address, and the user info alone say that it is verified.
func TestOnlyTheAddressThatIsMeantIsVerified(t *testing.T) {
	f := newForger(t)
	p := f.door(t, nil)
	for name, tc := range map[string]struct {
		inToken any
		info    string
		want    bool
	}{
		"by the user info":         {nil, `{"sub":"ada","email":"ada@example.com","email_verified":true}`, true},
		"another by the user info": {nil, `{"sub":"ada","email":"eve@example.com","email_verified":true}`, false},
		"not, says the token":      {false, `{"sub":"ada","email":"ada@example.com","email_verified":true}`, false},
		"nobody says":              {nil, `{"sub":"ada"}`, false},
		"a number":                 {1, `{"sub":"ada"}`, false},
	} {
		f.userInfo = tc.info
		f.token = f.sign(rs256Header, f.claims(forgedNow, map[string]any{"email_verified": tc.inToken}), f.rs256)
		got, err := p.Finish(context.Background(), user.Answer{Code: "c"}, challenge)
		if err != nil || got.EmailVerified != tc.want || got.Email != "ada@example.com" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestKeysThatCannotBeFetchedAreNobodysFault(t *testing.T) {
	f := newForger(t)
	p := f.door(t, nil)
	f.token, f.jwks = f.sign(rs256Header, f.claims(forgedNow, nil), f.rs256), http.StatusBadGateway
	if _, err := p.Finish(context.Background(), user.Answer{Code: "c"}, challenge); fault.Code(err) != "provider-unavailable" {
		t.Errorf("without keys: %v", err)
	}
	f.jwks = 0
	if _, err := p.Finish(context.Background(), user.Answer{Code: "c"}, challenge); err != nil {
		t.Errorf("with keys: %v", err)
	}
}

// What a provider says of itself may lead to no address where others listen.
func TestADescriptionThatLeadsElsewhereIsRefused(t *testing.T) {
	for name, say := range map[string]map[string]any{
		"another issuer":          {"issuer": "https://evil.example"},
		"tokens over plain http":  {"token_endpoint": "http://id.example/token"},
		"keys over plain http":    {"jwks_uri": "http://id.example/jwks"},
		"no keys":                 {"jwks_uri": ""},
		"a page of another kind":  {"authorization_endpoint": "javascript:alert(1)"},
		"an end over plain http":  {"end_session_endpoint": "http://id.example/end"},
		"user info of a password": {"userinfo_endpoint": "https://u:p@id.example/"},
	} {
		f := newForger(t)
		f.say = say
		if to, err := f.door(t, nil).Begin(context.Background(), challenge); fault.Code(err) != "provider-unavailable" {
			t.Errorf("%s: %q, %v", name, to, err)
		}
	}
	f := newForger(t)
	f.say = map[string]any{"issuer": "https://wherever.example"}
	if _, err := f.door(t, func(c *Config) { c.DiscoveryURL, c.Issuer = f.URL, "https://identity.example.com/" }).Begin(context.Background(), challenge); err != nil {
		t.Errorf("an issuer of the settings is not believed: %v", err)
	}
}

func TestALogoutTokenIsTakenOnlyIfAllOfItIsRight(t *testing.T) {
	f := newForger(t)
	p := f.door(t, nil)
	events := map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}
	logout := func(change map[string]any) string {
		all := map[string]any{"events": events, "jti": "j", "sid": "s", "nonce": nil}
		maps.Copy(all, change)
		return f.sign(rs256Header, f.claims(forgedNow, all), f.rs256)
	}
	in := func(d time.Duration) int64 { return forgedNow.Add(d).Unix() }
	for name, tc := range map[string]struct{ token, code string }{
		"all right":             {logout(nil), ""},
		"a token of a sign-in":  {f.sign(rs256Header, f.claims(forgedNow, nil), f.rs256), "sign-in-refused"},
		"with a nonce":          {logout(map[string]any{"nonce": "n"}), "sign-in-refused"},
		"about something else":  {logout(map[string]any{"events": map[string]any{"other": 1}}), "sign-in-refused"},
		"without an id":         {logout(map[string]any{"jti": nil}), "sign-in-refused"},
		"about nobody":          {logout(map[string]any{"sub": nil, "sid": nil}), "sign-in-refused"},
		"for another":           {logout(map[string]any{"aud": "other"}), "sign-in-refused"},
		"of another issuer":     {logout(map[string]any{"iss": "https://evil.example"}), "sign-in-refused"},
		"ended":                 {logout(map[string]any{"exp": in(-time.Hour)}), "sign-in-refused"},
		"made long ago":         {logout(map[string]any{"iat": in(-logoutFor - time.Second)}), "sign-in-refused"},
		"made tomorrow":         {logout(map[string]any{"iat": in(24 * time.Hour)}), "sign-in-refused"},
		"not signed":            {f.sign(map[string]any{"alg": "none"}, f.claims(forgedNow, map[string]any{"events": events, "jti": "j", "nonce": nil}), func(string) []byte { return nil }), "sign-in-refused"},
		"nonsense":              {"nonsense", "sign-in-refused"},
		"about a session alone": {logout(map[string]any{"sub": nil}), ""},
	} {
		got, err := p.LoggedOut(context.Background(), tc.token)
		if fault.Code(err) != tc.code || tc.code == "" && (got.TokenID != "j" || got.SessionID != "s" || got.Issuer != f.URL) {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, tc.code)
		}
	}
}

func TestSettingsThatCannotWorkSayWhatWould(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"plain http":          {func(c *Config) { c.Issuer = "http://id.example" }, "staff.oidc.issuer"},
		"plain discovery":     {func(c *Config) { c.DiscoveryURL = "http://id.example" }, "staff.oidc.discovery-url"},
		"no address":          {func(c *Config) { c.Issuer = "id.example" }, "https://id.example"},
		"no client":           {func(c *Config) { c.ClientID = "" }, "staff.oidc.client-id"},
		"two secrets":         {func(c *Config) { c.Secret, c.SecretFile = "a", "b" }, "choose one"},
		"no patience":         {func(c *Config) { c.Timeout = 0 }, "staff.oidc.timeout"},
		"a client for nobody": {func(c *Config) { c.Issuer = "" }, "staff.oidc.issuer"},
		"this machine":        {func(c *Config) { c.Issuer = "http://[::1]:1/" }, ""},
	} {
		c := defaults()
		c.Issuer, c.ClientID = "https://id.example", "shop"
		tc.change(&c)
		if err := c.Validate("staff"); (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q in it", name, err, tc.want)
		}
	}
	c := defaults()
	if err := c.Validate("staff"); err != nil || c.On() {
		t.Errorf("without a provider: %v, %v", err, c.On())
	}
	c.SecretFile = "/no/such/file"
	if _, err := Open(c, "staff", back, back, time.Now); err == nil || !strings.Contains(err.Error(), "staff.oidc.client-secret-file") || errors.Is(err, context.Canceled) {
		t.Errorf("a file that is not there: %v", err)
	}
}

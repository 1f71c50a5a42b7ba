package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tradewind/internal/domain/user"
)

const (
	// skew is how far the provider's clock may be from ours.
	skew = time.Minute
	// restFor is how long a provider that could not be asked for its
	// description is left alone: whoever comes meanwhile is told at once.
	restFor = time.Second
	// askAgain is after how long the description is read anew.
	askAgain = 12 * time.Hour
)

// algorithms sign with a key that only the provider has. Others, "none" and
// those with a shared secret, are refused whatever the provider says of itself.
var algorithms = []string{goidc.RS256, goidc.RS384, goidc.RS512, goidc.PS256, goidc.PS384, goidc.PS512, goidc.ES256, goidc.ES384, goidc.ES512, goidc.EdDSA}

// Provider is a user.IdentityProvider. Open makes one.
type Provider struct {
	config         Config
	secret         string
	redirect, back string
	now            func() time.Time
	client         *http.Client

	mu     sync.Mutex // held while the description is asked for: others wait for the same
	known  *described
	failed error
	at     time.Time // when known or failed came
}

// described is what a provider says of itself.
type described struct {
	oauth      oauth2.Config
	info       *goidc.Provider
	verifier   *goidc.IDTokenVerifier
	endSession string
}

// Open makes a provider for a door; the provider itself is not asked for
// anything yet: it may be down while the shop opens. To redirect it sends people
// back with an answer, to back when they have signed out there.
func Open(c Config, door, redirect, back string, now func() time.Time) (*Provider, error) {
	secret, err := c.secret(door)
	return &Provider{config: c, secret: secret, redirect: redirect, back: back, now: now, client: newClient(c.Timeout)}, err
}

// context makes the library use our client.
func (p *Provider) context(ctx context.Context) context.Context {
	return goidc.ClientContext(ctx, p.client)
}

// description is asked for when it is first needed, and again when that failed.
func (p *Provider) description(ctx context.Context) (*described, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := p.now().Sub(p.at)
	if p.known != nil && since < askAgain {
		return p.known, nil
	}
	if p.failed != nil && since < restFor {
		return p.known, p.failed
	}
	d, err := p.describe(ctx)
	if err != nil && ctx.Err() != nil { // who asked has gone; that says nothing about the provider
		return nil, user.ProviderUnavailable(err)
	}
	p.at, p.failed = p.now(), nil
	switch {
	case err == nil:
		p.known = d
	case p.known == nil:
		p.failed = user.ProviderUnavailable(fmt.Errorf("description of %s: %w", p.config.Issuer, err))
	}
	return p.known, p.failed // one that was known goes on being good
}

func (p *Provider) describe(ctx context.Context) (*described, error) {
	ctx = p.context(ctx)
	if p.config.DiscoveryURL != "" { // its issuer is the one of the settings, whatever is said there
		ctx = goidc.InsecureIssuerURLContext(ctx, p.config.Issuer)
	}
	info, err := goidc.NewProvider(ctx, p.config.base())
	if err != nil {
		return nil, err
	}
	var more struct {
		JWKS       string   `json:"jwks_uri"`
		EndSession string   `json:"end_session_endpoint"`
		Methods    []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := info.Claims(&more); err != nil {
		return nil, err
	}
	endpoint := info.Endpoint()
	endpoint.AuthStyle = p.style(more.Methods)
	for i, address := range []string{endpoint.AuthURL, endpoint.TokenURL, more.JWKS, info.UserInfoEndpoint(), more.EndSession} {
		if needed := i < 3; needed || address != "" {
			if err := private(address); err != nil {
				return nil, err
			}
		}
	}
	// Keys that are not known are asked for again, with our client.
	keys := goidc.NewRemoteKeySet(ctx, more.JWKS)
	return &described{
		oauth:      oauth2.Config{ClientID: p.config.ClientID, ClientSecret: p.secret, Endpoint: endpoint, RedirectURL: p.redirect, Scopes: p.config.scopes()},
		info:       info,
		verifier:   p.verifier(keys),
		endSession: more.EndSession,
	}, nil
}

// verifier checks signature, issuer, audience and expiry. To it the clock is
// behind: what ended less than skew ago has not ended yet.
func (p *Provider) verifier(keys goidc.KeySet) *goidc.IDTokenVerifier {
	return goidc.NewVerifier(p.config.Issuer, watched{keys},
		&goidc.Config{ClientID: p.config.ClientID, SupportedSigningAlgs: algorithms, Now: func() time.Time { return p.now().Add(-skew) }})
}

// style is how the client proves itself, chosen beforehand: a library that
// tries one after the other uses up the code.
func (p *Provider) style(methods []string) oauth2.AuthStyle {
	// Without the list it is client_secret_basic (OpenID Connect Discovery 1.0, 3).
	if p.secret != "" && (len(methods) == 0 || slices.Contains(methods, "client_secret_basic")) {
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleInParams
}

// Begin returns the page at the provider where a sign-in goes on.
func (p *Provider) Begin(ctx context.Context, c user.Challenge) (string, error) {
	d, err := p.description(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{goidc.Nonce(c.Nonce), oauth2.S256ChallengeOption(c.Verifier)}
	if want := listOf(p.config.RequireACR); len(want) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(want, " ")))
	}
	return d.oauth.AuthCodeURL(c.State, options...), nil
}

// SignOut returns the page at the provider where its own session ends. Some
// want the token of the sign-in as a hint: without it they ask whether that is
// meant, or do not send people back (OpenID Connect RP-Initiated Logout 1.0, 2).
func (p *Provider) SignOut(ctx context.Context, hint string) (string, error) {
	d, err := p.description(ctx)
	if err != nil || d.endSession == "" {
		return "", err
	}
	u, err := url.Parse(d.endSession)
	if err != nil {
		return "", user.ProviderUnavailable(err)
	}
	q := u.Query()
	q.Set("client_id", p.config.ClientID)
	q.Set("post_logout_redirect_uri", p.back)
	if hint != "" {
		q.Set("id_token_hint", hint)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// outcome classifies an error: a provider that is sick, or one that says no.
func outcome(what string, err error) error {
	err = fmt.Errorf("%s: %w", what, err)
	if _, ok := errors.AsType[*sick](err); ok || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return user.ProviderUnavailable(err)
	}
	return user.SignInRefused(err)
}

package oidc

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
)

// watched remembers that keys could not be fetched, which the library tells in
// words only.
type watched struct{ keys goidc.KeySet }

type keysFailed struct{}

func (w watched) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := w.keys.VerifySignature(ctx, jwt)
	if seen, ok := ctx.Value(keysFailed{}).(*error); ok && err != nil {
		if s, ok := errors.AsType[*sick](err); ok {
			*seen = s
		} else if ctx.Err() != nil {
			*seen = ctx.Err()
		}
	}
	return payload, err
}

// verified runs a check of the verifier and says of its error whose it is.
func verified[T any](ctx context.Context, check func(context.Context, string) (T, error), token string) (T, error) {
	var noKeys error
	out, err := check(context.WithValue(ctx, keysFailed{}, &noKeys), token)
	if err != nil {
		return out, outcome("token", errors.Join(err, noKeys))
	}
	return out, nil
}

// Finish trades the code for a token and reads it.
func (p *Provider) Finish(ctx context.Context, a user.Answer, c user.Challenge) (user.Claims, error) {
	if a.Issuer != "" && a.Issuer != p.config.Issuer { // an answer of another provider (RFC 9207, 2.4)
		return user.Claims{}, user.SignInRefused(fmt.Errorf("the answer is of %q", a.Issuer))
	}
	ctx, cancel := context.WithTimeout(ctx, 2*p.config.Timeout)
	defer cancel()
	d, err := p.description(ctx)
	if err != nil {
		return user.Claims{}, err
	}
	tokens, err := d.oauth.Exchange(p.context(ctx), a.Code, oauth2.VerifierOption(c.Verifier))
	if err != nil {
		if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && e.ErrorCode == "invalid_client" { // ours to put right
			return user.Claims{}, user.ProviderUnavailable(fmt.Errorf("the provider does not know our client: %w", err))
		}
		return user.Claims{}, outcome("exchange of the code", err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	t, err := verified(ctx, d.verifier.Verify, raw)
	if err != nil {
		return user.Claims{}, err
	}
	said, err := p.check(t, tokens.AccessToken, c)
	if err != nil {
		return user.Claims{}, err
	}
	if err := p.ask(ctx, d, tokens, &said); err != nil {
		return user.Claims{}, err
	}
	out := user.Claims{Issuer: t.Issuer, Subject: t.Subject, SessionID: said.SessionID, Email: said.Email, EmailVerified: bool(said.Verified), Name: said.Name, Groups: said.groups(p.config.GroupsClaim), Hint: raw}
	if len(t.Subject) == 0 || len(t.Subject) > 255 || len(said.SessionID) > 255 { // OpenID Connect Core 1.0, 2
		return user.Claims{}, user.SignInRefused(fmt.Errorf("subject %.20q or session have a wrong length", t.Subject))
	}
	return out, nil
}

// said are the claims that are read, and all of them by name.
type said struct {
	AuthorizedParty string   `json:"azp"`
	SessionID       string   `json:"sid"`
	ACR             string   `json:"acr"`
	AMR             []string `json:"amr"`
	Email           string   `json:"email"`
	Verified        truth    `json:"email_verified"`
	Name            string   `json:"name"`

	all map[string]json.RawMessage
}

// truth is a boolean that some providers write as a string.
type truth bool

func (t *truth) UnmarshalJSON(b []byte) error {
	*t = string(b) == `true` || string(b) == `"true"`
	return nil
}

// check looks at what the library leaves to its caller.
func (p *Provider) check(t *goidc.IDToken, access string, c user.Challenge) (out said, err error) {
	if err := errors.Join(t.Claims(&out), t.Claims(&out.all)); err != nil {
		return out, user.SignInRefused(err)
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(c.Nonce)) != 1 || c.Nonce == "":
		err = errors.New("the nonce is not ours")
	case len(t.Audience) > 1 && out.AuthorizedParty == "", out.AuthorizedParty != "" && out.AuthorizedParty != p.config.ClientID:
		err = fmt.Errorf("the token is for %q", out.AuthorizedParty)
	case t.IssuedAt.After(p.now().Add(skew)):
		err = fmt.Errorf("the token is of %v", t.IssuedAt)
	case t.AccessTokenHash != "":
		err = t.VerifyAccessToken(access)
	}
	if err != nil {
		return out, user.SignInRefused(err)
	}
	if want := listOf(p.config.RequireACR); len(want) > 0 && !slices.ContainsFunc(append(out.AMR, out.ACR), func(how string) bool { return slices.Contains(want, how) }) {
		return out, fault.New(fault.Forbidden, "second-factor-missing", "Please sign in with your second factor.").Because(fmt.Errorf("acr %q, amr %q", out.ACR, out.AMR))
	}
	return out, nil
}

// ask adds what the token does not say and the provider tells about its user.
func (p *Provider) ask(ctx context.Context, d *described, tokens *oauth2.Token, s *said) error {
	_, hasGroups := s.all[p.config.GroupsClaim]
	_, hasVerified := s.all["email_verified"]
	if hasGroups && s.Email != "" && hasVerified || d.info.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := d.info.UserInfo(p.context(ctx), oauth2.StaticTokenSource(tokens))
	if err != nil {
		return outcome("user info", err)
	}
	var more said
	if err := errors.Join(info.Claims(&more), info.Claims(&more.all)); err != nil {
		return user.SignInRefused(err)
	}
	var subject string
	_ = json.Unmarshal(s.all["sub"], &subject) // the verifier has read it
	if info.Subject != subject {               // OpenID Connect Core 1.0, 5.3.2
		return user.SignInRefused(fmt.Errorf("the user info is about %q", info.Subject))
	}
	if s.Email == "" || s.Email == more.Email && !hasVerified {
		s.Email, s.Verified = more.Email, more.Verified
	}
	if s.Name == "" {
		s.Name = more.Name
	}
	if groups, ok := more.all[p.config.GroupsClaim]; ok && !hasGroups {
		s.all[p.config.GroupsClaim] = groups
	}
	return nil
}

// groups reads the claim: names, one name, or, as identity domains have it,
// objects with a name.
func (s said) groups(claim string) (out []string) {
	raw := s.all[claim]
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}
	}
	var list []json.RawMessage
	_ = json.Unmarshal(raw, &list) // another shape has no names that we know
	for _, entry := range list {
		var name string
		var named struct{ Name, Display string }
		if json.Unmarshal(entry, &name) != nil && json.Unmarshal(entry, &named) == nil {
			name = cmp.Or(named.Name, named.Display)
		}
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}

// logoutFor is how old a logout token may be: after that it is told anew
// (OpenID Connect Back-Channel Logout 1.0, 2.4 wants a short life).
const logoutFor = 15 * time.Minute

// LoggedOut reads a token by which the provider says that a session ended.
func (p *Provider) LoggedOut(ctx context.Context, token string) (user.Logout, error) {
	ctx, cancel := context.WithTimeout(ctx, p.config.Timeout)
	defer cancel()
	d, err := p.description(ctx)
	if err != nil {
		return user.Logout{}, err
	}
	t, err := verified(ctx, d.verifier.VerifyLogout, token)
	if err != nil {
		return user.Logout{}, err
	}
	if now := p.now(); t.IssuedAt.After(now.Add(skew)) || t.IssuedAt.Before(now.Add(-logoutFor)) {
		return user.Logout{}, user.SignInRefused(fmt.Errorf("the logout token is of %v", t.IssuedAt))
	}
	return user.Logout{TokenID: t.TokenID, Issuer: t.Issuer, Subject: t.Subject, SessionID: t.SessionID}, nil
}

// Package oidc lets people sign in at a provider of OpenID Connect, such as an
// identity domain of OCI. It fills user.IdentityProvider with go-oidc.
package oidc

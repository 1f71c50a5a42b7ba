// Package oidctest gives tests a provider of OpenID Connect that none of us
// wrote: oidc-provider on Node.js, in a process of its own, and a browser that
// signs in on its pages. It uses what scripts/install-oidc-provider.sh has
// fetched.
package oidctest

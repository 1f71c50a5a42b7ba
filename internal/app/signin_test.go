package app

import (
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"tradewind/internal/domain/user"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/service/account"
)

func TestSettingsOfSigningInThatCannotWorkSayWhatWould(t *testing.T) {
	provider := []string{"-staff.oidc.issuer=https://id.example", "-staff.oidc.client-id=office"}
	roles := "-staff.oidc.roles=admins=owner"
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"none":                 {nil, ""},
		"staff":                {append(provider, roles), ""},
		"customers":            {[]string{"-customer.oidc.issuer=https://id.example", "-customer.oidc.client-id=shop"}, ""},
		"a group with a sign":  {append(provider, "-staff.oidc.roles=cn=admins=owner"), ""},
		"nobody would come in": {[]string{"-staff.oidc.only=true"}, "staff.oidc.issuer"},
		"nobody has a role":    {provider, "staff.oidc.roles"},
		"a role without group": {append(provider, "-staff.oidc.roles==owner"), "group=role"},
		"a group without role": {append(provider, "-staff.oidc.roles=admins"), "group=role"},
		"others could listen":  {[]string{"-customer.oidc.issuer=http://id.example", "-customer.oidc.client-id=shop"}, "customer.oidc.issuer"},
		"a page elsewhere":     {append(provider, roles, "-staff.oidc.page=//evil.example"), "staff.oidc.page"},
	} {
		_, _, err := Load("serve", tc.args, nil, nil)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	if _, _, err := Load("serve", append(provider, roles, "-staff.oidc.client-secret=s"), nil, nil); err == nil || !strings.Contains(err.Error(), "TRADEWIND_STAFF_OIDC_CLIENT_SECRET") {
		t.Errorf("a secret on the command line: %v", err)
	}
}

// A provider need not be there when the shop opens, and only the process that
// lets people in has to do with it.
func TestAProviderIsNotAskedForAnythingWhenTheShopOpens(t *testing.T) {
	c, _, err := Load("serve", []string{"-shop.url=https://shop.example/", "-customer.oidc.issuer=https://127.0.0.1:1", "-customer.oidc.client-id=shop"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[httpapi.Target]int{httpapi.User: 1, httpapi.Product: 0, workerTarget: 0} {
		a, accounts := &App{config: c, log: slog.New(slog.NewTextHandler(io.Discard, nil))}, &account.Service{}
		if err := a.signIn(targets{target}, accounts); err != nil || len(accounts.Providers) != want {
			t.Errorf("%s has providers %v, %v", target, accounts.Providers, err)
		}
		if want > 0 && accounts.Providers[user.CustomerDoor] == nil {
			t.Error("the provider is at the wrong door")
		}
	}
	c.SignIn.Customer.SecretFile = filepath.Join(t.TempDir(), "missing")
	if err := (&App{config: c}).signIn(targets{httpapi.User}, &account.Service{}); err == nil || !strings.Contains(err.Error(), "customer.oidc.client-secret-file") {
		t.Errorf("without its secret: %v", err)
	}
	if u, err := url.Parse(httpapi.ThroughCallback(user.StaffDoor)); err != nil || httpapi.TargetOf(u.Path) != httpapi.User {
		t.Error("the callback is not the user service's")
	}
}

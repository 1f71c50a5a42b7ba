package app

import (
	"errors"
	"flag"
	"strings"

	"tradewind/internal/adapter/oidc"
	"tradewind/internal/domain/user"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/service/account"
)

// SignInConfig says at which providers people may sign in instead of here.
type SignInConfig struct{ Staff, Customer oidc.Config }

// Flags declares the settings.
func (c *SignInConfig) Flags(fs *flag.FlagSet) {
	c.Staff.Flags(fs, string(user.StaffDoor))
	c.Customer.Flags(fs, string(user.CustomerDoor))
}

// Validate reports what cannot work together and what would.
func (c SignInConfig) Validate(of account.StaffThrough) error {
	errs := []error{c.Staff.Validate(string(user.StaffDoor)), c.Customer.Validate(string(user.CustomerDoor))}
	switch {
	case of.Only && !c.Staff.On():
		errs = append(errs, errors.New("staff.oidc.only is set and staff.oidc.issuer is not, so no staff could sign in; set the issuer of a provider"))
	case c.Staff.On() && strings.TrimSpace(of.Roles) == "":
		errs = append(errs, errors.New("staff.oidc.issuer is set, so staff.oidc.roles must say which group gives which role, such as shop-admins=owner"))
	}
	return errors.Join(errs...)
}

// signIn opens the providers, in the process that lets people in. They are not
// asked for anything yet.
func (a *App) signIn(roles targets, accounts *account.Service) error {
	if !roles.has(httpapi.User) {
		return nil
	}
	accounts.Providers = map[user.Door]user.IdentityProvider{}
	shop := strings.TrimSuffix(a.config.HTTP.URL, "/")
	for d, c := range map[user.Door]oidc.Config{user.StaffDoor: a.config.SignIn.Staff, user.CustomerDoor: a.config.SignIn.Customer} {
		if !c.On() {
			continue
		}
		p, err := oidc.Open(c, string(d), shop+httpapi.ThroughCallback(d), shop+"/", now)
		if err != nil {
			return err
		}
		accounts.Providers[d] = p
	}
	return nil
}

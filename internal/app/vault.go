package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/vault"
	"tradewind/internal/edge/worker"
	"tradewind/internal/platform/held"
)

// fetched are the settings whose secrets are in OCI Vault.
type fetched struct {
	ids    map[string]string       // OCID by setting
	now    map[string]*held.Secret // by setting
	usable map[string]bool         // settings of which a new secret is used at once
}

// named finds the settings that hold the OCID of a secret: themselves, or in the
// file that the setting beside them names.
func named(fs *flag.FlagSet) (ids map[string]string) {
	ids = map[string]string{}
	fs.VisitAll(func(f *flag.Flag) {
		if isSecret(f) && vault.Named(f.Value.String()) {
			ids[f.Name] = f.Value.String()
		}
		beside, ok := strings.CutSuffix(f.Name, "-file")
		if secret := fs.Lookup(beside); !ok || secret == nil || !isSecret(secret) || secret.Value.String() != "" || f.Value.String() == "" {
			return
		}
		// A file that cannot be read is complained of by whoever needs it.
		if text, err := os.ReadFile(f.Value.String()); err == nil && vault.Named(strings.TrimSpace(string(text))) {
			ids[beside] = strings.TrimSpace(string(text))
		}
	})
	return ids
}

// Fetch puts the secrets that settings name by OCID in their place. fs is what
// Load returned with c. Without such settings it asks nobody.
func (c Config) Fetch(ctx context.Context, fs *flag.FlagSet) (Config, error) {
	ids := named(fs)
	if len(ids) == 0 {
		return c, nil
	}
	v, err := c.openVault(ctx)
	if err != nil {
		return c, fmt.Errorf("%s holds the OCID of a secret: %w", anyOf(ids), err)
	}
	secrets := map[string]string{}
	for name, id := range ids {
		if secrets[name], err = v.Secret(ctx, id); err != nil {
			return c, fmt.Errorf("%s names a secret of Vault that cannot be read: %w; it must exist, and a policy must let this identity read secret-bundles; or put the secret itself into %s or a file", name, err, EnvName(name))
		}
	}
	// The flags belong to another copy of the settings, so they are set anew.
	var out Config
	again := flag.NewFlagSet(fs.Name(), flag.ContinueOnError)
	out.Flags(again)
	again.VisitAll(func(f *flag.Flag) {
		value := fs.Lookup(f.Name).Value.String()
		if s, ok := secrets[f.Name]; ok {
			value = s
		} else if beside, ok := strings.CutSuffix(f.Name, "-file"); ok && secrets[beside] != "" {
			value = ""
		}
		if e := again.Set(f.Name, value); e != nil {
			err = errors.Join(err, fmt.Errorf("%s: %q does not fit: %w", f.Name, shown(f, value), e))
		}
	})
	if err = errors.Join(err, out.Validate()); err != nil {
		return c, err
	}
	out.fetched = &fetched{ids: ids, now: map[string]*held.Secret{}, usable: map[string]bool{}}
	for name, s := range secrets {
		out.fetched.now[name] = held.New(s)
	}
	out.hold("redis.password", &out.Redis.Held)
	out.hold("opensearch.password", &out.Cluster.Held)
	return out, nil
}

// hold lets an adapter ask for a secret each time that it needs it.
func (c *Config) hold(name string, into **held.Secret) {
	if s := c.fetched.now[name]; s != nil {
		*into, c.fetched.usable[name] = s, true
	}
}

func anyOf(ids map[string]string) (name string) {
	for n := range ids {
		if name == "" || n < name {
			name = n
		}
	}
	return name
}

func (c Config) openVault(ctx context.Context) (*vault.Vault, error) {
	if c.OCI.Auth == oci.None {
		return nil, errors.New("oci.auth must say how to sign in, workload, instance, resource or config; or set the secret itself")
	}
	identity, err := c.OCI.SignIn(ctx)
	if err != nil {
		return nil, err
	}
	return vault.Open(c.Vault, identity)
}

// refreshSecrets is the job that reads the secrets of Vault again: those that can
// change while the program runs do, of the others it is told that a restart is due.
func (a *App) refreshSecrets(ctx context.Context) (func(context.Context), error) {
	v, err := a.config.openVault(ctx)
	if err != nil {
		return nil, err
	}
	a.metrics.oci("vault", v)
	f, due := a.config.fetched, map[string]*atomic.Bool{}
	for name := range f.ids {
		if f.usable[name] {
			continue
		}
		changed := &atomic.Bool{}
		due[name] = changed
		a.metrics.labelled("tradewind_secret_changed", "1 if a secret in Vault is not the one that this process uses, so that a restart is due.", "setting", name, func() float64 {
			if changed.Load() {
				return 1
			}
			return 0
		})
	}
	return a.job(worker.Job{Name: "secrets", Every: a.config.Vault.Refresh, Do: func(ctx context.Context) (err error) {
		for name, id := range f.ids {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			secret, e := v.Secret(ctx, id)
			cancel()
			if e != nil {
				err = errors.Join(err, fmt.Errorf("%s keeps its secret: %w", name, e))
				continue
			}
			a.secretIs(ctx, name, secret, f.now[name], due[name])
		}
		return err
	}}), nil
}

// secretIs compares a secret with the one in use; due is nil if a new one can be
// used at once.
func (a *App) secretIs(ctx context.Context, name, secret string, now *held.Secret, due *atomic.Bool) {
	differs := secret != now.Get()
	switch {
	case due == nil && differs:
		now.Set(secret)
		a.log.InfoContext(ctx, "a secret has changed and is used from now on", "setting", name)
	case due != nil && differs && !due.Load():
		a.log.WarnContext(ctx, "a secret has changed; restart this process to use it", "setting", name)
	}
	if due != nil {
		due.Store(differs)
	}
}

package oci

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/common/auth"
)

// remedies say what each way needs, and what else would do.
var remedies = map[string]string{
	UserKey:  "oci.profile in oci.config-file needs tenancy, user, fingerprint, key_file and region; inside Oracle Cloud choose workload, instance or resource",
	Workload: "it works in a pod of an enhanced OKE cluster with OCI_RESOURCE_PRINCIPAL_VERSION=2.2, OCI_RESOURCE_PRINCIPAL_REGION and the token of its service account; on a virtual machine choose instance, elsewhere config or none",
	Instance: "it works on a virtual machine of Oracle Cloud whose metadata service answers, and with a dynamic group that holds it; in a pod choose workload, elsewhere config or none",
	Resource: "it works where Oracle Cloud sets OCI_RESOURCE_PRINCIPAL_VERSION and what belongs to it, as for functions; in a pod choose workload, on a virtual machine instance, elsewhere config or none",
}

// SignIn makes the chosen identity and asks it for its first key, so that a
// choice which cannot work here fails at start. The error names the reason and
// what would work.
func (c Config) SignIn(ctx context.Context) (common.ConfigurationProvider, error) {
	if c.Auth == None {
		return nil, errors.New("oci.auth is none, but a setting asks for a service of Oracle Cloud; choose workload, instance, resource or config, or the embedded stand-in of that service")
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	type result struct {
		identity common.ConfigurationProvider
		err      error
	}
	var seen lastError
	done := make(chan result, 1)
	go func() { // the SDK knows no deadline here; one that is passed ends the program
		var r result
		defer func() {
			if p := recover(); p != nil {
				r = result{err: fmt.Errorf("%v", p)}
			}
			done <- r
		}()
		if r.identity, r.err = c.identity(&seen); r.err == nil {
			_, r.err = common.IsConfigurationProviderValid(r.identity)
		}
	}()
	var err error
	select {
	case r := <-done:
		if r.err == nil {
			return r.identity, nil
		}
		err = r.err
	case <-ctx.Done():
		err = errors.Join(fmt.Errorf("no identity within oci.sign-in-timeout (%v)", c.Timeout), seen.get())
	}
	return nil, fmt.Errorf("oci.auth is %s, which does not work here: %w; %s", c.Auth, err, remedies[c.Auth])
}

func (c Config) identity(seen *lastError) (p common.ConfigurationProvider, err error) {
	switch c.Auth {
	case Workload:
		p, err = auth.OkeWorkloadIdentityConfigurationProvider()
	case Instance:
		p, err = auth.InstancePrincipalConfigurationProviderWithCustomClient(seen.watch)
	case Resource:
		p, err = auth.ResourcePrincipalConfigurationProvider()
	case UserKey:
		p, err = common.ConfigurationProviderFromFileWithProfile(c.File, c.Profile, "")
	default:
		return nil, fmt.Errorf("nobody knows it")
	}
	if err != nil {
		return nil, err
	}
	if c.Region != "" {
		p = elsewhere{p, c.Region}
	}
	return p, nil
}

// elsewhere is an identity that works in another region than its own.
type elsewhere struct {
	common.ConfigurationProvider
	region string
}

// Region implements common.ConfigurationProvider.
func (e elsewhere) Region() (string, error) { return e.region, nil }

// Refreshable tells the SDK whether a refused request may be worth a new token.
func (e elsewhere) Refreshable() bool {
	r, ok := e.ConfigurationProvider.(common.RefreshableConfigurationProvider)
	return ok && r.Refreshable()
}

// lastError keeps why the metadata service did not answer: the SDK goes on
// asking for minutes before it tells.
type lastError struct {
	mu  sync.Mutex
	err error
	do  common.HTTPRequestDispatcher
}

func (l *lastError) watch(do common.HTTPRequestDispatcher) (common.HTTPRequestDispatcher, error) {
	l.do = do
	return l, nil
}

// Do implements common.HTTPRequestDispatcher.
func (l *lastError) Do(r *http.Request) (*http.Response, error) {
	resp, err := l.do.Do(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.err = err
	case resp.StatusCode != http.StatusOK:
		l.err = fmt.Errorf("%s answers %s", r.URL, resp.Status)
	default:
		l.err = nil
	}
	return resp, err
}

func (l *lastError) get() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

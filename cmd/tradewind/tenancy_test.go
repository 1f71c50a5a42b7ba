package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tradewind/internal/adapter/oci/ocitest"
)

// said runs a command and returns what it printed.
func said(t *testing.T, do func() error) (string, error) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	was := os.Stdout
	os.Stdout = file
	err = do()
	os.Stdout = was
	text, _ := os.ReadFile(file.Name())
	return string(text), err
}

func TestPreflightSaysWhatAnApplyWouldRefuse(t *testing.T) {
	server := ocitest.New(t)
	server.SetPlace(ocitest.Place{Regions: map[string]string{"eu-frankfurt-1": "READY"}})
	out, err := said(t, func() error {
		return preflight(t.Context(), []string{"oci", "-plan", "../../internal/adapter/oci/tenancy/testdata/plan.json", "-endpoint", server.URL, "-oci.config-file", ocitest.Profile(t)})
	})
	if err == nil || !strings.Contains(err.Error(), "say that the apply would fail") || !strings.Contains(out, "not subscribed to us-ashburn-1") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestLeftoversFailsWhileSomethingIsLeft(t *testing.T) {
	server := ocitest.New(t)
	place := ocitest.Place{Resources: []ocitest.Found{{Type: "Vault", Name: "v", ID: "ocid1.vault.oc1..a", State: "PENDING_DELETION", Compartment: "ocid1.compartment.oc1..shop"}}}
	args := []string{"oci", "-compartment", "ocid1.compartment.oc1..shop", "-endpoint", server.URL, "-oci.config-file", ocitest.Profile(t), "-regions", "eu-frankfurt-1,us-phoenix-1"}
	server.SetPlace(place)
	if out, err := said(t, func() error { return leftovers(t.Context(), args) }); err != nil || strings.Count(out, "goes by itself") != 2 {
		t.Errorf("%v\n%s", err, out)
	}
	place.Resources = append(place.Resources, ocitest.Found{Type: "LoadBalancer", Name: "lb", ID: "ocid1.loadbalancer.oc1..a", State: "ACTIVE", Compartment: "ocid1.compartment.oc1..shop"})
	server.SetPlace(place)
	out, err := said(t, func() error { return leftovers(t.Context(), append(args, "-json")) })
	if err == nil || !strings.Contains(err.Error(), "2 resources are left") || !strings.Contains(out, `"how":"made by the ingress controller`) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTenancyCommandsNameWhatIsMissing(t *testing.T) {
	server := ocitest.New(t)
	for want, args := range map[string][]string{"preflight oci -plan": {}, "-compartment OCID": {"oci"}} {
		do := preflight
		if strings.Contains(want, "compartment") {
			do = leftovers
		}
		if err := do(t.Context(), args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
	err := leftovers(t.Context(), []string{"oci", "-compartment", "shop", "-endpoint", server.URL, "-oci.config-file", ocitest.Profile(t)})
	if err == nil || !strings.Contains(err.Error(), "give the OCID of a compartment") {
		t.Error(err)
	}
	err = leftovers(t.Context(), []string{"oci", "-compartment", "ocid1.compartment.oc1..shop", "-regions", "frankfurt", "-oci.config-file", ocitest.Profile(t)})
	if err == nil || !strings.Contains(err.Error(), "eu-frankfurt-1") {
		t.Error(err)
	}
}

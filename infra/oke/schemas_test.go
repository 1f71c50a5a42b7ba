package oke

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// conform holds manifests against the committed schemas: what it returns is what
// kubeconform does not like.
func conform(t *testing.T, manifests string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "manifests.yaml")
	if err := os.WriteFile(file, []byte(manifests), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := tool("github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0", "-strict", "-summary", "-schema-location", "schemas/{{.ResourceKind}}{{.KindSuffix}}.json", file)
	if text := string(out); err != nil || !strings.Contains(text, "Skipped: 0") || strings.Contains(text, "Valid: 0") {
		return text
	}
	return ""
}

func TestKubernetesKnowsEveryFieldOfTheManifests(t *testing.T) {
	for _, overlay := range overlays {
		render(t, overlay)
		out, err := rendered[overlay]()
		if err != nil {
			t.Fatal(err)
		}
		if said := conform(t, string(out)); said != "" {
			t.Errorf("%s: %s", overlay, said)
		}
	}
}

// A check that lets mistakes through is none.
func TestMistakesInManifestsAreFound(t *testing.T) {
	out, err := rendered["prod-primary"]()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ was, is string }{
		"a field that is not there":        {"readinessProbe:", "readynessProbe:"},
		"a text for a number":              {"minReplicas: 3", "minReplicas: three"},
		"a quantity that is none":          {"memory: 512Mi", "memory: 512 MB"},
		"an old version":                   {"apiVersion: autoscaling/v2", "apiVersion: autoscaling/v2beta2"},
		"a field of the wrong place":       {"terminationGracePeriodSeconds:", "nodeGracePeriodSeconds:"},
		"more bandwidth than there is":     {"maxBandwidthMbps: 1000", "maxBandwidthMbps: 100000"},
		"an address under another name":    {"reservedPublicAddressId:", "reservedPublicIpId:"},
		"a budget that is no whole number": {"minAvailable: 1", "minAvailable: 1.5"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			broken := strings.Replace(string(out), tc.was, tc.is, 1)
			if broken == string(out) {
				t.Fatalf("the manifests have no %q", tc.was)
			}
			if conform(t, broken) == "" {
				t.Error("nobody minds")
			}
		})
	}
}

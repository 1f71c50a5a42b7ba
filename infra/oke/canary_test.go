package oke

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"tradewind/internal/app"
)

func canary(t *testing.T, manifests []byte, args ...string) (object, string) {
	t.Helper()
	run := exec.Command("go", append([]string{"run", "./canary"}, args...)...)
	run.Stdin = bytes.NewReader(manifests)
	var said bytes.Buffer
	run.Stderr = &said
	out, err := run.Output()
	if err != nil {
		return nil, said.String()
	}
	var o map[string]any
	if err := yaml.Unmarshal(out, &o); err != nil {
		t.Fatal(err)
	}
	if wrong := conform(t, string(out)); wrong != "" {
		t.Error(wrong)
	}
	return o, ""
}

func TestACanarySharesItsServiceAndNothingElse(t *testing.T) {
	list := render(t, "prod-primary")
	manifests, _ := rendered["prod-primary"]()
	image := "sha256:" + strings.Repeat("ab", 32)
	for _, name := range append(app.Services(), "worker") {
		c, said := canary(t, manifests, "-service", name, "-image", image)
		if said != "" {
			t.Fatal(said)
		}
		var stable object
		for _, d := range kinds(list, "Deployment") {
			if d.text("metadata", "name") == "tradewind-"+name {
				stable = d
			}
		}
		pod := c.at("spec", "template", "metadata", "labels").(map[string]any)
		for k, v := range stable.at("spec", "selector", "matchLabels").(map[string]any) {
			if own := pod[k] == v; own == (k == "tradewind/track") {
				t.Errorf("%s: a pod has %s=%v, that of the stable Deployment is %v", name, k, pod[k], v)
			}
		}
		for k, v := range c.at("spec", "selector", "matchLabels").(map[string]any) {
			if pod[k] != v {
				t.Errorf("%s: the canary does not select its own pods: %s=%v", name, k, v)
			}
		}
		for _, s := range kinds(list, "Service") {
			if s.text("metadata", "name") != "tradewind-"+name {
				continue
			}
			for k, v := range s.at("spec", "selector").(map[string]any) {
				if pod[k] != v {
					t.Errorf("%s: its Service does not reach the canary: %s=%v", name, k, v)
				}
			}
		}
		if got := c.objects("spec", "template", "spec", "containers")[0].text("image"); !strings.HasSuffix(got, "/tradewind@"+image) {
			t.Errorf("%s runs %s", name, got)
		}
		if c.at("spec", "replicas") != 1 || c.text("metadata", "name") != "tradewind-"+name+"-canary" {
			t.Errorf("%s: %v replicas of %s", name, c.at("spec", "replicas"), c.name())
		}
	}
}

func TestACanaryThatCannotBeSaysWhy(t *testing.T) {
	manifests, _ := rendered["prod-primary"]()
	good := "sha256:" + strings.Repeat("ab", 32)
	for name, tc := range map[string]struct {
		args []string
		in   []byte
		want string
	}{
		"no service":        {[]string{"-image", good}, manifests, "-service is missing"},
		"a tag":             {[]string{"-service", "order", "-image", "1.2.3"}, manifests, "give the digest"},
		"too many":          {[]string{"-service", "order", "-image", good, "-replicas", "50"}, manifests, "between 1 and 10"},
		"another's service": {[]string{"-service", "catalog", "-image", good}, manifests, "no Deployment tradewind-catalog"},
		"no track":          {[]string{"-service", "order", "-image", good}, bytes.ReplaceAll(manifests, []byte("tradewind/track: stable"), []byte("a: b")), "take each other's pods"},
	} {
		if _, said := canary(t, tc.in, tc.args...); !strings.Contains(said, tc.want) {
			t.Errorf("%s: said %q, want %q", name, said, tc.want)
		}
	}
}

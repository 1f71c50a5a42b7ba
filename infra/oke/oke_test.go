// Package oke holds the manifests of infra/oke against what a cluster of a shop
// must keep to.
package oke

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"tradewind/internal/app"
)

// object is one of Kubernetes, as YAML has it.
type object map[string]any

func (o object) at(path ...any) any {
	var v any = map[string]any(o)
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			list, _ := v.([]any)
			if p >= len(list) {
				return nil
			}
			v = list[p]
		}
	}
	return v
}

func (o object) text(path ...any) string { s, _ := o.at(path...).(string); return s }
func (o object) name() string            { return o.text("kind") + " " + o.text("metadata", "name") }

// objects returns blocks of a list.
func (o object) objects(path ...any) (list []object) {
	all, _ := o.at(path...).([]any)
	for _, v := range all {
		if m, ok := v.(map[string]any); ok {
			list = append(list, m)
		}
	}
	return list
}

// render is what Kustomize makes of an overlay.
func render(t *testing.T, overlay string) []object {
	t.Helper()
	out, err := rendered[overlay]()
	if err != nil {
		t.Fatal(err)
	}
	var list []object
	for dec := yaml.NewDecoder(bytes.NewReader(out)); ; {
		var o map[string]any
		if err := dec.Decode(&o); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
}

var overlays = []string{"dev", "prod-primary", "prod-standby"}

// tool runs a program of another module. It is built once and kept in Go's cache.
func tool(module string, args ...string) ([]byte, error) {
	out, err := exec.Command("go", append([]string{"run", module}, args...)...).Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%s: %s", module, failed.Stderr)
	}
	return out, err
}

// rendered is what Kustomize makes of each overlay, once.
var rendered = func() map[string]func() ([]byte, error) {
	all := map[string]func() ([]byte, error){}
	for _, overlay := range overlays {
		all[overlay] = sync.OnceValues(func() ([]byte, error) {
			err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error { // read here, so that go test knows what a result rests on
				if err == nil && d.Type().IsRegular() {
					_, err = os.ReadFile(path)
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			out, err := tool("sigs.k8s.io/kustomize/kustomize/v5@v5.6.0", "build", "overlays/"+overlay)
			if err != nil {
				err = fmt.Errorf("%s: %w: %s", overlay, err, out)
			}
			return out, err
		})
	}
	return all
}()

func kinds(list []object, kind string) (out []object) {
	for _, o := range list {
		if o.text("kind") == kind {
			out = append(out, o)
		}
	}
	return out
}

// workloads are what runs containers.
func workloads(list []object) []object {
	return append(kinds(list, "Deployment"), kinds(list, "Job")...)
}

func TestContainersHaveNoRights(t *testing.T) {
	for _, overlay := range overlays {
		for _, o := range workloads(render(t, overlay)) {
			where := overlay + ": " + o.name()
			spec := object(o.at("spec", "template", "spec").(map[string]any))
			if spec.at("securityContext", "runAsNonRoot") != true || spec.text("securityContext", "seccompProfile", "type") != "RuntimeDefault" {
				t.Errorf("%s runs as root or without seccomp", where)
			}
			if spec.text("serviceAccountName") != o.text("metadata", "name") {
				t.Errorf("%s runs as %q: an account of its own", where, spec.text("serviceAccountName"))
			}
			if len(spec.objects("initContainers")) > 0 {
				t.Errorf("%s has init containers", where)
			}
			for _, v := range spec.objects("volumes") {
				if v["emptyDir"] == nil && v["configMap"] == nil {
					t.Errorf("%s mounts %v", where, v)
				}
			}
			for _, c := range spec.objects("containers") {
				if c.at("securityContext", "allowPrivilegeEscalation") != false || c.at("securityContext", "readOnlyRootFilesystem") != true || fmt.Sprint(c.at("securityContext", "capabilities", "drop")) != "[ALL]" {
					t.Errorf("%s may write to its root or become more", where)
				}
				if c.at("resources", "requests", "cpu") == nil || c.at("resources", "requests", "memory") == nil || c.at("resources", "limits", "memory") == nil {
					t.Errorf("%s has no requests, or no limit of memory", where)
				}
				if image := c.text("image"); strings.HasSuffix(image, ":latest") || !regexp.MustCompile(`@sha256:[0-9a-f]{64}$|:[0-9]+\.[0-9]+\.[0-9]+[a-z0-9.-]*$`).MatchString(image) {
					t.Errorf("%s runs %s: neither a digest nor a version", where, image)
				}
			}
		}
	}
}

func TestServicesAreProbedSpreadAndDrained(t *testing.T) {
	for _, overlay := range overlays {
		for _, o := range kinds(render(t, overlay), "Deployment") {
			where := overlay + ": " + o.name()
			c := object(o.at("spec", "template", "spec", "containers", 0).(map[string]any))
			for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
				if c[probe] == nil {
					t.Errorf("%s has no %s", where, probe)
				}
			}
			if c.at("lifecycle", "preStop") == nil {
				t.Errorf("%s stops before it is known", where)
			}
			if len(o.objects("spec", "template", "spec", "topologySpreadConstraints")) == 0 {
				t.Errorf("%s may be in one place", where)
			}
			var names []string
			for _, e := range c.objects("env") {
				names = append(names, e.text("name"))
			}
			if slices.Sort(names); len(slices.Compact(slices.Clone(names))) != len(names) {
				t.Errorf("%s sets a variable twice: %v", where, names)
			}
		}
	}
}

// In the region that sells each service survives a node, and is scaled.
func TestEachServiceHasABudgetAndAScaler(t *testing.T) {
	list := render(t, "prod-primary")
	for _, o := range kinds(list, "Deployment") {
		name := o.text("metadata", "name")
		if !slices.ContainsFunc(kinds(list, "PodDisruptionBudget"), func(b object) bool {
			return b.text("spec", "selector", "matchLabels", "app.kubernetes.io/name") == o.text("spec", "selector", "matchLabels", "app.kubernetes.io/name")
		}) {
			t.Errorf("%s has no budget", name)
		}
		i := slices.IndexFunc(kinds(list, "HorizontalPodAutoscaler"), func(h object) bool { return h.text("spec", "scaleTargetRef", "name") == name })
		if i < 0 {
			t.Errorf("%s is not scaled", name)
			continue
		}
		if least, _ := kinds(list, "HorizontalPodAutoscaler")[i].at("spec", "minReplicas").(int); least < 2 {
			t.Errorf("%s has %d replicas at least", name, least)
		}
	}
}

func TestNobodyReachesAnybodyUnlessItIsSaid(t *testing.T) {
	for _, overlay := range overlays {
		list := render(t, overlay)
		policies := kinds(list, "NetworkPolicy")
		i := slices.IndexFunc(policies, func(p object) bool { return p.text("metadata", "name") == "nobody" })
		if i < 0 || fmt.Sprint(policies[i].at("spec", "policyTypes")) != "[Ingress Egress]" || policies[i].at("spec", "ingress") != nil || policies[i].at("spec", "egress") != nil {
			t.Fatalf("%s: not everything is denied by default", overlay)
		}
		for _, p := range policies {
			for _, rule := range p.objects("spec", "ingress") {
				if name := p.text("metadata", "name"); rule["from"] == nil && name != "tradewind-gateway" {
					t.Errorf("%s: %s lets everybody in", overlay, name)
				}
			}
		}
		// The port of payments that shoppers must not reach.
		for _, p := range policies {
			for _, rule := range p.objects("spec", "ingress") {
				for _, port := range rule.objects("ports") {
					if port["port"] == "service" && len(rule.objects("from")) != 1 {
						t.Errorf("%s: several may ask the payment service for money", overlay)
					}
				}
			}
		}
	}
}

// admits reports whether the policies let pods of one name reach a port of another's.
func admits(policies []object, from, to, port string) bool {
	for _, p := range policies {
		if p.text("spec", "podSelector", "matchLabels", "app.kubernetes.io/name") != to {
			continue
		}
		for _, rule := range p.objects("spec", "ingress") {
			open := slices.ContainsFunc(rule.objects("ports"), func(o object) bool { return o["port"] == port })
			for _, peer := range rule.objects("from") {
				for _, e := range peer.objects("podSelector", "matchExpressions") {
					if open && e["key"] == "app.kubernetes.io/name" && e["operator"] == "In" && fmt.Sprint(e["values"]) == "["+from+"]" {
						return true
					}
				}
			}
		}
	}
	return false
}

func TestTheGatewayReachesServicesAndWorkersPayment(t *testing.T) {
	for _, overlay := range overlays {
		policies := kinds(render(t, overlay), "NetworkPolicy")
		for _, to := range app.Services() {
			if !admits(policies, "gateway", to, "http") || !admits(policies, "gateway", to, "ops") {
				t.Errorf("%s: the gateway does not reach %s", overlay, to)
			}
			if admits(policies, "gateway", to, "service") {
				t.Errorf("%s: shoppers may ask %s for money", overlay, to)
			}
		}
		if worker := map[string]string{"dev": "product"}[overlay]; !admits(policies, cmp.Or(worker, "worker"), "payment", "service") {
			t.Errorf("%s: workers do not reach the payment service", overlay)
		}
	}
}

// What is selected is there: services, budgets, policies and scalers.
func TestWhatIsNamedIsThere(t *testing.T) {
	for _, overlay := range overlays {
		list := render(t, overlay)
		var pods []map[string]any
		for _, o := range workloads(list) {
			labels, _ := o.at("spec", "template", "metadata", "labels").(map[string]any)
			pods = append(pods, labels)
		}
		selected := func(selector any) bool {
			want, _ := selector.(map[string]any)
			return slices.ContainsFunc(pods, func(labels map[string]any) bool {
				for k, v := range want {
					if labels[k] != v {
						return false
					}
				}
				return true
			})
		}
		for _, o := range list {
			var selector any
			switch o.text("kind") {
			case "Service":
				selector = o.at("spec", "selector")
			case "PodDisruptionBudget":
				selector = o.at("spec", "selector", "matchLabels")
			case "NetworkPolicy":
				selector = o.at("spec", "podSelector", "matchLabels")
			}
			all := slices.Contains([]string{"nobody", "names", "outside", "prometheus"}, o.text("metadata", "name")) // outside and prometheus select by expressions
			named, _ := selector.(map[string]any)
			if (o.text("kind") == "PodDisruptionBudget" || o.text("kind") == "Service" || o.text("kind") == "NetworkPolicy") && !all && named["app.kubernetes.io/name"] == nil {
				t.Errorf("%s: %s is about everything: %v", overlay, o.name(), selector)
			}
			if !selected(selector) {
				t.Errorf("%s: %s selects nothing: %v", overlay, o.name(), selector)
			}
			for _, path := range o.objects("spec", "rules") {
				service := path.text("http", "paths", 0, "backend", "service", "name")
				if !slices.ContainsFunc(kinds(list, "Service"), func(s object) bool { return s.text("metadata", "name") == service }) {
					t.Errorf("%s: the ingress names the service %q", overlay, service)
				}
			}
		}
		maps := map[string]bool{}
		for _, o := range kinds(list, "ConfigMap") {
			maps[o.text("metadata", "name")] = true
		}
		for _, o := range workloads(list) {
			for _, from := range o.objects("spec", "template", "spec", "containers", 0, "envFrom") {
				if name := from.text("configMapRef", "name"); !maps[name] {
					t.Errorf("%s: %s reads settings from %q, which is not there", overlay, o.name(), name)
				}
			}
		}
	}
}

// In the region that waits nobody writes.
func TestTheStandbyWaitsForItsRole(t *testing.T) {
	list := render(t, "prod-standby")
	for _, o := range kinds(list, "Deployment") {
		name, n := o.text("metadata", "name"), o.at("spec", "replicas")
		if n != 1 {
			t.Errorf("%s has %v replicas; one waits", name, n)
		}
		if name == "tradewind-gateway" {
			continue
		}
		c := o.objects("spec", "template", "spec", "containers")[0]
		if n, _ := c.at("startupProbe", "failureThreshold").(int); n < 100_000 {
			t.Errorf("%s is ended after %d probes, while its database may be closed for days", name, n)
		}
		for _, e := range c.objects("env") { // what stands here has the last word
			if strings.HasPrefix(e.text("name"), "TRADEWIND_REGION_") {
				t.Errorf("%s has a %s of its own", name, e.text("name"))
			}
		}
	}
	if len(kinds(list, "HorizontalPodAutoscaler"))+len(kinds(list, "Job")) != 0 {
		t.Error("something would start what is to wait, or change the schema")
	}
	for _, overlay := range overlays {
		for _, o := range kinds(render(t, overlay), "ConfigMap") {
			if strings.HasPrefix(o.text("metadata", "name"), "params") && o.text("data", "TRADEWIND_REGION_FOLLOW") != "true" {
				t.Errorf("%s: who writes is not decided by the database's role", overlay)
			}
		}
	}
}

func TestNothingInTheManifestsIsASecret(t *testing.T) {
	for _, overlay := range overlays {
		for _, o := range render(t, overlay) {
			if o.text("kind") == "Secret" {
				t.Errorf("%s: %s", overlay, o.name())
			}
			data, _ := o.at("data").(map[string]any)
			for name, v := range data {
				if regexp.MustCompile(`PASSWORD$|SECRET$|_KEY$`).MatchString(name) && !strings.HasPrefix(fmt.Sprint(v), "ocid1.vaultsecret.") {
					t.Errorf("%s: %s has a secret in %s", overlay, o.name(), name)
				}
			}
		}
	}
}

// The gateway's configuration is the program's own.
func TestTheGatewayKnowsTheRoutes(t *testing.T) {
	at := map[string]string{}
	for _, name := range app.Services() {
		at[name] = "tradewind-" + name + ":8080/8081"
	}
	want, err := app.Balancer(":8080", true, at)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile("base/gateway/haproxy.cfg"); err != nil || string(got) != want {
		t.Errorf("base/gateway/haproxy.cfg is not what `tradewind balancer -behind` prints, %v", err)
	}
}

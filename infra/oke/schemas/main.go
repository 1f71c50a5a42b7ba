// Command schemas writes the JSON Schemas that the manifests are held against, as
// kubeconform wants them: of every field that Kubernetes knows, and no other.
//
//	go run ./infra/oke/schemas -version v1.33.1
//
// They are made of the OpenAPI document in the module k8s.io/kubernetes, which is
// fetched as a module and nothing of it built. Those of other groups (such as
// ingress.oraclecloud.com) are kept by hand: their resources come with no document.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// kinds that the manifests use: as kubeconform names the file, as the document names the definition.
var kinds = map[string]string{
	"configmap-v1":                           "core.v1.ConfigMap",
	"namespace-v1":                           "core.v1.Namespace",
	"service-v1":                             "core.v1.Service",
	"serviceaccount-v1":                      "core.v1.ServiceAccount",
	"deployment-apps-v1":                     "apps.v1.Deployment",
	"horizontalpodautoscaler-autoscaling-v2": "autoscaling.v2.HorizontalPodAutoscaler",
	"job-batch-v1":                           "batch.v1.Job",
	"ingress-networking-v1":                  "networking.v1.Ingress",
	"ingressclass-networking-v1":             "networking.v1.IngressClass",
	"networkpolicy-networking-v1":            "networking.v1.NetworkPolicy",
	"poddisruptionbudget-policy-v1":          "policy.v1.PodDisruptionBudget",
}

func main() {
	version := flag.String("version", "v1.33.1", "of Kubernetes")
	dir := flag.String("to", "infra/oke/schemas", "folder of the schemas")
	flag.Parse()
	if err := write(*version, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "schemas:", err)
		os.Exit(1)
	}
}

func write(version, dir string) error {
	all, err := definitions(version)
	if err != nil {
		return err
	}
	for file, kind := range kinds {
		root := "io.k8s.api." + kind
		used := map[string]any{}
		if err := collect(all, root, used); err != nil {
			return err
		}
		text, err := json.Marshal(map[string]any{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/" + root,
			"$comment": "Kubernetes " + version, "definitions": used})
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file+".json"), append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// definitions are those of the OpenAPI document of a version.
func definitions(version string) (map[string]any, error) {
	out, err := exec.Command("go", "mod", "download", "-json", "k8s.io/kubernetes@"+version).Output()
	if err != nil {
		return nil, fmt.Errorf("fetch k8s.io/kubernetes@%s: %w: %s", version, err, out)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(module.Dir, "api", "openapi-spec", "swagger.json"))
	if err != nil {
		return nil, err
	}
	var doc struct{ Definitions map[string]any }
	return doc.Definitions, json.Unmarshal(text, &doc)
}

// collect adds a definition and all that it names to used, each closed to what it does not name.
func collect(all map[string]any, name string, used map[string]any) error {
	if used[name] != nil {
		return nil
	}
	def, ok := all[name].(map[string]any)
	if !ok {
		return errors.New("there is no definition " + name)
	}
	closed, names := plain(def).(map[string]any), references(def)
	switch {
	case closed["format"] == "int-or-string":
		closed = map[string]any{"oneOf": []any{map[string]any{"type": "string"}, map[string]any{"type": "integer"}}}
	case strings.HasSuffix(name, "resource.Quantity"):
		closed = map[string]any{"oneOf": []any{map[string]any{"type": "string", "pattern": quantity}, map[string]any{"type": "number"}}}
	case closed["properties"] != nil && closed["additionalProperties"] == nil:
		closed["additionalProperties"] = false
	}
	kindOf(def, closed)
	used[name] = closed
	for _, n := range names {
		if err := collect(all, n, used); err != nil {
			return err
		}
	}
	return nil
}

// quantity is the notation of k8s.io/apimachinery/pkg/api/resource.Quantity.
const quantity = `^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$`

// kindOf holds an object to its own kind and version.
func kindOf(def, closed map[string]any) {
	gvk, ok := def["x-kubernetes-group-version-kind"].([]any)
	properties, is := closed["properties"].(map[string]any)
	if !ok || !is || len(gvk) != 1 || properties["kind"] == nil {
		return
	}
	of := gvk[0].(map[string]any)
	version := of["version"].(string)
	if group := of["group"].(string); group != "" {
		version = group + "/" + version
	}
	properties["kind"] = map[string]any{"const": of["kind"]}
	properties["apiVersion"] = map[string]any{"const": version}
	closed["required"] = append(asList(closed["required"]), "apiVersion", "kind")
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// plain is a schema without its prose. A property may itself be called description.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, inner := range v {
			if _, prose := inner.(string); strings.HasPrefix(k, "x-kubernetes") || (k == "description" && prose) {
				continue
			}
			out[k] = plain(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = plain(inner)
		}
		return out
	default:
		return v
	}
}

func references(v any) (names []string) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			names = append(names, strings.TrimPrefix(ref, "#/definitions/"))
		}
		for _, inner := range v {
			names = append(names, references(inner)...)
		}
	case []any:
		for _, inner := range v {
			names = append(names, references(inner)...)
		}
	}
	return names
}

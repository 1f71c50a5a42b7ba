package oke

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// cluster is an API server that TRADEWIND_TEST_KUBERNETES_URL and _TOKEN name.
// Nothing but the namespace and the definition of IngressClassParameters is made there.
type cluster struct {
	url, token string
	http       *http.Client
}

func aCluster(t *testing.T) cluster {
	c := cluster{os.Getenv("TRADEWIND_TEST_KUBERNETES_URL"), os.Getenv("TRADEWIND_TEST_KUBERNETES_TOKEN"),
		&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}} // a server of its own on this machine
	if c.url == "" {
		t.Skip("make oke-apiserver starts an API server for this")
	}
	return c
}

// send returns the warnings of the server, and its refusal as an error.
func (c cluster) send(method, path, kind string, body any) ([]string, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(method, c.url+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", kind)
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	if resp.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	return resp.Header.Values("Warning"), nil
}

// path is where objects of a kind are.
func path(o object) string {
	group, plural := "/apis/"+o.text("apiVersion"), strings.ToLower(o.text("kind"))+"s"
	if !strings.Contains(o.text("apiVersion"), "/") {
		group = "/api/v1"
	}
	switch o.text("kind") {
	case "NetworkPolicy":
		plural = "networkpolicies"
	case "Ingress":
		plural = "ingresses"
	case "IngressClass":
		plural = "ingressclasses"
	case "IngressClassParameters":
		plural = "ingressclassparameters"
	}
	if ns := o.text("metadata", "namespace"); ns != "" {
		return group + "/namespaces/" + ns + "/" + plural
	}
	return group + "/" + plural
}

// apply is a server-side apply that a server carries out without storing anything, unless really.
func (c cluster) apply(o object, really bool) ([]string, error) {
	query := "?fieldManager=tradewind&force=true&fieldValidation=Strict"
	if !really {
		query += "&dryRun=All"
	}
	return c.send(http.MethodPatch, path(o)+"/"+o.text("metadata", "name")+query, "application/apply-patch+yaml", o)
}

// ingressClassParameters is the definition of what the native ingress controller adds.
var ingressClassParameters = object{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": "ingressclassparameters.ingress.oraclecloud.com"},
	"spec": map[string]any{"group": "ingress.oraclecloud.com", "scope": "Namespaced", "names": map[string]any{"kind": "IngressClassParameters", "plural": "ingressclassparameters", "singular": "ingressclassparameters"},
		"versions": []any{map[string]any{"name": "v1beta1", "served": true, "storage": true, "schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object",
			"properties": map[string]any{"spec": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}}}}}

func TestAnAPIServerTakesTheManifests(t *testing.T) {
	c := aCluster(t)
	if _, err := c.apply(ingressClassParameters, true); err != nil {
		t.Fatal(err)
	}
	for _, overlay := range overlays {
		list := render(t, overlay)
		for _, o := range kinds(list, "Namespace") {
			if _, err := c.apply(o, true); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range list {
			if o.text("kind") == "IngressClassParameters" {
				continue // its definition may be a moment behind; kubeconform has held it against the schema
			}
			warnings, err := c.apply(o, false)
			if err != nil || len(warnings) > 0 {
				t.Errorf("%s: %s: %v %v", overlay, o.name(), warnings, err)
			}
		}
		// Pods themselves, so that the admission of pods judges them.
		for _, o := range workloads(list) {
			template := object(o.at("spec", "template").(map[string]any))
			pod := object{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "try", "namespace": "tradewind", "labels": template.at("metadata", "labels")}, "spec": template.at("spec")}
			if warnings, err := c.send(http.MethodPost, path(pod)+"?dryRun=All&fieldValidation=Strict", "application/json", pod); err != nil || len(warnings) > 0 {
				t.Errorf("%s: a pod of %s: %v %v", overlay, o.name(), warnings, err)
			}
		}
	}
}

// The namespace refuses what may do more.
func TestAnAPIServerRefusesAPodWithRights(t *testing.T) {
	c := aCluster(t)
	for _, o := range kinds(render(t, "prod-primary"), "Namespace") {
		if _, err := c.apply(o, true); err != nil {
			t.Fatal(err)
		}
	}
	pod := object{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "root", "namespace": "tradewind"},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "root", "image": "x", "securityContext": map[string]any{"runAsUser": 0}}}}}
	if _, err := c.send(http.MethodPost, path(pod)+"?dryRun=All", "application/json", pod); err == nil || !strings.Contains(err.Error(), "PodSecurity") {
		t.Errorf("the server said %v", err)
	}
}

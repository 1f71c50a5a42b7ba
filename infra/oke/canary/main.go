// Command canary prints a Deployment of one service in another image, which takes
// its part of the requests beside the one that runs:
//
//	kubectl kustomize infra/oke/overlays/prod-primary | go run ./infra/oke/canary -service order -image sha256:... | kubectl apply -f -
//
// Its pods have the service's labels, so that the Service, the budget and the
// policies of the network hold for them, and the track canary, so that neither of
// the two Deployments takes the other's pods for its own.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "canary:", err)
		os.Exit(1)
	}
}

type options struct {
	service, image string
	replicas       int
}

var digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func (o options) check() error {
	var errs []error
	if o.service == "" {
		errs = append(errs, errors.New("-service is missing; write such as order"))
	}
	if !digest.MatchString(o.image) {
		errs = append(errs, fmt.Errorf("-image is %q; give the digest of the image to try, sha256: and 64 hexadecimal digits", o.image))
	}
	if o.replicas < 1 || o.replicas > 10 {
		errs = append(errs, fmt.Errorf("-replicas is %d; between 1 and 10", o.replicas))
	}
	return errors.Join(errs...)
}

func run(args []string, in io.Reader, out io.Writer) error {
	fs := flag.NewFlagSet("canary", flag.ContinueOnError)
	var o options
	fs.StringVar(&o.service, "service", "", "service to try: product, user, cart, order, payment or worker")
	fs.StringVar(&o.image, "image", "", "digest of the image to try, sha256:...")
	fs.IntVar(&o.replicas, "replicas", 1, "pods; of n that run already, the canary takes replicas of n+replicas requests")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	for dec := yaml.NewDecoder(in); ; {
		var d map[string]any
		if err := dec.Decode(&d); errors.Is(err, io.EOF) {
			return fmt.Errorf("the manifests have no Deployment tradewind-%s; give those of an overlay", o.service)
		} else if err != nil {
			return fmt.Errorf("what is read must be manifests of Kubernetes: %w", err)
		}
		if d["kind"] == "Deployment" && at(d, "metadata")["name"] == "tradewind-"+o.service {
			if err := turn(d, o); err != nil {
				return err
			}
			return yaml.NewEncoder(out).Encode(d)
		}
	}
}

// turn makes a canary of a Deployment.
func turn(d map[string]any, o options) error {
	meta, spec := at(d, "metadata"), at(d, "spec")
	meta["name"] = "tradewind-" + o.service + "-canary"
	spec["replicas"] = o.replicas
	track := "tradewind/track"
	labels := []map[string]any{at(spec, "selector", "matchLabels"), at(spec, "template", "metadata", "labels")}
	for _, l := range labels {
		if l[track] != "stable" {
			return fmt.Errorf("the Deployment of %s has no %s: stable in its selector and pods; the two would take each other's pods", o.service, track)
		}
		l[track] = "canary"
	}
	containers, _ := at(spec, "template", "spec")["containers"].([]any)
	for _, c := range containers {
		c, _ := c.(map[string]any)
		image, _ := c["image"].(string)
		if c["name"] == "tradewind" {
			repository, _, _ := strings.Cut(image, "@")
			if i := strings.LastIndex(repository, ":"); i > strings.LastIndex(repository, "/") {
				repository = repository[:i]
			}
			c["image"] = repository + "@" + o.image
			return nil
		}
	}
	return fmt.Errorf("the Deployment of %s has no container tradewind", o.service)
}

// at is a map within maps; one that is not there is empty, and kept.
func at(m map[string]any, path ...string) map[string]any {
	for _, p := range path {
		inner, ok := m[p].(map[string]any)
		if !ok {
			inner = map[string]any{}
			m[p] = inner
		}
		m = inner
	}
	return m
}

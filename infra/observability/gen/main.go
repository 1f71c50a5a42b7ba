// Command gen writes what infra/observability/slo.yaml says: rules of Prometheus
// and their tests, alarms of OCI Monitoring, the page of objectives, and the
// dashboards, which are in this folder.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	files, err := outputs(".")
	if err == nil {
		for name, text := range files {
			if err = os.WriteFile(name, []byte(text), 0o644); err != nil {
				break
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// outputs are all files by name; root is the project's folder.
func outputs(root string) (map[string]string, error) {
	at := func(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }
	s, err := read(at("infra/observability/slo.yaml"))
	if err != nil {
		return nil, err
	}
	routes, err := routesOf(at("api/openapi.yaml"))
	if err != nil {
		return nil, err
	}
	list := s.promises(routes)
	files := map[string]string{
		at("infra/observability/prometheus/slo.rules.yml"):     s.recording(list),
		at("infra/observability/prometheus/alerts.rules.yml"):  s.alerting(list),
		at("infra/terraform/stacks/region/slo_alarms.tf.json"): s.alarms(list),
		at("docs/slo.md"): s.page(list),
	}
	for step, text := range s.tests(list) {
		files[at("infra/observability/prometheus/rules-"+step+".test.yml")] = text
	}
	for _, d := range dashboards(list) {
		text, err := d.json()
		if err != nil {
			return nil, err
		}
		files[at("infra/observability/grafana/dashboards/"+d.UID+".json")] = text
	}
	return files, nil
}

package ocitest

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What Monitoring takes; from the reference of PostMetricData.
const (
	maxMetricStreams    = 50
	maxMetricDimensions = 20
	metricPast          = 2 * time.Hour
	metricFuture        = 10 * time.Minute
)

var (
	metricNamespace = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	metricName      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._$-]*$`)
	metricKey       = regexp.MustCompile(`^[!-~]{1,256}$`)
)

// MetricPoint is a number that Monitoring was told.
type MetricPoint struct {
	Namespace, Compartment, Name, Group, Unit string
	Dimensions                                map[string]string
	Value                                     float64
	At                                        time.Time
}

type metricData struct {
	Namespace     string            `json:"namespace"`
	CompartmentID string            `json:"compartmentId"`
	Name          string            `json:"name"`
	ResourceGroup string            `json:"resourceGroup"`
	Dimensions    map[string]string `json:"dimensions"`
	Metadata      map[string]string `json:"metadata"`
	Datapoints    []struct {
		Timestamp time.Time `json:"timestamp"`
		Value     *float64  `json:"value"`
		Count     *int      `json:"count"`
	} `json:"datapoints"`
}

func (s *Server) metricRoutes() []route {
	return []route{{"PostMetricData", "POST", "/20180401/metrics", whole, s.postMetricData}}
}

// Metrics returns what Monitoring was told, in order.
func (s *Server) Metrics() []MetricPoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.metrics)
}

func (s *Server) postMetricData(w http.ResponseWriter, r *request) error {
	var in struct {
		MetricData     []metricData `json:"metricData"`
		BatchAtomicity string       `json:"batchAtomicity"`
	}
	if err := r.decode(&in); err != nil {
		return err
	}
	streams := map[string]bool{}
	var good []metricData
	var failed []map[string]any
	for _, m := range in.MetricData {
		streams[fmt.Sprintf("%s %s %q", m.Namespace, m.Name, m.Dimensions)] = true
		if why := m.wrong(s.Now()); why != "" {
			failed = append(failed, map[string]any{"message": why, "metricData": map[string]any{"namespace": m.Namespace, "compartmentId": m.CompartmentID, "name": m.Name, "dimensions": m.Dimensions, "datapoints": []any{}}})
			continue
		}
		good = append(good, m)
	}
	switch {
	case len(in.MetricData) == 0:
		return Failure{http.StatusBadRequest, "InvalidParameter", "metricData is empty"}
	case len(streams) > maxMetricStreams:
		return Failure{http.StatusBadRequest, "InvalidParameter", fmt.Sprintf("%d metric streams; at most %d are allowed", len(streams), maxMetricStreams)}
	case len(good) == 0 || len(failed) > 0 && in.BatchAtomicity == "ATOMIC":
		return Failure{http.StatusBadRequest, "InvalidParameter", failed[0]["message"].(string)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range good {
		for _, p := range m.Datapoints {
			s.metrics = append(s.metrics, MetricPoint{m.Namespace, m.CompartmentID, m.Name, m.ResourceGroup, m.Metadata["unit"], maps.Clone(m.Dimensions), *p.Value, p.Timestamp})
		}
	}
	answer(w, http.StatusOK, map[string]any{"failedMetricsCount": len(failed), "failedMetrics": failed})
	return nil
}

// wrong says why a metric is not taken, or "".
func (m metricData) wrong(now time.Time) string {
	lower := strings.ToLower(m.Namespace)
	switch {
	case !metricNamespace.MatchString(m.Namespace) || strings.HasPrefix(lower, "oci_") || strings.HasPrefix(lower, "oracle_"):
		return "namespace " + m.Namespace
	case !strings.HasPrefix(m.CompartmentID, "ocid1."):
		return "compartmentId " + m.CompartmentID
	case !metricName.MatchString(m.Name):
		return "name " + m.Name
	case m.ResourceGroup != "" && !metricName.MatchString(m.ResourceGroup):
		return "resourceGroup " + m.ResourceGroup
	case len(m.Dimensions) == 0 || len(m.Dimensions) > maxMetricDimensions:
		return fmt.Sprintf("%d dimensions", len(m.Dimensions))
	case len(m.Datapoints) == 0:
		return "no datapoints"
	}
	for key, value := range m.Dimensions {
		if !metricKey.MatchString(key) || value == "" || utf8.RuneCountInString(value) > 512 {
			return fmt.Sprintf("dimension %q %q", key, value)
		}
	}
	for _, p := range m.Datapoints {
		if age := now.Sub(p.Timestamp); p.Value == nil || p.Count != nil && *p.Count < 1 || age >= metricPast || age <= -metricFuture {
			return fmt.Sprintf("datapoint of %v", p.Timestamp)
		}
	}
	return ""
}

package ocitest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Limit is one of a service, as Limits tells it.
type Limit struct {
	Service, Name string
	Scope         string // REGION, AD or GLOBAL
	Free          *float64
	Value         int64
	Quota         *float64
	Silent        bool // its use is not told: only Value is
}

// Found is a resource as the search tells it.
type Found struct{ Type, Name, ID, State, Compartment string }

// Place is what a Server tells of its tenancy and region.
type Place struct {
	Regions      map[string]string // READY or IN_PROGRESS by name; the first is the home region
	Domains      []string
	Limits       []Limit
	Kubernetes   []string
	Shapes       []string
	FreeVersions []string
	PaidVersions []string
	Policies     map[string][]string // statements by compartment
	Resources    []Found
}

// SetPlace says what is told of the tenancy and region.
func (s *Server) SetPlace(p Place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.place = p
}

func (s *Server) tenancyRoutes() []route {
	return []route{
		{"ListRegionSubscriptions", "GET", "/20160918/tenancies/{tenancy}/regionSubscriptions", whole, s.listRegions},
		{"ListAvailabilityDomains", "GET", "/20160918/availabilityDomains", whole, s.listDomains},
		{"ListPolicies", "GET", "/20160918/policies", whole, s.listPolicies},
		{"ListLimitDefinitions", "GET", "/20190729/limitDefinitions", whole, s.listLimitDefinitions},
		{"ListLimitValues", "GET", "/20190729/limitValues", whole, s.listLimitValues},
		{"GetResourceAvailability", "GET", "/20190729/services/{service}/limits/{limit}/resourceAvailability", whole, s.resourceAvailability},
		{"GetClusterOptions", "GET", "/20180222/clusterOptions/{option}", whole, s.clusterOptions},
		{"GetNodePoolOptions", "GET", "/20180222/nodePoolOptions/{option}", whole, s.nodePoolOptions},
		{"ListAutonomousDbVersions", "GET", "/20160918/autonomousDbVersions", whole, s.databaseVersions},
		{"SearchResources", "POST", "/20180409/resources", whole, s.searchResources},
	}
}

// look is the place, for one answer.
func (s *Server) look() Place {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.place
}

// needed refuses a request without the parameter, as services do.
func needed(r *request, names ...string) error {
	for _, n := range names {
		if r.URL.Query().Get(n) == "" {
			return Failure{http.StatusBadRequest, "MissingParameter", "Missing required parameter: " + n}
		}
	}
	return nil
}

func (s *Server) listRegions(w http.ResponseWriter, r *request) error {
	if r.part["tenancy"] != Tenancy {
		return Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."}
	}
	list := []map[string]any{}
	for name, status := range s.look().Regions {
		list = append(list, map[string]any{"regionKey": strings.ToUpper(name[:3]), "regionName": name, "status": status, "isHomeRegion": name == Region})
	}
	answer(w, http.StatusOK, list)
	return nil
}

func (s *Server) listDomains(w http.ResponseWriter, r *request) error {
	if err := needed(r, "compartmentId"); err != nil {
		return err
	}
	list := []map[string]any{}
	for _, d := range s.look().Domains {
		list = append(list, map[string]any{"name": d, "id": "ocid1.availabilitydomain.oc1.." + d, "compartmentId": Tenancy})
	}
	answer(w, http.StatusOK, list)
	return nil
}

// page answers a part of a list, and where the next begins.
func page[T any](w http.ResponseWriter, r *request, list []T, most int) []T {
	from, _ := strconv.Atoi(r.URL.Query().Get("page"))
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil {
		most = min(most, n)
	}
	from = min(max(from, 0), len(list))
	end := min(from+most, len(list))
	if end < len(list) {
		w.Header().Set("opc-next-page", strconv.Itoa(end))
	}
	return list[from:end]
}

func (s *Server) listPolicies(w http.ResponseWriter, r *request) error {
	if err := needed(r, "compartmentId"); err != nil {
		return err
	}
	list := []map[string]any{}
	for i, statement := range s.look().Policies[r.URL.Query().Get("compartmentId")] {
		list = append(list, map[string]any{"id": "ocid1.policy.oc1.." + strconv.Itoa(i), "name": "p" + strconv.Itoa(i), "description": "", "lifecycleState": "ACTIVE",
			"compartmentId": r.URL.Query().Get("compartmentId"), "timeCreated": stamp(s.Now()), "statements": []string{statement}})
	}
	answer(w, http.StatusOK, page(w, r, list, 2))
	return nil
}

func (s *Server) listLimitDefinitions(w http.ResponseWriter, r *request) error {
	if err := needed(r, "compartmentId"); err != nil {
		return err
	}
	list := []map[string]any{}
	for _, l := range s.look().Limits {
		if l.Service == r.URL.Query().Get("serviceName") {
			list = append(list, map[string]any{"name": l.Name, "serviceName": l.Service, "scopeType": l.Scope, "areQuotasSupported": true,
				"isResourceAvailabilitySupported": !l.Silent, "isDeprecated": false})
		}
	}
	answer(w, http.StatusOK, page(w, r, list, 2))
	return nil
}

func (s *Server) limit(service, name string) (Limit, error) {
	all := s.look().Limits
	i := slices.IndexFunc(all, func(l Limit) bool { return l.Service == service && l.Name == name })
	if i < 0 {
		return Limit{}, Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", "Limit " + name + " of " + service + " was not found."}
	}
	return all[i], nil
}

func (s *Server) listLimitValues(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	if err := needed(r, "compartmentId", "serviceName"); err != nil {
		return err
	}
	l, err := s.limit(q.Get("serviceName"), q.Get("name"))
	if err != nil {
		answer(w, http.StatusOK, []any{})
		return nil
	}
	answer(w, http.StatusOK, []map[string]any{{"name": l.Name, "scopeType": l.Scope, "availabilityDomain": q.Get("availabilityDomain"), "value": l.Value}})
	return nil
}

// resourceAvailability refuses a domain where the limit is the region's, and its
// absence where it is not, as the service does.
func (s *Server) resourceAvailability(w http.ResponseWriter, r *request) error {
	if err := needed(r, "compartmentId"); err != nil {
		return err
	}
	l, err := s.limit(r.part["service"], r.part["limit"])
	if err != nil {
		return err
	}
	if domain := r.URL.Query().Get("availabilityDomain"); (l.Scope == "AD") != (domain != "") || domain != "" && !slices.Contains(s.look().Domains, domain) {
		return Failure{http.StatusBadRequest, "InvalidParameter", "Parameter 'availabilityDomain' does not fit the limit's scope type " + l.Scope + "."}
	}
	out := map[string]any{}
	if l.Free != nil {
		out["available"], out["fractionalAvailability"], out["used"] = int64(*l.Free), *l.Free, 1
	}
	if l.Quota != nil {
		out["effectiveQuotaValue"] = *l.Quota
	}
	answer(w, http.StatusOK, out)
	return nil
}

func (s *Server) clusterOptions(w http.ResponseWriter, _ *request) error {
	answer(w, http.StatusOK, map[string]any{"kubernetesVersions": s.look().Kubernetes})
	return nil
}

func (s *Server) nodePoolOptions(w http.ResponseWriter, _ *request) error {
	p := s.look()
	answer(w, http.StatusOK, map[string]any{"kubernetesVersions": p.Kubernetes, "shapes": p.Shapes, "images": []string{},
		"sources": []map[string]any{{"sourceType": "IMAGE", "imageId": "ocid1.image.oc1..ol8", "sourceName": "Oracle-Linux-8"}}})
	return nil
}

func (s *Server) databaseVersions(w http.ResponseWriter, r *request) error {
	if err := needed(r, "compartmentId"); err != nil {
		return err
	}
	p := s.look()
	list := []map[string]any{}
	for _, v := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(p.FreeVersions, p.PaidVersions)))) {
		list = append(list, map[string]any{"version": v, "dbWorkload": "OLTP", "isDedicated": false,
			"isFreeTierEnabled": slices.Contains(p.FreeVersions, v), "isPaidEnabled": slices.Contains(p.PaidVersions, v)})
	}
	answer(w, http.StatusOK, page(w, r, list, 1))
	return nil
}

// searchResources knows the one shape of query that the project asks.
func (s *Server) searchResources(w http.ResponseWriter, r *request) error {
	var in struct{ Type, Query string }
	if err := r.decode(&in); err != nil {
		return err
	}
	rest, ok := strings.CutPrefix(in.Query, "query all resources where compartmentId = '")
	compartment, _, closed := strings.Cut(rest, "'")
	if in.Type != "Structured" || !ok || !closed {
		return Failure{http.StatusBadRequest, "InvalidParameter", "The query could not be parsed: " + in.Query}
	}
	list := []map[string]any{}
	for _, f := range s.look().Resources {
		if f.Compartment != compartment || strings.Contains(in.Query, "!= '"+f.State+"'") {
			continue
		}
		list = append(list, map[string]any{"resourceType": f.Type, "identifier": f.ID, "compartmentId": f.Compartment, "displayName": f.Name, "lifecycleState": f.State, "timeCreated": stamp(s.Now())})
	}
	answer(w, http.StatusOK, map[string]any{"items": page(w, r, list, 2)})
	return nil
}

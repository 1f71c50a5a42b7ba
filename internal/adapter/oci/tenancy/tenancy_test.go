package tenancy

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/ocitest"
)

func some(v float64) *float64 { return &v }

// roomy is a tenancy that lets everything of testdata/plan.json be made.
func roomy() ocitest.Place {
	p := ocitest.Place{Regions: map[string]string{"eu-frankfurt-1": "READY", "us-ashburn-1": "READY"}, Domains: []string{"AD-1", "AD-2", "AD-3"},
		Kubernetes: []string{"v1.32.1", "v1.33.1"}, Shapes: []string{"VM.Standard.A1.Flex", "VM.Standard.E5.Flex"}, FreeVersions: []string{"19c"}, PaidVersions: []string{"19c", "23ai", "26ai"},
		Policies: map[string][]string{ocitest.Tenancy: {"Allow service blockstorage to use keys in tenancy", "allow group auditors to inspect all-resources in tenancy",
			"Allow group 'Default'/'Administrators' to manage all-resources in tenancy"}}}
	for _, l := range []ocitest.Limit{{Service: "compute", Name: "standard-e5-core-count", Scope: "AD"}, {Service: "compute", Name: "standard-e5-memory-count", Scope: "AD"},
		{Service: "container-engine", Name: "enhanced-cluster-count", Scope: "REGION"}, {Service: "container-engine", Name: "node-count", Scope: "REGION"},
		{Service: "load-balancer", Name: "lb-flexible-count", Scope: "REGION"}, {Service: "database", Name: "atp-ecpu-count", Scope: "REGION"},
		{Service: "database", Name: "atp-total-storage-tb", Scope: "REGION"}, {Service: "vcn", Name: "vcn-count", Scope: "REGION"}, {Service: "vcn", Name: "reserved-public-ip-count", Scope: "REGION"},
		{Service: "vcn", Name: "nat-gateway-count", Scope: "REGION", Silent: true, Value: 3}, {Service: "open-search", Name: "data-node-count", Scope: "REGION"},
		{Service: "open-search", Name: "master-node-count", Scope: "REGION"}, {Service: "open-search", Name: "opendashboard-node-count", Scope: "REGION"},
		{Service: "streaming", Name: "partition-count", Scope: "REGION"}, {Service: "service-connector-hub", Name: "service-connector-count", Scope: "REGION"}, {Service: "waf", Name: "policy-count", Scope: "REGION"}} {
		if !l.Silent {
			l.Free = some(1000)
		}
		p.Limits = append(p.Limits, l)
	}
	return p
}

// with changes one limit of a place.
func with(p ocitest.Place, name string, change func(*ocitest.Limit)) ocitest.Place {
	p.Limits = slices.Clone(p.Limits)
	for i := range p.Limits {
		if p.Limits[i].Name == name {
			change(&p.Limits[i])
		}
	}
	return p
}

func open(t *testing.T, p ocitest.Place) (*ocitest.Server, *Client) {
	t.Helper()
	server := ocitest.New(t)
	server.SetPlace(p)
	c, err := Open(ocitest.Provider(), "us-ashburn-1", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c.retry = oci.Retry{Attempts: 3, First: time.Millisecond, Longest: 2 * time.Millisecond}
	return server, c
}

func plan(t *testing.T) *Needs {
	t.Helper()
	f, err := os.Open("testdata/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, err := ReadPlan(f)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// bad are the findings that are not fine, as text.
func bad(list []Finding) (out []string) {
	for _, f := range list {
		if f.Result != OK {
			out = append(out, f.Result+" "+f.Check+": "+f.Text)
		}
	}
	return out
}

func TestAPlanIsCounted(t *testing.T) {
	n := plan(t)
	want := map[limit]float64{
		{"container-engine", "enhanced-cluster-count", ""}: 1, {"container-engine", "node-count", ""}: 3,
		{"compute", "standard-e5-core-count", "AD-1"}: 4, {"compute", "standard-e5-core-count", "AD-2"}: 4, {"compute", "standard-e5-core-count", "AD-3"}: 4,
		{"compute", "standard-e5-memory-count", "AD-1"}: 32, {"compute", "standard-e5-memory-count", "AD-2"}: 32, {"compute", "standard-e5-memory-count", "AD-3"}: 32,
		{"load-balancer", "lb-flexible-count", ""}: 1, {"database", "atp-ecpu-count", ""}: 8, {"database", "atp-total-storage-tb", ""}: 500.0 / 1024,
		{"vcn", "vcn-count", ""}: 1, {"vcn", "nat-gateway-count", ""}: 1, {"vcn", "reserved-public-ip-count", ""}: 1,
		{"open-search", "data-node-count", ""}: 3, {"open-search", "master-node-count", ""}: 3, {"open-search", "opendashboard-node-count", ""}: 1,
		{"streaming", "partition-count", ""}: 6, {"service-connector-hub", "service-connector-count", ""}: 1, {"waf", "policy-count", ""}: 1,
	}
	if !maps.Equal(n.limits, want) {
		for l, much := range n.limits {
			if want[l] != much {
				t.Errorf("%v: %g, want %g", l, much, want[l])
			}
		}
		t.Errorf("%d limits, want %d", len(n.limits), len(want))
	}
	if n.Region != "us-ashburn-1" || n.Tenancy != ocitest.Tenancy || len(n.Buckets) != 7 || fmt.Sprint(n.Unchecked) != "[oci_queue_queue oci_redis_redis_cluster]" {
		t.Errorf("%+v", n)
	}
}

func TestWhatIsNoPlanIsNamed(t *testing.T) {
	for text, want := range map[string]string{"": "terraform show -json", "{}": "terraform show -json", `{"format_version":"1.2","resource_changes":[]}`: "no tenancy, compartment or region", "Terraform will perform": "terraform show -json"} {
		if _, err := ReadPlan(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestATenancyWithRoomLetsThePlanPass(t *testing.T) {
	server, c := open(t, roomy())
	n := plan(t)
	server.Spoil(ocitest.Throttle("GetResourceAvailability", 2))
	list := c.Preflight(t.Context(), n)
	if got := bad(list); len(got) != 1 || !strings.Contains(got[0], "no check is about: oci_queue_queue, oci_redis_redis_cluster") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if len(list) < len(n.limits)+6 {
		t.Errorf("only %d checks", len(list))
	}
}

func TestWhatATenancyWouldRefuseIsSaidBefore(t *testing.T) {
	n := plan(t)
	tests := map[string]struct {
		place func(p ocitest.Place) ocitest.Place
		want  []string
	}{
		"another region": {func(p ocitest.Place) ocitest.Place { delete(p.Regions, "us-ashburn-1"); return p }, []string{"refused region", "not subscribed to us-ashburn-1"}},
		"a region that is not ready": {func(p ocitest.Place) ocitest.Place { p.Regions["us-ashburn-1"] = "IN_PROGRESS"; return p },
			[]string{"refused region", "wait until it is READY"}},
		"one domain":             {func(p ocitest.Place) ocitest.Place { p.Domains = []string{"AD-1"}; return p }, []string{"refused availability domains", "no AD-2, AD-3"}},
		"no shape":               {func(p ocitest.Place) ocitest.Place { p.Shapes = []string{"VM.Standard.A1.Flex"}; return p }, []string{"refused nodes", "no shape VM.Standard.E5.Flex", "VM.Standard.A1.Flex"}},
		"an old Kubernetes":      {func(p ocitest.Place) ocitest.Place { p.Kubernetes = []string{"v1.34.0"}; return p }, []string{"refused Kubernetes", "no version v1.33.1", "v1.34.0"}},
		"a database that is old": {func(p ocitest.Place) ocitest.Place { p.PaidVersions = []string{"19c"}; return p }, []string{"refused database", "version 23ai; it has 19c"}},
		"too few cores": {func(p ocitest.Place) ocitest.Place {
			return with(p, "standard-e5-core-count", func(l *ocitest.Limit) { l.Free = some(3) })
		}, []string{"refused limit", "compute standard-e5-core-count in AD-2: 4 are needed, 3 are free", "limit increase"}},
		"a quota": {func(p ocitest.Place) ocitest.Place {
			return with(p, "atp-ecpu-count", func(l *ocitest.Limit) { l.Free, l.Quota = some(2), some(4) })
		}, []string{"refused limit", "atp-ecpu-count: 8 are needed, 2 are free, and a quota allows 4"}},
		"a limit whose use is not told": {func(p ocitest.Place) ocitest.Place {
			return with(p, "nat-gateway-count", func(l *ocitest.Limit) { l.Value = 0 })
		}, []string{"refused limit", "nat-gateway-count: 1 are needed, the limit is 0"}},
		"a fraction": {func(p ocitest.Place) ocitest.Place {
			return with(p, "atp-total-storage-tb", func(l *ocitest.Limit) { l.Free = some(0.4) })
		}, []string{"refused limit", "0.488", "0.4"}},
		"a limit of another name": {func(p ocitest.Place) ocitest.Place {
			return with(p, "policy-count", func(l *ocitest.Limit) { l.Name = "policies-count" })
		}, []string{"unknown limit", "waf has no limit policy-count any more"}},
		"a limit that tells nothing": {func(p ocitest.Place) ocitest.Place {
			return with(p, "partition-count", func(l *ocitest.Limit) { l.Free = nil })
		}, []string{"unknown limit", "partition-count: the service does not tell"}},
		"no policy": {func(p ocitest.Place) ocitest.Place { p.Policies = nil; return p }, []string{"unknown policies", "no policy can be read"}},
		"few rights": {func(p ocitest.Place) ocitest.Place {
			p.Policies = map[string][]string{n.Compartment: {"Allow group shop to manage cluster-family in compartment shop", "Allow group shop to manage virtual-network-family in compartment shop",
				"Allow service x to manage waf-family in compartment shop", "Allow group shop to use object-family in compartment shop"}}
			return p
		}, []string{"unknown policies", "nobody may manage autonomous-database-family, object-family, opensearch-family, queues, redis-family, serviceconnectors, stream-family, vaults, waf-family;"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, c := open(t, tc.place(roomy()))
			got := strings.Join(bad(c.Preflight(t.Context(), n)), "\n")
			for _, w := range tc.want {
				if !strings.Contains(got, w) {
					t.Errorf("no %q in\n%s", w, got)
				}
			}
		})
	}
}

func TestBucketsThatExistAreRefused(t *testing.T) {
	server, c := open(t, roomy())
	n := plan(t)
	n.Buckets = map[string]string{"taken": "space", "new": "space", "": ""}
	server.AddBucket("space", "taken")
	if got := strings.Join(bad(c.Preflight(t.Context(), n)), "\n"); !strings.Contains(got, "refused buckets: taken exist already") {
		t.Error(got)
	}
}

// Who may not ask does not hear that all is well.
func TestWhatMayNotBeAskedIsUnknown(t *testing.T) {
	server, c := open(t, roomy())
	for _, operation := range []string{"ListRegionSubscriptions", "ListAvailabilityDomains", "ListLimitDefinitions", "GetClusterOptions", "GetNodePoolOptions", "ListAutonomousDbVersions", "ListPolicies"} {
		server.Spoil(ocitest.Mishap{Operation: operation, Times: 1000, Failure: ocitest.Failure{Status: http.StatusNotFound, Code: "NotAuthorizedOrNotFound", Message: "Authorization failed or requested resource not found."}})
	}
	list := c.Preflight(t.Context(), plan(t))
	for _, f := range list {
		if f.Result == OK && f.Check != "buckets" || f.Result == Refused {
			t.Errorf("%+v", f)
		}
	}
	if got := strings.Join(bad(list), "\n"); !strings.Contains(got, "NotAuthorizedOrNotFound") || strings.Contains(got, "\n\n") {
		t.Error(got)
	}
}

func found(kind, name, id, state, compartment string) ocitest.Found {
	return ocitest.Found{Type: kind, Name: name, ID: id, State: state, Compartment: compartment}
}

func TestLeftoversAreListedWithWhatToDo(t *testing.T) {
	p := roomy()
	shop := "ocid1.compartment.oc1..shop"
	p.Resources = []ocitest.Found{
		found("LoadBalancer", "tradewind", "ocid1.loadbalancer.oc1..a", "ACTIVE", shop), found("Vault", "vault-prod", "ocid1.vault.oc1..a", "PENDING_DELETION", shop),
		found("Bucket", "bkt-prod-iad-tradewind-media", "bkt-prod-iad-tradewind-media", "", shop), found("Vcn", "gone", "ocid1.vcn.oc1..a", "TERMINATED", shop),
		found("Subnet", "also gone", "ocid1.subnet.oc1..a", "Deleted", shop), found("NewThing", "x", "ocid1.newthing.oc1..a", "ACTIVE", shop), found("LoadBalancer", "another's", "ocid1.loadbalancer.oc1..b", "ACTIVE", "ocid1.compartment.oc1..other"),
	}
	_, c := open(t, p)
	list, err := c.Leftovers(t.Context(), "us-ashburn-1", shop)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range list {
		got = append(got, fmt.Sprintf("%s %v %s", l.Type, l.Going, l.How))
	}
	want := []string{"Bucket false kept on purpose, with what is in it: oci os bucket delete --name bkt-prod-iad-tradewind-media --empty",
		"LoadBalancer false made by the ingress controller: oci lb load-balancer delete --load-balancer-id ocid1.loadbalancer.oc1..a",
		"NewThing false look it up in the console by its OCID", "Vault true kept on purpose: oci kms management vault schedule-deletion --vault-id ocid1.vault.oc1..a"}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if _, err := c.Leftovers(t.Context(), "us-ashburn-1", "ocid1.x' || compartmentId != '"); err == nil {
		t.Error("a query was put into the query")
	}
}

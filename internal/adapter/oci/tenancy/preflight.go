package tenancy

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/oracle/oci-go-sdk/v65/containerengine"
	"github.com/oracle/oci-go-sdk/v65/database"
	"github.com/oracle/oci-go-sdk/v65/identity"
	"github.com/oracle/oci-go-sdk/v65/objectstorage"

	"tradewind/internal/adapter/oci"
)

// How a check ended.
const (
	OK      = "ok"
	Unknown = "unknown" // it could not be asked
	Refused = "refused" // an apply would fail
)

// Finding is what a check found. Text says what would work where it is refused.
type Finding struct {
	Check  string `json:"check"`
	Result string `json:"result"`
	Text   string `json:"text"`
}

// Preflight holds a plan's needs against the tenancy: subscriptions of regions,
// availability domains, limits and quotas, shapes and versions, names of buckets,
// and policies. It changes nothing.
func (c *Client) Preflight(ctx context.Context, n *Needs) []Finding {
	var f []Finding
	say := func(check, result, format string, args ...any) {
		f = append(f, Finding{check, result, fmt.Sprintf(format, args...)})
	}
	c.region(ctx, n, say)
	c.domains(ctx, n, say)
	c.checkLimits(ctx, n, say)
	c.kubernetes(ctx, n, say)
	c.databases(ctx, n, say)
	c.buckets(ctx, n, say)
	c.policies(ctx, n, say)
	if len(n.Unchecked) > 0 {
		say("coverage", Unknown, "no check is about: %s", strings.Join(n.Unchecked, ", "))
	}
	return f
}

type sayer func(check, result, format string, args ...any)

func (c *Client) region(ctx context.Context, n *Needs, say sayer) {
	out, err := c.identity.ListRegionSubscriptions(oci.Own(ctx), identity.ListRegionSubscriptionsRequest{TenancyId: &n.Tenancy, RequestMetadata: c.patience()})
	if err != nil {
		say("region", Unknown, "the regions of the tenancy cannot be read: %s; a policy must let this identity inspect tenancies", said(err))
		return
	}
	for _, s := range out.Items {
		if oci.Value(s.RegionName) != n.Region {
			continue
		}
		if s.Status != identity.RegionSubscriptionStatusReady {
			say("region", Refused, "the subscription of %s is %s; wait until it is READY", n.Region, s.Status)
			return
		}
		say("region", OK, "%s is subscribed", n.Region)
		return
	}
	say("region", Refused, "the tenancy is not subscribed to %s; subscribe to it in the home region (a subscription cannot be undone), or choose another", n.Region)
}

func (c *Client) domains(ctx context.Context, n *Needs, say sayer) {
	want := map[string]bool{}
	for l := range n.limits {
		if l.Where != "" {
			want[l.Where] = true
		}
	}
	if len(want) == 0 {
		return
	}
	out, err := c.identity.ListAvailabilityDomains(oci.Own(ctx), identity.ListAvailabilityDomainsRequest{CompartmentId: &n.Tenancy, RequestMetadata: c.patience()})
	if err != nil {
		say("availability domains", Unknown, "they cannot be read: %s", said(err))
		return
	}
	var names []string
	for _, d := range out.Items {
		names = append(names, oci.Value(d.Name))
		delete(want, oci.Value(d.Name))
	}
	if len(want) > 0 {
		say("availability domains", Refused, "%s has no %s; it has %s", n.Region, strings.Join(slices.Sorted(maps.Keys(want)), ", "), strings.Join(names, ", "))
		return
	}
	say("availability domains", OK, "%s", strings.Join(names, ", "))
}

func (c *Client) kubernetes(ctx context.Context, n *Needs, say sayer) {
	all := "all"
	if len(n.Clusters) > 0 {
		out, err := c.clusters.GetClusterOptions(oci.Own(ctx), containerengine.GetClusterOptionsRequest{ClusterOptionId: &all, CompartmentId: &n.Compartment, RequestMetadata: c.patience()})
		if err != nil {
			say("Kubernetes", Unknown, "versions cannot be read: %s", said(err))
		} else {
			among(say, "Kubernetes", "version", n.Clusters, out.KubernetesVersions)
		}
	}
	if len(n.Pools) == 0 {
		return
	}
	out, err := c.clusters.GetNodePoolOptions(oci.Own(ctx), containerengine.GetNodePoolOptionsRequest{NodePoolOptionId: &all, CompartmentId: &n.Compartment, RequestMetadata: c.patience()})
	if err != nil {
		say("nodes", Unknown, "shapes cannot be read: %s", said(err))
		return
	}
	var shapes, versions []string
	for _, p := range n.Pools {
		shapes, versions = append(shapes, p.Shape), append(versions, p.Kubernetes)
	}
	among(say, "nodes", "shape", shapes, out.Shapes)
	among(say, "nodes", "version", versions, out.KubernetesVersions)
}

// among holds what is wanted against what there is.
func among(say sayer, check, what string, want, have []string) {
	want = slices.Compact(slices.Sorted(slices.Values(want)))
	for _, w := range want {
		if slices.Contains(have, w) {
			say(check, OK, "%s %s", what, w)
			continue
		}
		say(check, Refused, "there is no %s %s here; there are %s", what, w, strings.Join(have, ", "))
	}
}

func (c *Client) databases(ctx context.Context, n *Needs, say sayer) {
	if len(n.Databases) == 0 {
		return
	}
	have := map[Database]bool{}
	for page := (*string)(nil); ; {
		out, err := c.database.ListAutonomousDbVersions(oci.Own(ctx), database.ListAutonomousDbVersionsRequest{CompartmentId: &n.Compartment,
			DbWorkload: database.AutonomousDatabaseSummaryDbWorkloadOltp, Page: page, RequestMetadata: c.patience()})
		if err != nil {
			say("database", Unknown, "versions cannot be read: %s", said(err))
			return
		}
		for _, v := range out.Items {
			if oci.Value(v.IsFreeTierEnabled) {
				have[Database{oci.Value(v.Version), true}] = true
			}
			if v.IsPaidEnabled == nil || *v.IsPaidEnabled {
				have[Database{oci.Value(v.Version), false}] = true
			}
		}
		if page = out.OpcNextPage; page == nil {
			break
		}
	}
	for _, d := range n.Databases {
		kind := map[bool]string{true: "Always Free", false: "paid"}[d.Free]
		if d.Version == "" || have[d] {
			say("database", OK, "version %s, %s", cmp.Or(d.Version, "of the source"), kind)
			continue
		}
		var of []string
		for h := range have {
			if h.Free == d.Free {
				of = append(of, h.Version)
			}
		}
		slices.Sort(of)
		say("database", Refused, "%s has no %s transaction database of version %s; it has %s", n.Region, kind, d.Version, cmp.Or(strings.Join(of, ", "), "none"))
	}
}

func (c *Client) buckets(ctx context.Context, n *Needs, say sayer) {
	names := slices.Sorted(maps.Keys(n.Buckets))
	var taken []string
	for _, name := range names {
		space := n.Buckets[name]
		if name == "" || space == "" { // known after the apply
			continue
		}
		_, err := c.objects.HeadBucket(oci.Own(ctx), objectstorage.HeadBucketRequest{NamespaceName: &space, BucketName: &name, RequestMetadata: c.patience()})
		switch {
		case err == nil:
			taken = append(taken, name)
		case !denied(err):
			say("buckets", Unknown, "%s cannot be asked for: %s", name, said(err))
			return
		}
	}
	switch {
	case len(taken) > 0:
		say("buckets", Refused, "%s exist already; import them into the state, or remove them: `tradewind leftovers oci`", strings.Join(taken, ", "))
	case len(names) > 0:
		say("buckets", OK, "none of the %d names is taken", len(names))
	}
}

package tenancy

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/limits"

	"tradewind/internal/adapter/oci"
)

// checkLimits holds what a plan needs against limits and quotas. A limit that has
// another name than is known here is unknown, never passed.
func (c *Client) checkLimits(ctx context.Context, n *Needs, say sayer) {
	want := slices.SortedFunc(maps.Keys(n.limits), func(a, b limit) int { return strings.Compare(a.String(), b.String()) })
	known := map[string]map[string]limits.LimitDefinitionSummary{} // by service
	for _, l := range want {
		defs, asked := known[l.Service]
		if !asked {
			var err error
			if defs, err = c.definitions(ctx, n.Tenancy, l.Service); err != nil {
				say("limit", Unknown, "the limits of %s cannot be read: %s; a policy must let this identity read resource-availability in the tenancy", l.Service, said(err))
			}
			known[l.Service] = defs
		}
		if defs == nil {
			continue
		}
		def, ok := defs[l.Name]
		if !ok {
			say("limit", Unknown, "%s has no limit %s any more; look at Governance, Limits in the console: %g are needed", l.Service, l.Name, n.limits[l])
			continue
		}
		c.checkLimit(ctx, n, l, def, say)
	}
}

func (c *Client) checkLimit(ctx context.Context, n *Needs, l limit, def limits.LimitDefinitionSummary, say sayer) {
	need := n.limits[l]
	where := (*string)(nil)
	if def.ScopeType == limits.LimitDefinitionSummaryScopeTypeAd && l.Where != "" {
		where = &l.Where
	}
	if !oci.Value(def.IsResourceAvailabilitySupported) {
		c.checkValue(ctx, n, l, where, say)
		return
	}
	out, err := c.limits.GetResourceAvailability(oci.Own(ctx), limits.GetResourceAvailabilityRequest{ServiceName: &l.Service, LimitName: &l.Name, CompartmentId: &n.Compartment,
		AvailabilityDomain: where, RequestMetadata: c.patience()})
	free, known := available(out.ResourceAvailability)
	switch quota := oci.Value(out.EffectiveQuotaValue); {
	case err != nil:
		say("limit", Unknown, "%s: %s", l, said(err))
	case !known:
		say("limit", Unknown, "%s: the service does not tell how much is free; %g are needed", l, need)
	case free < need && out.EffectiveQuotaValue != nil:
		say("limit", Refused, "%s: %g are needed, %g are free, and a quota allows %g in all: change the quota, or what is asked for", l, need, free, quota)
	case free < need:
		say("limit", Refused, "%s: %g are needed, %g are free: ask for more (console: Governance, Limits, Request a service limit increase), or for less", l, need, free)
	default:
		say("limit", OK, "%s: %g are needed, %g are free", l, need, free)
	}
}

func available(a limits.ResourceAvailability) (free float64, known bool) {
	switch {
	case a.FractionalAvailability != nil:
		return float64(*a.FractionalAvailability), true
	case a.Available != nil:
		return float64(*a.Available), true
	}
	return 0, false
}

// checkValue is for limits of which only the value is told, not what is used.
func (c *Client) checkValue(ctx context.Context, n *Needs, l limit, where *string, say sayer) {
	out, err := c.limits.ListLimitValues(oci.Own(ctx), limits.ListLimitValuesRequest{CompartmentId: &n.Tenancy, ServiceName: &l.Service, Name: &l.Name, AvailabilityDomain: where, RequestMetadata: c.patience()})
	if err != nil || len(out.Items) == 0 {
		text := "no value"
		if err != nil {
			text = said(err)
		}
		say("limit", Unknown, "%s: %s", l, text)
		return
	}
	if value, need := float64(oci.Value(out.Items[0].Value)), n.limits[l]; value < need {
		say("limit", Refused, "%s: %g are needed, the limit is %g: ask for more, or for less", l, need, value)
	} else {
		say("limit", OK, "%s: %g are needed, the limit is %g; how much of it is used is not told", l, need, value)
	}
}

func (c *Client) definitions(ctx context.Context, tenancy, service string) (map[string]limits.LimitDefinitionSummary, error) {
	all := map[string]limits.LimitDefinitionSummary{}
	for page := (*string)(nil); ; {
		out, err := c.limits.ListLimitDefinitions(oci.Own(ctx), limits.ListLimitDefinitionsRequest{CompartmentId: &tenancy, ServiceName: &service, Limit: common.Int(1000), Page: page, RequestMetadata: c.patience()})
		if err != nil {
			return nil, err
		}
		for _, d := range out.Items {
			all[oci.Value(d.Name)] = d
		}
		if page = out.OpcNextPage; page == nil {
			return all, nil
		}
	}
}

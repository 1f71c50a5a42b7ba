package tenancy

import (
	"context"
	"regexp"
	"strings"

	"github.com/oracle/oci-go-sdk/v65/identity"

	"tradewind/internal/adapter/oci"
)

var grant = regexp.MustCompile(`(?i)^\s*allow\s+(group|dynamic-group|any-user|service)\b.*?\bto\s+(inspect|read|use|manage)\s+([a-z-]+)\s+in\s+`)

// policies holds the families of resources that a plan makes against the
// policies that this identity can read: of the tenancy and of the compartment. It
// cannot tell whose groups somebody is in, so a policy that is there is no proof,
// and one that is not is told as unknown.
func (c *Client) policies(ctx context.Context, n *Needs, say sayer) {
	granted := map[string]bool{}
	read := 0
	for _, where := range []string{n.Tenancy, n.Compartment} {
		for page := (*string)(nil); ; {
			out, err := c.identity.ListPolicies(oci.Own(ctx), identity.ListPoliciesRequest{CompartmentId: &where, Page: page, RequestMetadata: c.patience()})
			if err != nil {
				break // told below
			}
			for _, p := range out.Items {
				read++
				for _, statement := range p.Statements {
					if m := grant.FindStringSubmatch(statement); m != nil && strings.EqualFold(m[2], "manage") && !strings.EqualFold(m[1], "service") {
						granted[strings.ToLower(m[3])] = true
					}
				}
			}
			if page = out.OpcNextPage; page == nil {
				break
			}
		}
	}
	if read == 0 {
		say("policies", Unknown, "no policy can be read: a policy must let this identity inspect policies in the tenancy")
		return
	}
	if granted["all-resources"] {
		say("policies", OK, "somebody may manage all-resources; whether it is this identity is seen at the apply")
		return
	}
	var missing []string
	for _, f := range n.Families {
		if !granted[f] {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 {
		say("policies", Unknown, "in the %d policies that can be read nobody may manage %s; who applies needs that, or all-resources, in the compartment", read, strings.Join(missing, ", "))
		return
	}
	say("policies", OK, "the %d policies that can be read let somebody manage all %d families; whether it is this identity is seen at the apply", read, len(n.Families))
}

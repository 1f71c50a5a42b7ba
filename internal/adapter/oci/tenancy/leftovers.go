package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/resourcesearch"

	"tradewind/internal/adapter/oci"
)

// Leftover is a resource that is in a compartment.
type Leftover struct {
	Region string    `json:"region"`
	Type   string    `json:"type"`
	Name   string    `json:"name"`
	ID     string    `json:"id"`
	State  string    `json:"state"`
	Made   time.Time `json:"made"`
	Going  bool      `json:"going"`         // it is being deleted, or will be
	How    string    `json:"how,omitempty"` // how to remove it
}

// maxLeftovers bounds what is listed; a compartment with more is in use.
const maxLeftovers = 10_000

// Leftovers returns what the search of the region knows of in a compartment, but
// for what is deleted already. The search is some minutes behind.
func (c *Client) Leftovers(ctx context.Context, region, compartment string) ([]Leftover, error) {
	if strings.ContainsAny(compartment, "'\\") || !strings.HasPrefix(compartment, "ocid1.") {
		return nil, fmt.Errorf("compartment %q: give the OCID of a compartment", compartment)
	}
	query := "query all resources where compartmentId = '" + compartment + "' && lifecycleState != 'TERMINATED' && lifecycleState != 'DELETED'"
	var list []Leftover
	for page := (*string)(nil); ; {
		out, err := c.search.SearchResources(oci.Own(ctx), resourcesearch.SearchResourcesRequest{SearchDetails: resourcesearch.StructuredSearchDetails{Query: &query},
			Limit: common.Int(1000), Page: page, RequestMetadata: c.patience()})
		if err != nil {
			return nil, fmt.Errorf("search in %s: %s", region, said(err))
		}
		for _, r := range out.Items {
			kind, state := oci.Value(r.ResourceType), strings.ToUpper(oci.Value(r.LifecycleState))
			if state == "TERMINATED" || state == "DELETED" { // some types have their states in small letters
				continue
			}
			list = append(list, Leftover{Region: region, Type: kind, Name: oci.Value(r.DisplayName), ID: oci.Value(r.Identifier), State: state, Made: oci.At(r.TimeCreated),
				Going: slices.Contains(going, state), How: remedy(kind, oci.Value(r.Identifier), oci.Value(r.DisplayName))})
		}
		if page = out.OpcNextPage; page == nil || len(list) >= maxLeftovers {
			break
		}
	}
	slices.SortFunc(list, func(a, b Leftover) int { return strings.Compare(a.Type+a.Name+a.ID, b.Type+b.Name+b.ID) })
	return list, nil
}

// states of what goes by itself.
var going = []string{"TERMINATING", "DELETING", "PENDING_DELETION", "SCHEDULING_DELETION"}

// How to remove what a destroy leaves: made by others than Terraform, or kept on
// purpose. Commands are those of Oracle's command line.
var remedies = map[string]string{
	"loadbalancer":             "made by the ingress controller: oci lb load-balancer delete --load-balancer-id %s",
	"volume":                   "made for a volume claim: oci bv volume delete --volume-id %s",
	"bootvolume":               "of a node that is gone: oci bv boot-volume delete --boot-volume-id %s",
	"instance":                 "a node: oci compute instance terminate --instance-id %s",
	"publicip":                 "oci network public-ip delete --public-ip-id %s",
	"vcn":                      "when nothing is in it: oci network vcn delete --vcn-id %s",
	"subnet":                   "when no address of it is used: oci network subnet delete --subnet-id %s",
	"autonomousdatabase":       "kept on purpose: oci db autonomous-database delete --autonomous-database-id %s",
	"autonomousdatabasebackup": "goes after its retention, or: oci db autonomous-database-backup delete --autonomous-database-backup-id %s",
	"vault":                    "kept on purpose: oci kms management vault schedule-deletion --vault-id %s",
	"key":                      "goes with its vault",
	"vaultsecret":              "oci vault secret schedule-secret-deletion --secret-id %s",
	"drprotectiongroup":        "disassociate first: oci disaster-recovery dr-protection-group disassociate --dr-protection-group-id %s",
	"containerimage":           "oci artifacts container image delete --image-id %s",
	"containerrepo":            "oci artifacts container repository delete --repository-id %s",
	"app":                      "an application of an identity domain: deactivate it, then delete it",
	"certificate":              "oci certs-mgmt certificate schedule-deletion --certificate-id %s",
	"customerdnszone":          "kept on purpose: oci dns zone delete --zone-name-or-id %s",
	"onsemailsubscription":     "oci ons subscription delete --subscription-id %s",
	"stream":                   "oci streaming admin stream delete --stream-id %s",
	"streampool":               "oci streaming admin stream-pool delete --stream-pool-id %s",
	"privateendpoint":          "of a service that is gone: wait, or delete the service",
	"vnic":                     "goes with what it belongs to",
	"privateip":                "goes with what it belongs to",
	"networksecuritygroup":     "oci network nsg delete --nsg-id %s",
	"clusterscluster":          "oci ce cluster delete --cluster-id %s",
	"clustersnodepool":         "oci ce node-pool delete --node-pool-id %s",
	"webappfirewallpolicy":     "oci waf web-app-firewall-policy delete --web-app-firewall-policy-id %s",
	"opensearchcluster":        "oci opensearch cluster delete --opensearch-cluster-id %s",
	"rediscluster":             "oci redis redis-cluster delete --redis-cluster-id %s",
	"queue":                    "oci queue queue-admin queue delete --queue-id %s",
	"bastion":                  "oci bastion bastion delete --bastion-id %s",
	"tagnamespace":             "retire it first: oci iam tag-namespace retire --tag-namespace-id %s",
	"apmdomain":                "oci apm-control-plane apm-domain delete --apm-domain-id %s",
	"remotepeeringconnection":  "oci network remote-peering-connection delete --remote-peering-connection-id %s",
	"drg":                      "when nothing is attached: oci network drg delete --drg-id %s",
	"internetgateway":          "oci network internet-gateway delete --ig-id %s",
	"natgateway":               "oci network nat-gateway delete --nat-gateway-id %s",
	"servicegateway":           "oci network service-gateway delete --service-gateway-id %s",
}

// remedy says how a resource is removed.
func remedy(kind, id, name string) string {
	kind = strings.ToLower(kind)
	if kind == "bucket" {
		return "kept on purpose, with what is in it: oci os bucket delete --name " + name + " --empty"
	}
	how, ok := remedies[kind]
	if !ok {
		return "look it up in the console by its OCID"
	}
	return strings.ReplaceAll(how, "%s", id)
}

package app

import (
	"context"
	"fmt"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/tenancy"
)

// OpenTenancy signs in to ask about a tenancy in one region; "" is the identity's
// own. Without another choice it is an operator's key, as Terraform uses it.
// endpoint takes the place of all services; "" is the region's.
func (c Config) OpenTenancy(ctx context.Context, region, endpoint string) (*tenancy.Client, string, error) {
	if c.OCI.Auth == oci.None {
		c.OCI.Auth = oci.UserKey
	}
	if region != "" {
		c.OCI.Region = region
	}
	if err := c.OCI.Validate(); err != nil {
		return nil, "", err
	}
	if err := oci.CheckEndpoint("endpoint", endpoint, "identity.eu-frankfurt-1.oci.oraclecloud.com"); err != nil {
		return nil, "", err
	}
	who, err := c.OCI.SignIn(ctx)
	if err != nil {
		return nil, "", err
	}
	if region == "" {
		if region, err = who.Region(); err != nil {
			return nil, "", fmt.Errorf("the identity names no region; set oci.region: %w", err)
		}
	}
	client, err := tenancy.Open(who, region, endpoint)
	return client, region, err
}

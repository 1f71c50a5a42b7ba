package tenancy

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/containerengine"
	"github.com/oracle/oci-go-sdk/v65/database"
	"github.com/oracle/oci-go-sdk/v65/identity"
	"github.com/oracle/oci-go-sdk/v65/limits"
	"github.com/oracle/oci-go-sdk/v65/objectstorage"
	"github.com/oracle/oci-go-sdk/v65/resourcesearch"

	"tradewind/internal/adapter/oci"
)

// Client asks the services of one region.
type Client struct {
	identity identity.IdentityClient
	limits   limits.LimitsClient
	clusters containerengine.ContainerEngineClient
	database database.DatabaseClient
	objects  objectstorage.ObjectStorageClient
	search   resourcesearch.ResourceSearchClient
	retry    oci.Retry
}

// timeout is how long an answer may take.
const timeout = 20 * time.Second

// Open asks in region, signed as who. endpoint takes the place of all services;
// "" is the region's own.
func Open(who common.ConfigurationProvider, region, endpoint string) (*Client, error) {
	c := &Client{retry: oci.Patient}
	var errs [6]error
	c.identity, errs[0] = identity.NewIdentityClientWithConfigurationProvider(who)
	c.limits, errs[1] = limits.NewLimitsClientWithConfigurationProvider(who)
	c.clusters, errs[2] = containerengine.NewContainerEngineClientWithConfigurationProvider(who)
	c.database, errs[3] = database.NewDatabaseClientWithConfigurationProvider(who)
	c.objects, errs[4] = objectstorage.NewObjectStorageClientWithConfigurationProvider(who)
	c.search, errs[5] = resourcesearch.NewResourceSearchClientWithConfigurationProvider(who)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("oci: %w", err)
	}
	if region != "" {
		c.identity.SetRegion(region)
		c.limits.SetRegion(region)
		c.clusters.SetRegion(region)
		c.database.SetRegion(region)
		c.objects.SetRegion(region)
		c.search.SetRegion(region)
	}
	for name, b := range map[string]*common.BaseClient{"identity": &c.identity.BaseClient, "limits": &c.limits.BaseClient, "clusters": &c.clusters.BaseClient,
		"database": &c.database.BaseClient, "objects": &c.objects.BaseClient, "search": &c.search.BaseClient} {
		b.HTTPClient = oci.NewLine(name).Client(timeout, 2*timeout)
		if endpoint != "" {
			b.Host = endpoint
		}
	}
	return c, nil
}

func (c *Client) patience() common.RequestMetadata { return c.retry.Policy(nil) }

// denied reports whether the identity may not see something, or it is not there:
// Oracle Cloud does not tell which.
func denied(err error) bool {
	f, ok := common.IsServiceError(err)
	return ok && (f.GetHTTPStatusCode() == http.StatusNotFound || f.GetHTTPStatusCode() == http.StatusForbidden || f.GetHTTPStatusCode() == http.StatusUnauthorized)
}

// said is what a service said, without the many lines of the SDK.
func said(err error) string {
	if f, ok := common.IsServiceError(err); ok {
		return fmt.Sprintf("%d %s: %s", f.GetHTTPStatusCode(), f.GetCode(), f.GetMessage())
	}
	return err.Error()
}

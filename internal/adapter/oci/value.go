package oci

import (
	"fmt"
	"net/url"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
)

// Value is what p points to, or nothing.
func Value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// At is a moment as the SDK has it, in UTC; the zero time for none.
func At(t *common.SDKTime) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// CheckEndpoint says what is wrong with the setting of that name, whose value is
// the address of a service; "" is the region's. like is an example of one.
func CheckEndpoint(setting, endpoint, like string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" {
		return fmt.Errorf("%s is %q; write scheme and host, such as https://%s", setting, endpoint, like)
	}
	return nil
}

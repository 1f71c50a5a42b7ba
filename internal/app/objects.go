package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"

	"tradewind/internal/adapter/objectfolder"
	"tradewind/internal/adapter/oci"
	"tradewind/internal/adapter/oci/objects"
	"tradewind/internal/domain/object"
	"tradewind/internal/edge/httpapi"
	"tradewind/internal/platform/token"
)

// ObjectsConfig says where pictures and films are kept: in a folder of this
// machine, or in OCI Object Storage.
type ObjectsConfig struct {
	Store  string
	Folder objectfolder.Config
	Bucket objects.Config
}

// Flags declares the settings.
func (c *ObjectsConfig) Flags(fs *flag.FlagSet) {
	fs.StringVar(&c.Store, "objects.store", "folder", "where pictures and films are kept: folder (this machine) or oci (Object Storage)")
	c.Folder.Flags(fs)
	c.Bucket.Flags(fs)
}

// Validate reports what cannot work together and what would.
func (c ObjectsConfig) Validate(auth string) error {
	switch {
	case c.Store == "folder":
		return c.Folder.Validate()
	case c.Store != "oci":
		return fmt.Errorf("objects.store is %q; choose folder or oci", c.Store)
	case auth == oci.None:
		return errors.New("objects.store is oci, so oci.auth must say how to sign in: workload, instance, resource or config")
	case c.Bucket.Bucket == "":
		return errors.New("objects.store is oci, so oci.objects.bucket must name a bucket")
	}
	return c.Bucket.Validate()
}

// objects opens the store for the processes that need it, and what answers its
// signed addresses if that is us.
func (a *App) objects(ctx context.Context, roles targets, tokens token.Maker) (object.Store, http.Handler, error) {
	c := a.config
	if !roles.has(httpapi.Product) && !roles.has(workerTarget) {
		return nil, nil, nil
	}
	if c.Objects.Store == "oci" {
		identity, err := c.OCI.SignIn(ctx)
		if err != nil {
			return nil, nil, err
		}
		s, err := objects.Open(ctx, c.Objects.Bucket, identity)
		if err != nil {
			return nil, nil, err
		}
		a.metrics.oci("objects", s)
		return s, nil, nil
	}
	f, err := objectfolder.Open(c.Objects.Folder, tokens, "", c.Media.FilmBytes)
	if err != nil {
		return nil, nil, err
	}
	a.closers = append(a.closers, f.Close)
	return f, f, nil
}

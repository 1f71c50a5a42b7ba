package objects

import (
	"context"
	"crypto/md5" //nolint:gosec // the service's checksum against accidents
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/objectstorage"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/domain/object"
)

// Store keeps objects in a bucket. It is safe for concurrent use.
type Store struct {
	*oci.Line
	client            objectstorage.ObjectStorageClient
	namespace, bucket *string
	retry             oci.Retry
	partSize          int64
}

var _ object.Store = (*Store)(nil)

// Open signs its requests as identity. It asks for the bucket, so that a wrong
// name or a missing policy shows at start.
func Open(ctx context.Context, c Config, identity common.ConfigurationProvider) (*Store, error) {
	if c.Bucket == "" {
		return nil, errNoBucket
	}
	client, err := objectstorage.NewObjectStorageClientWithConfigurationProvider(identity)
	if err != nil {
		return nil, fmt.Errorf("oci.objects: %w", err)
	}
	if c.Endpoint != "" {
		client.Host = c.Endpoint
	}
	line := oci.NewLine("objects")
	client.HTTPClient = line.Client(c.Timeout, 0)
	s := &Store{Line: line, client: client, bucket: &c.Bucket, namespace: &c.Namespace, retry: oci.Patient, partSize: 8 << 20}
	if c.Namespace == "" {
		out, err := client.GetNamespace(oci.Own(ctx), objectstorage.GetNamespaceRequest{RequestMetadata: s.retry.Policy(nil)})
		if err != nil {
			return nil, fmt.Errorf("oci.objects.namespace is empty and Object Storage does not tell it: %w", err)
		}
		s.namespace = out.Value
	}
	if _, err := client.GetBucket(oci.Own(ctx), objectstorage.GetBucketRequest{NamespaceName: s.namespace, BucketName: s.bucket, RequestMetadata: s.retry.Policy(nil)}); err != nil {
		return nil, fmt.Errorf("oci.objects.bucket %s in namespace %s cannot be read; it must exist, and a policy must let this identity read buckets and manage objects in it: %w", c.Bucket, *s.namespace, err)
	}
	return s, nil
}

// Get implements object.Store. A body that breaks off is taken up again where it
// broke, as long as the object is the same.
func (s *Store) Get(ctx context.Context, key string, part object.Range) (object.Info, io.ReadCloser, error) {
	if err := check(ctx, key); err != nil {
		return object.Info{}, nil, err
	}
	if part.Offset < 0 || part.Length < 0 {
		_, _, err := part.Span(0)
		return object.Info{}, nil, err
	}
	out, err := s.open(ctx, key, header(part), nil)
	if err != nil {
		return object.Info{}, nil, failure(ctx, key, err)
	}
	length, size := oci.Value(out.ContentLength), oci.Value(out.ContentLength)
	if _, total, ok := strings.Cut(oci.Value(out.ContentRange), "/"); ok {
		if size, err = strconv.ParseInt(total, 10, 64); err != nil {
			return object.Info{}, nil, object.Unavailable(fmt.Errorf("get %s: content-range %q", key, *out.ContentRange))
		}
	}
	info := object.Info{Key: key, Size: size, ModifiedAt: oci.At(out.LastModified), ContentType: oci.Value(out.ContentType), CacheControl: oci.Value(out.CacheControl), ETag: oci.Value(out.ETag)}
	body := &download{ctx: ctx, store: s, key: key, etag: out.ETag, body: out.Content, at: part.Offset, end: part.Offset + length, tries: downloadTries}
	var sum hash.Hash
	want, err := base64.StdEncoding.DecodeString(oci.Value(out.ContentMd5))
	if err == nil && len(want) == md5.Size && length == size {
		sum = md5.New() //nolint:gosec // as above
	}
	return info, object.Verified(key, body, length, sum, want), nil
}

func (s *Store) open(ctx context.Context, key string, part, etag *string) (objectstorage.GetObjectResponse, error) {
	return s.client.GetObject(oci.Own(ctx), objectstorage.GetObjectRequest{NamespaceName: s.namespace, BucketName: s.bucket, ObjectName: &key, Range: part, IfMatch: etag, RequestMetadata: s.retry.Policy(nil)})
}

// header writes a range as RFC 9110, 14.1.2 has it; nil is the whole.
func header(part object.Range) *string {
	if part == (object.Range{}) {
		return nil
	}
	text := fmt.Sprintf("bytes=%d-", part.Offset)
	if last := part.Offset + part.Length - 1; part.Length > 0 && last >= part.Offset {
		text += strconv.FormatInt(last, 10)
	}
	return &text
}

// Head implements object.Store.
func (s *Store) Head(ctx context.Context, key string) (object.Info, error) {
	if err := check(ctx, key); err != nil {
		return object.Info{}, err
	}
	out, err := s.head(ctx, key)
	if err != nil {
		return object.Info{}, failure(ctx, key, err)
	}
	return object.Info{Key: key, Size: oci.Value(out.ContentLength), ModifiedAt: oci.At(out.LastModified), ContentType: oci.Value(out.ContentType), CacheControl: oci.Value(out.CacheControl), ETag: oci.Value(out.ETag)}, nil
}

func (s *Store) head(ctx context.Context, key string) (objectstorage.HeadObjectResponse, error) {
	return s.client.HeadObject(oci.Own(ctx), objectstorage.HeadObjectRequest{NamespaceName: s.namespace, BucketName: s.bucket, ObjectName: &key, RequestMetadata: s.retry.Policy(nil)})
}

// Delete implements object.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	_, err := s.client.DeleteObject(oci.Own(ctx), objectstorage.DeleteObjectRequest{NamespaceName: s.namespace, BucketName: s.bucket, ObjectName: &key, RequestMetadata: s.retry.Policy(nil)})
	if status, code := oci.Told(err); status == http.StatusNotFound && code == "ObjectNotFound" {
		return nil
	}
	return failure(ctx, key, err)
}

// List implements object.Store.
func (s *Store) List(ctx context.Context, prefix, start string, limit int) (object.Page, error) {
	if err := ctx.Err(); err != nil {
		return object.Page{}, err
	}
	out, err := s.client.ListObjects(oci.Own(ctx), objectstorage.ListObjectsRequest{NamespaceName: s.namespace, BucketName: s.bucket, Prefix: &prefix, Start: &start,
		Limit: common.Int(min(max(limit, 1), 1000)), Fields: common.String("name,size,timeModified"), RequestMetadata: s.retry.Policy(nil)})
	if err != nil {
		return object.Page{}, failure(ctx, prefix, err)
	}
	page := object.Page{Next: oci.Value(out.NextStartWith)}
	for _, o := range out.Objects {
		page.Objects = append(page.Objects, object.Info{Key: oci.Value(o.Name), Size: oci.Value(o.Size), ModifiedAt: oci.At(o.TimeModified)})
	}
	return page, nil
}

// UploadURL implements object.Store by a pre-authenticated request. It does not
// bound the size of what is uploaded; whoever uses it looks at that afterwards.
func (s *Store) UploadURL(ctx context.Context, key string, valid time.Duration) (object.SignedURL, error) {
	return s.sign(ctx, http.MethodPut, key, valid, objectstorage.CreatePreauthenticatedRequestDetailsAccessTypeObjectwrite)
}

// DownloadURL implements object.Store.
func (s *Store) DownloadURL(ctx context.Context, key string, valid time.Duration) (object.SignedURL, error) {
	return s.sign(ctx, http.MethodGet, key, valid, objectstorage.CreatePreauthenticatedRequestDetailsAccessTypeObjectread)
}

func (s *Store) sign(ctx context.Context, method, key string, valid time.Duration, access objectstorage.CreatePreauthenticatedRequestDetailsAccessTypeEnum) (object.SignedURL, error) {
	if err := check(ctx, key); err != nil {
		return object.SignedURL{}, err
	}
	end := time.Now().Add(min(valid, object.MaxValid)).UTC().Truncate(time.Second)
	out, err := s.client.CreatePreauthenticatedRequest(oci.Own(ctx), objectstorage.CreatePreauthenticatedRequestRequest{NamespaceName: s.namespace, BucketName: s.bucket, RequestMetadata: s.retry.Policy(nil),
		CreatePreauthenticatedRequestDetails: objectstorage.CreatePreauthenticatedRequestDetails{Name: common.String("tradewind-" + uuid.NewString()), AccessType: access, ObjectName: &key, TimeExpires: &common.SDKTime{Time: end}}})
	if err != nil {
		return object.SignedURL{}, failure(ctx, key, err)
	}
	url := oci.Value(out.FullPath)
	if url == "" {
		url = s.client.Endpoint() + oci.Value(out.AccessUri)
	}
	return object.SignedURL{Method: method, URL: url, Header: http.Header{}, ExpiresAt: end}, nil
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return object.CheckKey(key)
}

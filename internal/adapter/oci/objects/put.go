package objects

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the service's checksum against accidents
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/objectstorage"

	"tradewind/internal/adapter/oci"
	"tradewind/internal/domain/object"
)

// Put implements object.Store. What fits into one part is put at once, more is
// uploaded part by part and appears when all are there. One part is in memory, so
// that it can be sent again.
func (s *Store) Put(ctx context.Context, key string, body io.Reader, how object.Put) (object.Info, error) {
	if err := check(ctx, key); err != nil {
		return object.Info{}, err
	}
	if how.ContentType == "" {
		how.ContentType = "application/octet-stream"
	}
	first, more, err := s.part(body)
	if err != nil {
		return object.Info{}, err
	}
	if more {
		return s.putParts(ctx, key, first, body, how)
	}
	sum := sumOf(first)
	var tries int
	in := objectstorage.PutObjectRequest{NamespaceName: s.namespace, BucketName: s.bucket, ObjectName: &key, PutObjectBody: again(first), ContentLength: common.Int64(int64(len(first))),
		ContentMD5: &sum, ContentType: &how.ContentType, RequestMetadata: s.retry.Policy(&tries)}
	if how.CacheControl != "" {
		in.CacheControl = &how.CacheControl
	}
	if how.IfNew {
		in.IfNoneMatch = common.String("*")
	}
	out, err := s.client.PutObject(oci.Own(ctx), in)
	return s.landed(ctx, key, sum, tries, err, object.Info{Key: key, Size: int64(len(first)), ContentType: how.ContentType, CacheControl: how.CacheControl,
		ETag: oci.Value(out.ETag), ModifiedAt: oci.At(out.LastModified)})
}

// landed decides what the last answer to a write says. After an attempt whose
// answer got lost, a refusal may be the work of our own first one: then what is
// there has our checksum.
func (s *Store) landed(ctx context.Context, key, sum string, tries int, err error, info object.Info) (object.Info, error) {
	if err == nil {
		return info, nil
	}
	if status, _ := oci.Told(err); tries > 0 && (status == http.StatusPreconditionFailed || status == http.StatusNotFound) {
		if have, e := s.head(ctx, key); e == nil && (oci.Value(have.ContentMd5) == sum || oci.Value(have.OpcMultipartMd5) == sum) {
			info.ETag, info.ModifiedAt = oci.Value(have.ETag), oci.At(have.LastModified)
			return info, nil
		}
	}
	return object.Info{}, failure(ctx, key, err)
}

// part reads the next part; more is false if nothing can come after it. An error
// is the body's.
func (s *Store) part(body io.Reader) (data []byte, more bool, err error) {
	var buf bytes.Buffer
	_, err = io.CopyN(&buf, body, s.partSize)
	if errors.Is(err, io.EOF) {
		return buf.Bytes(), false, nil
	}
	return buf.Bytes(), true, err
}

// again is a body that the SDK can rewind.
func again(data []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }

func sumOf(data []byte) string {
	sum := md5.Sum(data) //nolint:gosec // as above
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (s *Store) putParts(ctx context.Context, key string, data []byte, body io.Reader, how object.Put) (info object.Info, err error) {
	in := objectstorage.CreateMultipartUploadRequest{NamespaceName: s.namespace, BucketName: s.bucket, RequestMetadata: s.retry.Policy(nil),
		CreateMultipartUploadDetails: objectstorage.CreateMultipartUploadDetails{Object: &key, ContentType: &how.ContentType}}
	if how.CacheControl != "" {
		in.CacheControl = &how.CacheControl
	}
	if how.IfNew {
		in.IfNoneMatch = common.String("*")
	}
	begun, err := s.client.CreateMultipartUpload(oci.Own(ctx), in)
	if err != nil {
		return info, failure(ctx, key, err)
	}
	defer func() {
		if err != nil {
			s.abort(ctx, key, begun.UploadId)
		}
	}()
	info = object.Info{Key: key, ContentType: how.ContentType, CacheControl: how.CacheControl}
	var parts []objectstorage.CommitMultipartUploadPartDetails
	sums := md5.New() //nolint:gosec // as above
	for more := true; len(data) > 0; {
		sum := md5.Sum(data) //nolint:gosec // as above
		sums.Write(sum[:])
		number := len(parts) + 1
		out, err := s.client.UploadPart(oci.Own(ctx), objectstorage.UploadPartRequest{NamespaceName: s.namespace, BucketName: s.bucket, ObjectName: &key, UploadId: begun.UploadId, UploadPartNum: &number,
			UploadPartBody: again(data), ContentLength: common.Int64(int64(len(data))), ContentMD5: common.String(base64.StdEncoding.EncodeToString(sum[:])), RequestMetadata: s.retry.Policy(nil)})
		if err != nil {
			return info, failure(ctx, key, fmt.Errorf("part %d: %w", number, err))
		}
		parts = append(parts, objectstorage.CommitMultipartUploadPartDetails{PartNum: &number, Etag: out.ETag})
		info.Size += int64(len(data))
		if data = nil; more {
			if data, more, err = s.part(body); err != nil {
				return info, err
			}
		}
	}
	var tries int
	commit := objectstorage.CommitMultipartUploadRequest{NamespaceName: s.namespace, BucketName: s.bucket, ObjectName: &key, UploadId: begun.UploadId, RequestMetadata: s.retry.Policy(&tries),
		IfNoneMatch: in.IfNoneMatch, CommitMultipartUploadDetails: objectstorage.CommitMultipartUploadDetails{PartsToCommit: parts}}
	out, err := s.client.CommitMultipartUpload(oci.Own(ctx), commit)
	info.ETag, info.ModifiedAt = oci.Value(out.ETag), oci.At(out.LastModified)
	return s.landed(ctx, key, fmt.Sprintf("%s-%d", base64.StdEncoding.EncodeToString(sums.Sum(nil)), len(parts)), tries, err, info)
}

// abort drops the parts of an upload that failed, also if nobody waits any more.
// What it cannot drop is left to the bucket's rule for uncommitted uploads.
func (s *Store) abort(ctx context.Context, key string, upload *string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_, _ = s.client.AbortMultipartUpload(oci.Own(ctx), objectstorage.AbortMultipartUploadRequest{NamespaceName: s.namespace, BucketName: s.bucket, ObjectName: &key, UploadId: upload, RequestMetadata: s.retry.Policy(nil)})
}

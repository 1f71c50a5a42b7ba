package ocitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oracle/oci-go-sdk/v65/common"
	"github.com/oracle/oci-go-sdk/v65/objectstorage"
)

var (
	shop, media = common.String("shop"), common.String("media")
	// once lets a call fail where the SDK would try again.
	once = common.NoRetryPolicy()
)

// open is the SDK's client of a server with an empty bucket.
func open(t *testing.T) (*Server, objectstorage.ObjectStorageClient) {
	t.Helper()
	s := New(t)
	s.AddBucket("shop", "media")
	c, err := objectstorage.NewObjectStorageClientWithConfigurationProvider(Provider())
	if err != nil {
		t.Fatal(err)
	}
	c.Host = s.URL
	return s, c
}

func put(t *testing.T, c objectstorage.ObjectStorageClient, name, body string) objectstorage.PutObjectResponse {
	t.Helper()
	out, err := c.PutObject(t.Context(), objectstorage.PutObjectRequest{NamespaceName: shop, BucketName: media, ObjectName: &name, PutObjectBody: io.NopCloser(strings.NewReader(body)),
		ContentLength: common.Int64(int64(len(body))), ContentType: common.String("text/plain"), OpcMeta: map[string]string{"colour": "red"}})
	if err != nil {
		t.Fatalf("PutObject(%q): %v", name, err)
	}
	return out
}

func get(ctx context.Context, c objectstorage.ObjectStorageClient, name string, change func(*objectstorage.GetObjectRequest)) (objectstorage.GetObjectResponse, string, error) {
	in := objectstorage.GetObjectRequest{NamespaceName: shop, BucketName: media, ObjectName: &name, RequestMetadata: common.RequestMetadata{RetryPolicy: &once}}
	if change != nil {
		change(&in)
	}
	out, err := c.GetObject(ctx, in)
	if err != nil {
		return out, "", err
	}
	defer out.Content.Close()
	body, err := io.ReadAll(out.Content)
	return out, string(body), err
}

// refused reports whether err is the service's error of that status and code.
func refused(err error, status int, code string) bool {
	f, ok := common.IsServiceError(err)
	return ok && f.GetHTTPStatusCode() == status && f.GetCode() == code && f.GetOpcRequestID() != ""
}

func TestObjectsKeepTheirNamesAndBytes(t *testing.T) {
	s, c := open(t)
	names := []string{"a", "a/b.jpg", "a//b", "ein Hut.png", "50% off?#x", "größe/ß", "a+b&c=d;e", "dots/../up", "tilde~'(x)*!", "back\\slash", "p/o/n/b"}
	for _, name := range names {
		put(t, c, name, "body of "+name)
	}
	for _, name := range names {
		if out, body, err := get(t.Context(), c, name, nil); err != nil || body != "body of "+name || *out.ContentType != "text/plain" || out.OpcMeta["colour"] != "red" || out.ContentMd5 == nil {
			t.Errorf("GetObject(%q) = %q, %v", name, body, err)
		}
	}
	slices.Sort(names)
	if have := s.Objects("shop", "media"); !slices.Equal(have, names) {
		t.Errorf("stored are %q, want %q", have, names)
	}
	if n, err := c.GetNamespace(t.Context(), objectstorage.GetNamespaceRequest{}); err != nil || *n.Value != "shop" {
		t.Errorf("GetNamespace: %v, %v", n, err)
	}
}

func TestObjectsAnswerRangesAndConditions(t *testing.T) {
	_, c := open(t)
	first := put(t, c, "a", "0123456789")
	for text, want := range map[string]string{"bytes=2-4": "234", "bytes=7-": "789", "bytes=-3": "789", "bytes=5-99": "56789"} {
		if out, body, err := get(t.Context(), c, "a", func(in *objectstorage.GetObjectRequest) { in.Range = &text }); err != nil || body != want || out.RawResponse.StatusCode != 206 {
			t.Errorf("%s = %q, %v", text, body, err)
		}
	}
	if _, _, err := get(t.Context(), c, "a", func(in *objectstorage.GetObjectRequest) { in.Range = common.String("bytes=10-") }); !refused(err, 416, "InvalidRange") {
		t.Errorf("a range beyond the end: %v", err)
	}
	if _, _, err := get(t.Context(), c, "a", func(in *objectstorage.GetObjectRequest) { in.IfMatch = common.String("other") }); !refused(err, 412, "IfMatchFailed") {
		t.Errorf("if-match of another: %v", err)
	}
	again := func(match, none *string) error {
		_, err := c.PutObject(t.Context(), objectstorage.PutObjectRequest{NamespaceName: shop, BucketName: media, ObjectName: common.String("a"), PutObjectBody: io.NopCloser(strings.NewReader("x")), ContentLength: common.Int64(1), IfMatch: match, IfNoneMatch: none})
		return err
	}
	if err := again(nil, common.String("*")); !refused(err, 412, "IfNoneMatchFailed") {
		t.Errorf("if-none-match: %v", err)
	}
	if err := again(first.ETag, nil); err != nil {
		t.Errorf("if-match of what is there: %v", err)
	}
	if err := again(first.ETag, nil); !refused(err, 412, "IfMatchFailed") {
		t.Errorf("if-match of what was there: %v", err)
	}
	_, err := c.PutObject(t.Context(), objectstorage.PutObjectRequest{NamespaceName: shop, BucketName: media, ObjectName: common.String("a"), PutObjectBody: io.NopCloser(strings.NewReader("x")), ContentLength: common.Int64(1), ContentMD5: common.String("AAAA")})
	if !refused(err, 400, "UnmatchedContentMD5") {
		t.Errorf("another MD5: %v", err)
	}
	gone := objectstorage.DeleteObjectRequest{NamespaceName: shop, BucketName: media, ObjectName: common.String("a")}
	if _, err := c.DeleteObject(t.Context(), gone); err != nil {
		t.Error(err)
	}
	if _, err := c.DeleteObject(t.Context(), gone); !refused(err, 404, "ObjectNotFound") {
		t.Errorf("deleting twice: %v", err)
	}
	if _, err := c.HeadObject(t.Context(), objectstorage.HeadObjectRequest{NamespaceName: shop, BucketName: media, ObjectName: common.String("a")}); !refused(err, 404, "BadErrorResponse") {
		t.Errorf("the head of nothing: %v", err)
	}
	gone.BucketName = common.String("other")
	if _, err := c.DeleteObject(t.Context(), gone); !refused(err, 404, "BucketNotFound") {
		t.Errorf("another bucket: %v", err)
	}
}

func TestObjectsAreListedByPages(t *testing.T) {
	_, c := open(t)
	for i := range 7 {
		put(t, c, fmt.Sprintf("p/%d", i), "xx")
	}
	put(t, c, "other", "x")
	list := func(change func(*objectstorage.ListObjectsRequest)) objectstorage.ListObjects {
		in := objectstorage.ListObjectsRequest{NamespaceName: shop, BucketName: media, Prefix: common.String("p/"), Limit: common.Int(3)}
		change(&in)
		out, err := c.ListObjects(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return out.ListObjects
	}
	var names []string
	var start *string
	for range 5 {
		page := list(func(in *objectstorage.ListObjectsRequest) { in.Start, in.Fields = start, common.String("name,size") })
		for _, o := range page.Objects {
			if *o.Size != 2 || o.Etag != nil {
				t.Errorf("%s has fields that were not asked for, or lacks one", *o.Name)
			}
			names = append(names, *o.Name)
		}
		if start = page.NextStartWith; start == nil {
			break
		}
	}
	if len(names) != 7 || !slices.IsSorted(names) {
		t.Errorf("pages held %q", names)
	}
	if page := list(func(in *objectstorage.ListObjectsRequest) { in.StartAfter = common.String("p/4") }); len(page.Objects) != 2 || *page.Objects[0].Name != "p/5" {
		t.Errorf("after p/4 comes %v", page.Objects)
	}
	if page := list(func(in *objectstorage.ListObjectsRequest) { in.Prefix, in.Delimiter = nil, common.String("/") }); len(page.Objects) != 1 || !slices.Equal(page.Prefixes, []string{"p/"}) {
		t.Errorf("by / there are %v and %v", page.Objects, page.Prefixes)
	}
}

func TestObjectsAreUploadedInParts(t *testing.T) {
	s, c := open(t)
	begun, err := c.CreateMultipartUpload(t.Context(), objectstorage.CreateMultipartUploadRequest{NamespaceName: shop, BucketName: media,
		CreateMultipartUploadDetails: objectstorage.CreateMultipartUploadDetails{Object: common.String("a/big"), ContentType: common.String("video/mp4")}})
	if err != nil {
		t.Fatal(err)
	}
	var parts []objectstorage.CommitMultipartUploadPartDetails
	for i, text := range []string{"one ", "two ", "three"} {
		out, err := c.UploadPart(t.Context(), objectstorage.UploadPartRequest{NamespaceName: shop, BucketName: media, ObjectName: common.String("a/big"), UploadId: begun.UploadId, UploadPartNum: common.Int(i + 1),
			UploadPartBody: io.NopCloser(strings.NewReader(text)), ContentLength: common.Int64(int64(len(text)))})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, objectstorage.CommitMultipartUploadPartDetails{PartNum: common.Int(i + 1), Etag: out.ETag})
	}
	if len(s.Objects("shop", "media")) != 0 || s.Uploads("shop", "media") != 1 {
		t.Error("the object is there before it is committed")
	}
	commit := objectstorage.CommitMultipartUploadRequest{NamespaceName: shop, BucketName: media, ObjectName: common.String("a/big"), UploadId: begun.UploadId,
		CommitMultipartUploadDetails: objectstorage.CommitMultipartUploadDetails{PartsToCommit: parts}}
	if _, err := c.CommitMultipartUpload(t.Context(), commit); err != nil {
		t.Fatal(err)
	}
	if out, body, err := get(t.Context(), c, "a/big", nil); err != nil || body != "one two three" || *out.ContentType != "video/mp4" || out.ContentMd5 != nil || !strings.HasSuffix(*out.OpcMultipartMd5, "-3") {
		t.Errorf("%q %v", body, err)
	}
	if _, err := c.AbortMultipartUpload(t.Context(), objectstorage.AbortMultipartUploadRequest{NamespaceName: shop, BucketName: media, ObjectName: common.String("a/big"), UploadId: begun.UploadId}); !refused(err, 404, "NoSuchUpload") {
		t.Errorf("aborting what is committed: %v", err)
	}
}

func TestAPassOpensOneThingForAWhile(t *testing.T) {
	s, c := open(t)
	now := time.Now()
	issue := func(access objectstorage.CreatePreauthenticatedRequestDetailsAccessTypeEnum) objectstorage.PreauthenticatedRequest {
		out, err := c.CreatePreauthenticatedRequest(t.Context(), objectstorage.CreatePreauthenticatedRequestRequest{NamespaceName: shop, BucketName: media,
			CreatePreauthenticatedRequestDetails: objectstorage.CreatePreauthenticatedRequestDetails{Name: common.String("n"), AccessType: access, ObjectName: common.String("a/b c"), TimeExpires: &common.SDKTime{Time: now.Add(time.Minute)}}})
		if err != nil {
			t.Fatal(err)
		}
		return out.PreauthenticatedRequest
	}
	use := func(method, url string) int {
		r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte("hi")))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	write, read := issue("ObjectWrite"), issue("ObjectRead")
	for i, got := range []int{use("PUT", s.URL+*write.AccessUri), use("GET", s.URL+*write.AccessUri), use("GET", s.URL+*read.AccessUri), use("PUT", s.URL+*read.AccessUri), use("PUT", strings.Replace(s.URL+*write.AccessUri, "b%20c", "other", 1))} {
		if want := []int{200, 404, 200, 404, 404}[i]; got != want {
			t.Errorf("use %d: %d, want %d", i, got, want)
		}
	}
	if list, err := c.ListPreauthenticatedRequests(t.Context(), objectstorage.ListPreauthenticatedRequestsRequest{NamespaceName: shop, BucketName: media}); err != nil || len(list.Items) != 2 {
		t.Errorf("list: %v %v", list.Items, err)
	}
	if _, err := c.DeletePreauthenticatedRequest(t.Context(), objectstorage.DeletePreauthenticatedRequestRequest{NamespaceName: shop, BucketName: media, ParId: write.Id}); err != nil {
		t.Error(err)
	}
	if got := use("PUT", s.URL+*write.AccessUri); got != 404 {
		t.Errorf("a deleted pass: %d", got)
	}
	s.Now = func() time.Time { return now.Add(time.Minute) }
	if got := use("GET", s.URL+*read.AccessUri); got != 404 {
		t.Errorf("an expired pass: %d", got)
	}
}

func TestACopyIsToldByAWorkRequest(t *testing.T) {
	s, c := open(t)
	put(t, c, "a", "hello")
	out, err := c.CopyObject(t.Context(), objectstorage.CopyObjectRequest{NamespaceName: shop, BucketName: media, CopyObjectDetails: objectstorage.CopyObjectDetails{SourceObjectName: common.String("a"),
		DestinationRegion: common.String(Region), DestinationNamespace: shop, DestinationBucket: media, DestinationObjectName: common.String("b/c")}})
	if err != nil || out.OpcWorkRequestId == nil {
		t.Fatalf("%v %v", out, err)
	}
	if w, err := c.GetWorkRequest(t.Context(), objectstorage.GetWorkRequestRequest{WorkRequestId: out.OpcWorkRequestId}); err != nil || w.Status != objectstorage.WorkRequestStatusCompleted {
		t.Errorf("work request: %v %v", w.Status, err)
	}
	if _, body, err := get(t.Context(), c, "b/c", nil); err != nil || body != "hello" || s.Calls("CopyObject") != 1 {
		t.Errorf("the copy is %q, %v", body, err)
	}
}

func TestMishapsLookLikeThoseOfANetwork(t *testing.T) {
	s, c := open(t)
	put(t, c, "a", strings.Repeat("x", 100_000))
	tests := map[string]struct {
		mishap Mishap
		holds  func(body string, err error) bool
	}{
		"throttled": {Throttle("GetObject", 1), func(_ string, err error) bool { return refused(err, 429, "TooManyRequests") }},
		"down":      {Mishap{Failure: Failure{503, "ServiceUnavailable", "later"}}, func(_ string, err error) bool { return refused(err, 503, "ServiceUnavailable") }},
		"reset in the body": {Mishap{Reset: true, Keep: 70_000}, func(body string, err error) bool {
			return err != nil && common.IsNetworkError(err) && len(body) <= 70_000
		}},
		"short":   {Mishap{Shorten: 10}, func(body string, err error) bool { return err == nil && len(body) == 99_990 }},
		"corrupt": {Mishap{Corrupt: true}, func(body string, err error) bool { return err == nil && strings.Count(body, "x") == 99_999 }},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s.Spoil(tc.mishap)
			if _, body, err := get(t.Context(), c, "a", nil); !tc.holds(body, err) {
				t.Errorf("%d bytes, %v", len(body), err)
			}
			if _, body, err := get(t.Context(), c, "a", nil); err != nil || len(body) != 100_000 {
				t.Errorf("afterwards: %d bytes, %v", len(body), err)
			}
		})
	}
	t.Run("answer lost", func(t *testing.T) { // of a PUT: net/http asks again for a GET by itself
		s.Spoil(Mishap{Lose: true})
		_, err := c.PutObject(t.Context(), objectstorage.PutObjectRequest{NamespaceName: shop, BucketName: media, ObjectName: common.String("lost"), PutObjectBody: io.NopCloser(strings.NewReader("x")),
			ContentLength: common.Int64(1), RequestMetadata: common.RequestMetadata{RetryPolicy: &once}})
		if err == nil || !slices.Contains(s.Objects("shop", "media"), "lost") {
			t.Errorf("%v; stored are %q", err, s.Objects("shop", "media"))
		}
	})
	t.Run("twice", func(t *testing.T) {
		s.Spoil(Mishap{Twice: true})
		_, err := c.DeleteObject(t.Context(), objectstorage.DeleteObjectRequest{NamespaceName: shop, BucketName: media, ObjectName: common.String("a")})
		if !refused(err, 404, "ObjectNotFound") {
			t.Errorf("the repetition found %v", err)
		}
	})
	t.Run("slow", func(t *testing.T) {
		s.Spoil(Mishap{Delay: 30 * time.Millisecond})
		start := time.Now()
		put(t, c, "b", "x")
		if took := time.Since(start); took < 30*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

package ocitest

import (
	"crypto/md5" //nolint:gosec // the service's checksum
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stored is an object of a bucket.
type stored struct {
	data             []byte
	header           http.Header // content-type, cache-control and the like, opc-meta-*
	etag             string
	md5              string // base64; of parts for what was uploaded in parts
	parts            int    // 0 for what was put at once
	created, changed time.Time
}

// bucket is a bucket of Object Storage.
type bucket struct {
	objects map[string]*stored
	uploads map[string]*upload
}

// AddBucket makes an empty bucket.
func (s *Server) AddBucket(namespace, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[namespace+"/"+name] = &bucket{map[string]*stored{}, map[string]*upload{}}
}

// Objects lists the names of the objects in a bucket, in order.
func (s *Server) Objects(namespace, name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.buckets[namespace+"/"+name].objects))
}

const (
	bucketPath = "/n/{namespace}/b/{bucket}"
	objectPath = bucketPath + "/o/{object...}"
)

func (s *Server) objectRoutes() []route {
	return []route{
		{"GetNamespace", "GET", "/n/", whole, s.getNamespace},
		{"GetNamespace", "GET", "/n", whole, s.getNamespace},
		{"GetBucket", "GET", bucketPath, whole, s.getBucket},
		{"HeadBucket", "HEAD", bucketPath, whole, s.getBucket},
		{"ListObjects", "GET", bucketPath + "/o", whole, s.listObjects},
		{"PutObject", "PUT", objectPath, bodiless, s.putObject},
		{"GetObject", "GET", objectPath, whole, s.getObject},
		{"HeadObject", "HEAD", objectPath, whole, s.getObject},
		{"DeleteObject", "DELETE", objectPath, whole, s.deleteObject},
		{"CopyObject", "POST", bucketPath + "/actions/copyObject", whole, s.copyObject},
		{"GetWorkRequest", "GET", "/workRequests/{id}", whole, s.getCopy},
	}
}

func (s *Server) getNamespace(w http.ResponseWriter, _ *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.buckets {
		namespace, _, _ := strings.Cut(name, "/")
		answer(w, http.StatusOK, namespace)
		return nil
	}
	answer(w, http.StatusOK, "empty")
	return nil
}

func (s *Server) getBucket(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.bucket(r); err != nil {
		return err
	}
	answer(w, http.StatusOK, map[string]any{"namespace": r.part["namespace"], "name": r.part["bucket"], "compartmentId": "ocid1.compartment.oc1..aaaatest",
		"metadata": map[string]string{}, "createdBy": User, "timeCreated": s.Now().UTC().Format(time.RFC3339Nano), "etag": "bucket"})
	return nil
}

// bucket finds the bucket of a request. s.mu is held.
func (s *Server) bucket(r *request) (*bucket, error) {
	b, ok := s.buckets[r.part["namespace"]+"/"+r.part["bucket"]]
	if !ok {
		return nil, Failure{http.StatusNotFound, "BucketNotFound", fmt.Sprintf("Either the bucket named '%s' does not exist in the namespace '%s' or you are not authorized to access it", r.part["bucket"], r.part["namespace"])}
	}
	return b, nil
}

func (b *bucket) object(r *request) (*stored, error) {
	o, ok := b.objects[r.part["object"]]
	if !ok {
		return nil, Failure{http.StatusNotFound, "ObjectNotFound", fmt.Sprintf("The object '%s' was not found in the bucket '%s'", r.part["object"], r.part["bucket"])}
	}
	return o, nil
}

// conditions holds the preconditions of a write against what is there.
func conditions(r *request, now *stored) error {
	if want := r.Header.Get("If-Match"); want != "" && (now == nil || want != "*" && want != now.etag) {
		return Failure{http.StatusPreconditionFailed, "IfMatchFailed", "The If-Match header did not match the ETag of the object."}
	}
	if r.Header.Get("If-None-Match") == "*" && now != nil {
		return Failure{http.StatusPreconditionFailed, "IfNoneMatchFailed", "The object exists already."}
	}
	return nil
}

func (s *Server) putObject(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(r)
	if err != nil {
		return err
	}
	name := r.part["object"]
	if err := conditions(r, b.objects[name]); err != nil {
		return err
	}
	sum, err := checkMD5(r)
	if err != nil {
		return err
	}
	o := &stored{data: r.body, header: http.Header{}, etag: newID(), md5: sum, created: s.Now(), changed: s.Now()}
	o.header.Set("Content-Type", "application/octet-stream")
	for key, values := range r.Header {
		if slices.Contains(describing, key) || strings.HasPrefix(key, "Opc-Meta-") {
			o.header[key] = values
		}
	}
	if old := b.objects[name]; old != nil {
		o.created = old.created
	}
	b.objects[name] = o
	w.Header().Set("ETag", o.etag)
	w.Header().Set("Opc-Content-Md5", o.md5)
	w.Header().Set("Last-Modified", o.changed.UTC().Format(http.TimeFormat))
	w.WriteHeader(http.StatusOK)
	return nil
}

// describing are the headers that an object keeps and gives back.
var describing = []string{"Content-Type", "Cache-Control", "Content-Language", "Content-Encoding", "Content-Disposition"}

// checkMD5 is the checksum of a body, which Content-MD5 must name if it is there.
func checkMD5(r *request) (string, error) {
	digest := md5.Sum(r.body) //nolint:gosec // the service's checksum
	sum := base64.StdEncoding.EncodeToString(digest[:])
	if want := r.Header.Get("Content-Md5"); want != "" && want != sum {
		return "", Failure{http.StatusBadRequest, "UnmatchedContentMD5", fmt.Sprintf("The computed MD5 of the request body (%s) does not match the Content-MD5 header (%s)", sum, want)}
	}
	return sum, nil
}

// find looks an object up; what is stored does not change any more.
func (s *Server) find(r *request) (*stored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(r)
	if err != nil {
		return nil, err
	}
	return b.object(r)
}

func (s *Server) getObject(w http.ResponseWriter, r *request) error {
	o, err := s.find(r)
	if err != nil {
		return err
	}
	if want := r.Header.Get("If-Match"); want != "" && want != "*" && want != o.etag {
		return Failure{http.StatusPreconditionFailed, "IfMatchFailed", "The If-Match header did not match the ETag of the object."}
	}
	h := w.Header()
	h.Set("ETag", o.etag)
	if have := r.Header.Get("If-None-Match"); have == "*" || have == o.etag {
		return Failure{Status: http.StatusNotModified}
	}
	maps.Copy(h, o.header)
	h.Set("Last-Modified", o.changed.UTC().Format(http.TimeFormat))
	h.Set("Accept-Ranges", "bytes")
	if o.parts > 0 {
		h.Set("Opc-Multipart-Md5", o.md5)
	} else {
		h.Set("Content-Md5", o.md5)
	}
	data, status := o.data, http.StatusOK
	if text := r.Header.Get("Range"); text != "" && r.Method == http.MethodGet {
		from, to, ok := span(text, len(data))
		if !ok {
			h.Set("Content-Range", fmt.Sprintf("bytes */%d", len(data)))
			return Failure{http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The range " + text + " is not in the object."}
		}
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(data)))
		data, status = data[from:to], http.StatusPartialContent
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(data)
	}
	return nil
}

// span reads a single range (RFC 9110, 14.1.2) of size bytes.
func span(text string, size int) (from, to int, ok bool) {
	first, last, ok := strings.Cut(strings.TrimPrefix(text, "bytes="), "-")
	if !ok || !strings.HasPrefix(text, "bytes=") {
		return 0, 0, false
	}
	if first == "" {
		n, err := strconv.Atoi(last)
		return max(0, size-n), size, err == nil && n > 0 && size > 0
	}
	from, err := strconv.Atoi(first)
	if err != nil || from < 0 || from >= size {
		return 0, 0, false
	}
	if last == "" {
		return from, size, true
	}
	to, err = strconv.Atoi(last)
	return from, min(to+1, size), err == nil && to >= from
}

func (s *Server) deleteObject(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(r)
	if err != nil {
		return err
	}
	o, err := b.object(r)
	if err != nil {
		return err
	}
	if err := conditions(r, o); err != nil {
		return err
	}
	delete(b.objects, r.part["object"])
	w.Header().Set("Last-Modified", s.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// listObjects answers a page: names in order of their bytes, from start on or
// after startAfter, only what fields ask for.
func (s *Server) listObjects(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	limit := 1000
	if text := q.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 1000 {
			return Failure{http.StatusBadRequest, "InvalidParameter", "limit must be between 1 and 1000"}
		}
	}
	out := struct {
		Objects       []map[string]any `json:"objects"`
		Prefixes      []string         `json:"prefixes,omitempty"`
		NextStartWith string           `json:"nextStartWith,omitempty"`
	}{Objects: []map[string]any{}}
	fields := strings.Split(q.Get("fields"), ",")
	for _, name := range slices.Sorted(maps.Keys(b.objects)) {
		if !strings.HasPrefix(name, q.Get("prefix")) || name < q.Get("start") || q.Has("startAfter") && name <= q.Get("startAfter") || q.Get("end") != "" && name >= q.Get("end") {
			continue
		}
		if len(out.Objects)+len(out.Prefixes) == limit {
			out.NextStartWith = name
			break
		}
		if d := q.Get("delimiter"); d != "" {
			if head, _, ok := strings.Cut(strings.TrimPrefix(name, q.Get("prefix")), d); ok {
				if p := q.Get("prefix") + head + d; !slices.Contains(out.Prefixes, p) {
					out.Prefixes = append(out.Prefixes, p)
				}
				continue
			}
		}
		out.Objects = append(out.Objects, b.objects[name].summary(name, fields))
	}
	answer(w, http.StatusOK, out)
	return nil
}

func (o *stored) summary(name string, fields []string) map[string]any {
	all := map[string]any{"size": len(o.data), "md5": o.md5, "etag": o.etag, "storageTier": "Standard",
		"timeCreated": o.created.UTC().Format(time.RFC3339Nano), "timeModified": o.changed.UTC().Format(time.RFC3339Nano)}
	out := map[string]any{"name": name}
	for _, f := range fields {
		if v, ok := all[f]; ok {
			out[f] = v
		}
	}
	return out
}

// copyObject copies at once; the service does it later and tells by a work
// request, so the answer names one.
func (s *Server) copyObject(w http.ResponseWriter, r *request) error {
	var in struct {
		SourceObjectName, DestinationRegion, DestinationNamespace, DestinationBucket, DestinationObjectName string
		SourceObjectIfMatchETag, DestinationObjectIfNoneMatchETag                                           string
	}
	if err := r.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from, err := s.bucket(r)
	if err != nil {
		return err
	}
	source := &request{r.Request, map[string]string{"object": in.SourceObjectName, "bucket": r.part["bucket"]}, nil}
	o, err := from.object(source)
	if err != nil {
		return err
	}
	to, err := s.bucket(&request{r.Request, map[string]string{"namespace": in.DestinationNamespace, "bucket": in.DestinationBucket}, nil})
	if err != nil {
		return err
	}
	if in.SourceObjectIfMatchETag != "" && in.SourceObjectIfMatchETag != o.etag || in.DestinationObjectIfNoneMatchETag == "*" && to.objects[in.DestinationObjectName] != nil {
		return Failure{http.StatusPreconditionFailed, "IfMatchFailed", "A condition of the copy does not hold."}
	}
	c := *o
	c.etag, c.created, c.changed = newID(), s.Now(), s.Now()
	to.objects[in.DestinationObjectName] = &c
	id := "ocid1.objectstorageworkrequest.oc1.." + newID()
	s.copies[id] = "COMPLETED"
	w.Header().Set("Opc-Work-Request-Id", id)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (s *Server) getCopy(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, ok := s.copies[r.part["id"]]
	if !ok {
		return Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", "There is no work request " + r.part["id"]}
	}
	answer(w, http.StatusOK, map[string]any{"id": r.part["id"], "status": status, "operationType": "COPY_OBJECT", "percentComplete": 100.0})
	return nil
}

package ocitest

import (
	"crypto/md5" //nolint:gosec // the service's checksum
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// upload is an object that is being uploaded in parts.
type upload struct {
	object string
	header http.Header
	parts  map[int]*stored
	began  time.Time
}

const uploadPath = bucketPath + "/u/{object...}"

func (s *Server) multipartRoutes() []route {
	return []route{
		{"CreateMultipartUpload", "POST", bucketPath + "/u", whole, s.createUpload},
		{"ListMultipartUploads", "GET", bucketPath + "/u", whole, s.listUploads},
		{"UploadPart", "PUT", uploadPath, bodiless, s.putPart},
		{"CommitMultipartUpload", "POST", uploadPath, whole, s.commitUpload},
		{"AbortMultipartUpload", "DELETE", uploadPath, whole, s.abortUpload},
	}
}

func (s *Server) createUpload(w http.ResponseWriter, r *request) error {
	var in struct {
		Object, ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage string
		Metadata                                                                                map[string]string
	}
	if err := r.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(r)
	if err != nil {
		return err
	}
	if in.Object == "" {
		return Failure{http.StatusBadRequest, "InvalidParameter", "object is missing"}
	}
	if err := conditions(r, b.objects[in.Object]); err != nil {
		return err
	}
	u := &upload{in.Object, http.Header{}, map[int]*stored{}, s.Now()}
	u.header.Set("Content-Type", "application/octet-stream")
	for name, value := range map[string]string{"Content-Type": in.ContentType, "Cache-Control": in.CacheControl, "Content-Disposition": in.ContentDisposition,
		"Content-Encoding": in.ContentEncoding, "Content-Language": in.ContentLanguage} {
		if value != "" {
			u.header.Set(name, value)
		}
	}
	for name, value := range in.Metadata {
		u.header.Set("Opc-Meta-"+strings.TrimPrefix(name, "opc-meta-"), value)
	}
	id := newID()
	b.uploads[id] = u
	answer(w, http.StatusOK, u.view(r, id))
	return nil
}

func (u *upload) view(r *request, id string) map[string]any {
	return map[string]any{"namespace": r.part["namespace"], "bucket": r.part["bucket"], "object": u.object, "uploadId": id,
		"timeCreated": u.began.UTC().Format(time.RFC3339Nano)}
}

func (s *Server) listUploads(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.bucket(r)
	if err != nil {
		return err
	}
	out := []map[string]any{}
	for id, u := range b.uploads {
		out = append(out, u.view(r, id))
	}
	answer(w, http.StatusOK, out)
	return nil
}

// upload finds the upload of a request. s.mu is held.
func (s *Server) upload(r *request) (*bucket, *upload, string, error) {
	b, err := s.bucket(r)
	if err != nil {
		return nil, nil, "", err
	}
	id := r.URL.Query().Get("uploadId")
	u, ok := b.uploads[id]
	if !ok || u.object != r.part["object"] {
		return nil, nil, "", Failure{http.StatusNotFound, "NoSuchUpload", "There is no upload " + id + " of " + r.part["object"]}
	}
	return b, u, id, nil
}

func (s *Server) putPart(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, u, _, err := s.upload(r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.URL.Query().Get("uploadPartNum"))
	if err != nil || n < 1 || n > 10_000 {
		return Failure{http.StatusBadRequest, "InvalidParameter", "uploadPartNum must be between 1 and 10000"}
	}
	sum, err := checkMD5(r)
	if err != nil {
		return err
	}
	u.parts[n] = &stored{data: r.body, md5: sum, etag: newID()}
	w.Header().Set("ETag", u.parts[n].etag)
	w.Header().Set("Opc-Content-Md5", sum)
	w.WriteHeader(http.StatusOK)
	return nil
}

// commitUpload puts the named parts together in order of their numbers.
func (s *Server) commitUpload(w http.ResponseWriter, r *request) error {
	var in struct {
		PartsToCommit []struct {
			PartNum int
			Etag    string
		}
	}
	if err := r.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, u, id, err := s.upload(r)
	if err != nil {
		return err
	}
	if err := conditions(r, b.objects[u.object]); err != nil {
		return err
	}
	slices.SortFunc(in.PartsToCommit, func(a, b struct {
		PartNum int
		Etag    string
	}) int {
		return a.PartNum - b.PartNum
	})
	o := &stored{header: u.header, etag: newID(), parts: len(in.PartsToCommit), created: s.Now(), changed: s.Now()}
	sums := md5.New() //nolint:gosec // the service's checksum
	for _, p := range in.PartsToCommit {
		part := u.parts[p.PartNum]
		if part == nil || part.etag != p.Etag {
			return Failure{http.StatusBadRequest, "InvalidUploadPart", fmt.Sprintf("Part %d with etag %s was not uploaded.", p.PartNum, p.Etag)}
		}
		o.data = append(o.data, part.data...)
		raw, err := base64.StdEncoding.DecodeString(part.md5)
		if err != nil {
			return err
		}
		sums.Write(raw)
	}
	if len(in.PartsToCommit) == 0 {
		return Failure{http.StatusBadRequest, "InvalidParameter", "partsToCommit is empty"}
	}
	o.md5 = fmt.Sprintf("%s-%d", base64.StdEncoding.EncodeToString(sums.Sum(nil)), o.parts)
	b.objects[u.object] = o
	delete(b.uploads, id)
	w.Header().Set("ETag", o.etag)
	w.Header().Set("Opc-Multipart-Md5", o.md5)
	w.Header().Set("Last-Modified", o.changed.UTC().Format(http.TimeFormat))
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Server) abortUpload(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, _, id, err := s.upload(r)
	if err != nil {
		return err
	}
	delete(b.uploads, id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Uploads counts the uploads in parts that were neither committed nor aborted.
func (s *Server) Uploads(namespace, name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.buckets[namespace+"/"+name].uploads)
}

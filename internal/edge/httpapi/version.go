package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"tradewind/internal/platform/fault"
)

// What staff write has a version, which is its ETag. A write names the version
// that it was made from, so that two people cannot undo each other unseen
// (RFC 9110, 13.1.1; RFC 6585, 3).

// ifMatch returns the version in the header If-Match. Without it the code is
// "precondition-required". What is no version of ours gives "changed-meanwhile", as
// does, from the store, one that is over.
func ifMatch(r *http.Request) (version int64, err error) {
	tag := r.Header.Get("If-Match")
	if tag == "" {
		return 0, fault.New(fault.Unconditional, "precondition-required", "Send If-Match with the ETag of what you are about to change.")
	}
	inner, ok := strings.CutPrefix(tag, `"`)
	if inner, end := strings.CutSuffix(inner, `"`); ok && end {
		if version, err = strconv.ParseInt(inner, 10, 64); err == nil && version > 0 {
			return version, nil
		}
	}
	return 0, fault.ChangedMeanwhile("thing with the tag " + clean(tag))
}

// encodeVersion answers with v and its version as ETag. Such answers are not
// compressed: a tag for If-Match must be that of the very bytes.
func encodeVersion(w http.ResponseWriter, r *http.Request, status int, version int64, v any) error {
	body, err := marshal(v)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "private, no-store")
	h.Set("ETag", `"`+strconv.FormatInt(version, 10)+`"`)
	if safe(r.Method) && matches(r, h.Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

package ocitest

import (
	"encoding/base64"
	"net/http"
)

// SetSecret gives a secret of Vault its current content.
func (s *Server) SetSecret(id, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[id] = content
}

func (s *Server) secretRoutes() []route {
	return []route{{"GetSecretBundle", "GET", "/20190301/secretbundles/{secret}", whole, s.getSecretBundle}}
}

func (s *Server) getSecretBundle(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.part["secret"]
	content, ok := s.secrets[id]
	if stage := r.URL.Query().Get("stage"); !ok || stage != "" && stage != "CURRENT" {
		return Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."}
	}
	answer(w, http.StatusOK, map[string]any{"secretId": id, "versionNumber": 1, "timeCreated": stamp(s.Now()), "stages": []string{"CURRENT", "LATEST"},
		"secretBundleContent": map[string]string{"contentType": "BASE64", "content": base64.StdEncoding.EncodeToString([]byte(content))}})
	return nil
}

package ocitest

import (
	"net/http"
	"slices"
)

// maxNotice bounds the body of a published message.
const maxNotice = 64 << 10

// Notice is a message that was published.
type Notice struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

// AddTopic makes a topic of Notifications; state is ACTIVE, CREATING or DELETING.
func (s *Server) AddTopic(id, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.topics[id], s.topicStates[id] = nil, state
}

// Notices returns what was published to a topic.
func (s *Server) Notices(id string) []Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.topics[id])
}

func (s *Server) topicRoutes() []route {
	return []route{
		{"GetTopic", "GET", "/20181201/topics/{topic}", whole, s.getTopic},
		{"PublishMessage", "POST", "/20181201/topics/{topic}/messages", whole, s.publishMessage},
	}
}

func (s *Server) getTopic(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.part["topic"]
	state, ok := s.topicStates[id]
	if !ok {
		return Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."}
	}
	answer(w, http.StatusOK, map[string]any{"name": "operators", "topicId": id, "compartmentId": "ocid1.compartment.oc1..aaaatest", "lifecycleState": state,
		"timeCreated": stamp(s.Now()), "apiEndpoint": s.URL})
	return nil
}

func (s *Server) publishMessage(w http.ResponseWriter, r *request) error {
	var in Notice
	if err := r.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.part["topic"]
	switch {
	case s.topicStates[id] != "ACTIVE":
		return Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."}
	case in.Body == "":
		return Failure{http.StatusBadRequest, "InvalidParameter", "body is empty"}
	case len(r.body) > maxNotice:
		return Failure{http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The message is larger than 64 KB."}
	case r.Header.Get("messageType") != "RAW_TEXT" && r.Header.Get("messageType") != "":
		return Failure{http.StatusBadRequest, "InvalidParameter", "messageType " + r.Header.Get("messageType")}
	}
	s.topics[id] = append(s.topics[id], in)
	answer(w, http.StatusAccepted, map[string]any{"messageId": newID(), "timeStamp": stamp(s.Now())})
	return nil
}

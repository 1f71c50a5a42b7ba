package ocitest

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"sync/atomic"
	"time"
)

// What a stream takes; from the service's documentation of limits.
const (
	maxStreamRequest = 1 << 20
	maxStreamKey     = 256
)

// record is one in a partition of a stream, under an offset of its own.
type record struct {
	key, value []byte
	at         time.Time
}

// streamState is a stream of Streaming.
type streamState struct {
	id         string
	partitions [][]record
	groups     map[string]*streamGroup
	cursors    map[string]*groupCursor
	refuse     int // messages of coming puts that are refused
}

// streamClock is the clock of streams, apart from that of signatures.
type streamClock struct {
	now atomic.Pointer[func() time.Time]
}

// SetStreamClock lets the streams of a Server go by another clock.
func (s *Server) SetStreamClock(now func() time.Time) { s.clock.now.Store(&now) }

func (s *Server) streamNow() time.Time {
	if now := s.clock.now.Load(); now != nil {
		return (*now)().UTC()
	}
	return s.Now().UTC()
}

// AddStream makes an empty stream and returns its id.
func (s *Server) AddStream(name string, partitions int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := "ocid1.stream.oc1.." + name
	s.streams[id] = &streamState{id: id, partitions: make([][]record, partitions), groups: map[string]*streamGroup{}, cursors: map[string]*groupCursor{}}
	return id
}

// RefuseMessages lets a stream refuse every second of the next 2n messages, as
// it does when a partition has too much to do.
func (s *Server) RefuseMessages(stream string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams[stream].refuse = 2 * n
}

// StreamValues returns the values in a stream, partition by partition.
func (s *Server) StreamValues(stream string) (values []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.streams[stream].partitions {
		for _, m := range p {
			values = append(values, string(m.value))
		}
	}
	return values
}

// The version in the paths is that of the SDK's client.
const streamPath = "/20180418/streams/{stream}"

func (s *Server) streamRoutes() []route {
	return []route{
		{"GetStream", "GET", streamPath, whole, s.getStream},
		{"PutMessages", "POST", streamPath + "/messages", bodiless, s.appendMessages}, // as the SDK signs it,
		{"GetMessages", "GET", streamPath + "/messages", whole, s.readMessages},
		{"CreateGroupCursor", "POST", streamPath + "/groupCursors", whole, s.createGroupCursor},
		{"ConsumerCommit", "POST", streamPath + "/commit", whole, s.consumerCommit},
		{"ConsumerHeartbeat", "POST", streamPath + "/heartbeat", whole, s.consumerHeartbeat},
		{"GetGroup", "GET", streamPath + "/groups/{group}", whole, s.getGroup},
		{"UpdateGroup", "PUT", streamPath + "/groups/{group}", whole, s.updateGroup},
	}
}

// stream finds the stream of a request. s.mu is held.
func (s *Server) stream(r *request) (*streamState, error) {
	st, ok := s.streams[r.part["stream"]]
	if !ok {
		return nil, Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", fmt.Sprintf("Authorization failed or requested resource not found: %s", r.part["stream"])}
	}
	return st, nil
}

func (s *Server) getStream(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, err := s.stream(r)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, map[string]any{"name": "facts", "id": st.id, "partitions": len(st.partitions), "retentionInHours": 24, "compartmentId": "ocid1.compartment.oc1..aaaatest",
		"streamPoolId": "ocid1.streampool.oc1..aaaatest", "lifecycleState": "ACTIVE", "timeCreated": s.Now().UTC().Format(time.RFC3339Nano), "messagesEndpoint": s.URL})
	return nil
}

type putEntry struct {
	Key   []byte `json:"key"` // base64 on the wire
	Value []byte `json:"value"`
}

type putResult struct {
	Partition *string `json:"partition,omitempty"`
	Offset    *int64  `json:"offset,omitempty"`
	Timestamp string  `json:"timestamp,omitempty"`
	Error     string  `json:"error,omitempty"`
	Message   string  `json:"errorMessage,omitempty"`
}

func (s *Server) appendMessages(w http.ResponseWriter, r *request) error {
	var in struct {
		Messages []putEntry `json:"messages"`
	}
	if err := r.decode(&in); err != nil {
		return err
	}
	size := 0
	for _, m := range in.Messages {
		size += len(m.Key) + len(m.Value)
		if m.Value == nil || len(m.Key) > maxStreamKey {
			return Failure{http.StatusBadRequest, "InvalidParameter", "A message has no value, or a key of more than 256 bytes."}
		}
	}
	if len(in.Messages) == 0 || size > maxStreamRequest {
		return Failure{http.StatusBadRequest, "InvalidParameter", fmt.Sprintf("The request has %d messages of %d bytes; at least one and at most %d bytes are possible.", len(in.Messages), size, maxStreamRequest)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st, err := s.stream(r)
	if err != nil {
		return err
	}
	failures, results := 0, make([]putResult, len(in.Messages))
	for i, m := range in.Messages {
		if st.refuse > 0 {
			if st.refuse--; st.refuse%2 == 1 {
				failures++
				results[i] = putResult{Error: "429", Message: "Too many requests for the partition."}
				continue
			}
		}
		results[i] = st.put(m, s.streamNow())
	}
	answer(w, http.StatusOK, map[string]any{"failures": failures, "entries": results})
	return nil
}

func (st *streamState) put(m putEntry, now time.Time) putResult {
	if len(m.Key) == 0 {
		m.Key = []byte(newID())
	}
	h := fnv.New32()
	_, _ = h.Write(m.Key) // never fails
	p := int(h.Sum32() % uint32(len(st.partitions)))
	name, offset := fmt.Sprint(p), int64(len(st.partitions[p]))
	st.partitions[p] = append(st.partitions[p], record{m.Key, m.Value, now})
	return putResult{Partition: &name, Offset: &offset, Timestamp: now.Format(time.RFC3339Nano)}
}

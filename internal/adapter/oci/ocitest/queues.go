package ocitest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The limits of Queue as its API reference and its command line's help have
// them; how large messages may be is a service limit that can be raised.
const (
	queueBatch    = 20
	queueLimit    = 32
	queueWait     = 30        // seconds
	queueVisible  = 12 * 3600 // seconds
	queueMessage  = 128 << 10 // bytes
	queueRequest  = 512 << 10 // bytes
	queueChannels = 256
)

// QueueSettings is what a queue is made with.
type QueueSettings struct {
	DeadLetterCount int // 0 for none
	Retention       time.Duration
	State           string // "ACTIVE" unless set
}

// message is one of a queue.
type message struct {
	id                    int64
	channel, content      string
	custom                map[string]string
	created, visibleAfter time.Time
	deliveries            int
	dead                  bool
}

func (m *message) receipt() string { return fmt.Sprintf("%d-%d", m.id, m.deliveries) }

// workQueue is a queue of Queue.
type workQueue struct {
	QueueSettings
	made     time.Time
	next     int64
	messages []*message // in order of their making
}

// AddQueue makes an empty queue.
func (s *Server) AddQueue(id string, how QueueSettings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if how.State == "" {
		how.State = "ACTIVE"
	}
	if how.Retention == 0 {
		how.Retention = 24 * time.Hour
	}
	s.queues[id] = &workQueue{QueueSettings: how, made: s.queueTime(), next: 1}
}

// PassQueues lets time pass for queues, not for signatures.
func (s *Server) PassQueues(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queueLead += d
}

// QueueSize counts the messages of a queue, dead ones apart.
func (s *Server) QueueSize(id string) (alive, dead int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.queues[id].messages {
		if m.dead {
			dead++
		} else {
			alive++
		}
	}
	return alive, dead
}

// queueTime is the time of queues. s.mu is held.
func (s *Server) queueTime() time.Time { return s.Now().Add(s.queueLead).UTC() }

const queuePath = "/20210201/queues/{queue}"

func (s *Server) queueRoutes() []route {
	return []route{
		{"GetQueue", "GET", queuePath, whole, s.getQueue},
		{"GetStats", "GET", queuePath + "/stats", whole, s.getStats},
		{"ListChannels", "GET", queuePath + "/channels", whole, s.listChannels},
		{"PutMessages", "POST", queuePath + "/messages", whole, s.putMessages},
		{"GetMessages", "GET", queuePath + "/messages", whole, s.getMessages},
		{"DeleteMessages", "POST", queuePath + "/messages/actions/deleteMessages", whole, s.deleteMessages},
		{"UpdateMessages", "POST", queuePath + "/messages/actions/updateMessages", whole, s.updateMessages},
		{"DeleteMessage", "DELETE", queuePath + "/messages/{receipt}", whole, s.deleteMessage},
		{"UpdateMessage", "PUT", queuePath + "/messages/{receipt}", whole, s.updateMessage},
	}
}

// queue finds the queue of a request and brings it up to the time. s.mu is held.
func (s *Server) queue(r *request) (*workQueue, error) {
	q, ok := s.queues[r.part["queue"]]
	if !ok {
		return nil, Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."}
	}
	now := s.queueTime()
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return now.After(m.created.Add(q.Retention)) })
	for _, m := range q.messages {
		if q.DeadLetterCount > 0 && m.deliveries >= q.DeadLetterCount && !m.visibleAfter.After(now) {
			m.dead = true
		}
	}
	return q, nil
}

func (s *Server) getQueue(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(r)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, map[string]any{"id": r.part["queue"], "displayName": "work", "compartmentId": "ocid1.compartment.oc1..aaaatest", "lifecycleState": q.State,
		"messagesEndpoint": s.URL, "retentionInSeconds": int(q.Retention.Seconds()), "visibilityInSeconds": 30, "timeoutInSeconds": 30,
		"deadLetterQueueDeliveryCount": q.DeadLetterCount, "channelConsumptionLimit": 100,
		"timeCreated": stamp(q.made), "timeUpdated": stamp(q.made), "freeformTags": map[string]string{}, "definedTags": map[string]any{}})
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (s *Server) getStats(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(r)
	if err != nil {
		return err
	}
	channel := r.URL.Query().Get("channelId")
	type stats struct {
		Visible  int `json:"visibleMessages"`
		InFlight int `json:"inFlightMessages"`
		Size     int `json:"sizeInBytes"`
	}
	var alive, dead stats
	for _, m := range q.messages {
		if channel != "" && m.channel != channel {
			continue
		}
		of := &alive
		if m.dead {
			of = &dead
		}
		if m.visibleAfter.After(s.queueTime()) {
			of.InFlight++
		} else {
			of.Visible++
		}
		of.Size += len(m.content)
	}
	out := map[string]any{"queue": alive, "dlq": dead}
	if channel != "" {
		out["channelId"] = channel
	}
	answer(w, http.StatusOK, out)
	return nil
}

func (s *Server) listChannels(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(r)
	if err != nil {
		return err
	}
	filter, found := r.URL.Query().Get("channelFilter"), map[string]bool{}
	for _, m := range q.messages {
		if !m.dead && strings.HasPrefix(m.channel, filter) {
			found[m.channel] = true
		}
	}
	answer(w, http.StatusOK, map[string]any{"items": slices.Sorted(maps.Keys(found))})
	return nil
}

// number reads a number of the query between 0 or 1 and most.
func number(r *request, name string, preset, least, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return preset, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, Failure{http.StatusBadRequest, "InvalidParameter", fmt.Sprintf("%s must be between %d and %d", name, least, most)}
	}
	return n, nil
}

package ocitest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

func (s *Server) putMessages(w http.ResponseWriter, r *request) error {
	var in struct {
		Messages []struct {
			Content  string `json:"content"`
			Metadata struct {
				ChannelID        string            `json:"channelId"`
				CustomProperties map[string]string `json:"customProperties"`
			} `json:"metadata"`
		} `json:"messages"`
	}
	if err := r.decode(&in); err != nil {
		return err
	}
	if n := len(in.Messages); n < 1 || n > queueBatch {
		return Failure{http.StatusBadRequest, "InvalidParameter", fmt.Sprintf("messages size must be between 1 and %d", queueBatch)}
	}
	if len(r.body) > queueRequest {
		return Failure{http.StatusRequestEntityTooLarge, "PayloadTooLarge", "The request is too large."}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(r)
	if err != nil {
		return err
	}
	channels := map[string]bool{}
	for _, m := range q.messages {
		channels[m.channel] = true
	}
	for _, m := range in.Messages {
		channels[m.Metadata.ChannelID] = true
		if m.Content == "" || len(m.Content) > queueMessage {
			return Failure{http.StatusBadRequest, "InvalidParameter", fmt.Sprintf("content length must be between 1 and %d", queueMessage)}
		}
	}
	if len(channels) > queueChannels {
		return Failure{http.StatusBadRequest, "LimitExceeded", "The queue has too many channels."}
	}
	now, out := s.queueTime(), []map[string]any{}
	for _, m := range in.Messages {
		q.messages = append(q.messages, &message{id: q.next, channel: m.Metadata.ChannelID, content: m.Content, custom: m.Metadata.CustomProperties, created: now, visibleAfter: now})
		out = append(out, map[string]any{"id": q.next, "expireAfter": stamp(now.Add(q.Retention))})
		q.next++
	}
	answer(w, http.StatusOK, map[string]any{"messages": out})
	return nil
}

// getMessages waits, if it is to, until there is a message.
func (s *Server) getMessages(w http.ResponseWriter, r *request) error {
	limit, err := number(r, "limit", 1, 1, queueLimit)
	if err != nil {
		return err
	}
	wait, err := number(r, "timeoutInSeconds", queueWait, 0, queueWait)
	if err != nil {
		return err
	}
	visible, err := number(r, "visibilityInSeconds", 30, 0, queueVisible)
	if err != nil {
		return err
	}
	end := time.After(time.Duration(wait) * time.Second)
	for {
		found, err := s.takeMessages(r, limit, time.Duration(visible)*time.Second)
		if err != nil {
			return err
		}
		if len(found) > 0 || wait == 0 {
			answer(w, http.StatusOK, map[string]any{"messages": found})
			return nil
		}
		select {
		case <-r.Context().Done():
			return r.Context().Err()
		case <-end:
			wait = 0
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (s *Server) takeMessages(r *request, limit int, visible time.Duration) ([]map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(r)
	if err != nil {
		return nil, err
	}
	filter, now, out := r.URL.Query().Get("channelFilter"), s.queueTime(), []map[string]any{}
	for _, m := range q.messages {
		if len(out) == limit || m.dead || m.visibleAfter.After(now) || filter != "" && m.channel != filter {
			continue
		}
		m.deliveries++
		m.visibleAfter = now.Add(visible)
		out = append(out, map[string]any{"id": m.id, "content": m.content, "receipt": m.receipt(), "deliveryCount": m.deliveries,
			"visibleAfter": stamp(m.visibleAfter), "expireAfter": stamp(m.created.Add(q.Retention)), "createdAt": stamp(m.created),
			"metadata": map[string]any{"channelId": m.channel, "customProperties": m.custom}})
	}
	return out, nil
}

// held finds the message of a receipt: the last one given out for it.
func (q *workQueue) held(receipt string, now time.Time) (*message, error) {
	i := slices.IndexFunc(q.messages, func(m *message) bool { return m.deliveries > 0 && m.receipt() == receipt && !m.dead })
	switch {
	case i < 0:
		return nil, Failure{http.StatusNotFound, "NotAuthorizedOrNotFound", "The message receipt is not known."}
	case !q.messages[i].visibleAfter.After(now):
		return nil, Failure{http.StatusConflict, "Conflict", "The message is not in flight."}
	}
	return q.messages[i], nil
}

type receiptEntry struct {
	Receipt string `json:"receipt"`
	Visible int    `json:"visibilityInSeconds"`
}

// change does something to a message that is in flight. s.mu is held.
func (s *Server) change(q *workQueue, e receiptEntry, remove bool) (map[string]any, error) {
	m, err := q.held(e.Receipt, s.queueTime())
	if err != nil {
		return nil, err
	}
	if remove {
		q.messages = slices.DeleteFunc(q.messages, func(o *message) bool { return o == m })
		return map[string]any{}, nil
	}
	if e.Visible < 0 || e.Visible > queueVisible {
		return nil, Failure{http.StatusBadRequest, "InvalidParameter", fmt.Sprintf("visibilityInSeconds must be between 0 and %d", queueVisible)}
	}
	m.visibleAfter = s.queueTime().Add(time.Duration(e.Visible) * time.Second)
	return map[string]any{"id": m.id, "visibleAfter": stamp(m.visibleAfter)}, nil
}

// changeAll answers a result for each entry, in their order.
func (s *Server) changeAll(w http.ResponseWriter, r *request, remove bool) error {
	var in struct {
		Entries []receiptEntry `json:"entries"`
	}
	if err := r.decode(&in); err != nil {
		return err
	}
	if n := len(in.Entries); n < 1 || n > queueBatch {
		return Failure{http.StatusBadRequest, "InvalidParameter", fmt.Sprintf("entries size must be between 1 and %d", queueBatch)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(r)
	if err != nil {
		return err
	}
	results, failed := []map[string]any{}, 0
	for _, e := range in.Entries {
		done, err := s.change(q, e, remove)
		if f, ok := err.(Failure); ok {
			failed++
			done = map[string]any{"errorCode": f.Status, "errorMessage": f.Message}
		}
		results = append(results, done)
	}
	answer(w, http.StatusOK, map[string]any{"serverFailures": 0, "clientFailures": failed, "entries": results})
	return nil
}

func (s *Server) deleteMessages(w http.ResponseWriter, r *request) error {
	return s.changeAll(w, r, true)
}

func (s *Server) updateMessages(w http.ResponseWriter, r *request) error {
	return s.changeAll(w, r, false)
}

func (s *Server) deleteMessage(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(r)
	if err == nil {
		_, err = s.change(q, receiptEntry{Receipt: r.part["receipt"]}, true)
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (s *Server) updateMessage(w http.ResponseWriter, r *request) error {
	var in receiptEntry
	if err := r.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queue(r)
	if err != nil {
		return err
	}
	done, err := s.change(q, receiptEntry{r.part["receipt"], in.Visible}, false)
	if err == nil {
		answer(w, http.StatusOK, done)
	}
	return err
}

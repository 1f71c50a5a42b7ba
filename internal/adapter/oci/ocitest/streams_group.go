package ocitest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// streamGroup is a group of consumers: for each partition what is committed and
// who has it reserved. A reset begins another epoch, which cursors of the one
// before do not survive.
type streamGroup struct {
	parts     []reservation
	instances map[string]*instance
	epoch     int
}

type reservation struct {
	next      int64 // the offset after the committed one
	committed bool
	by        string
	read      int64 // the offset after what the instance was given
}

type instance struct {
	until   time.Time
	timeout time.Duration
}

// groupCursor is what the opaque text of a cursor stands for.
type groupCursor struct {
	group, instance string
	epoch           int
	read            map[int]int64 // partition to the offset after what was given up to this cursor
	auto            bool          // a get commits what the get before it gave
}

type place struct {
	Type string    `json:"type"`
	Time time.Time `json:"time"`
}

// offset is where a place is in a partition.
func (st *streamState) offset(p int, at place) (int64, error) {
	switch all := st.partitions[p]; at.Type {
	case "TRIM_HORIZON":
		return 0, nil
	case "LATEST":
		return int64(len(all)), nil
	case "AT_TIME":
		if i := slices.IndexFunc(all, func(m record) bool { return !m.at.Before(at.Time) }); i >= 0 {
			return int64(i), nil
		}
		return int64(len(all)), nil
	}
	return 0, Failure{http.StatusBadRequest, "InvalidParameter", "The type of a cursor is TRIM_HORIZON, LATEST or AT_TIME."}
}

func (s *Server) createGroupCursor(w http.ResponseWriter, r *request) error {
	var in struct {
		place
		GroupName    string `json:"groupName"`
		InstanceName string `json:"instanceName"`
		TimeoutInMs  int    `json:"timeoutInMs"`
		CommitOnGet  *bool  `json:"commitOnGet"`
	}
	if err := r.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st, err := s.stream(r)
	if err != nil {
		return err
	}
	g := st.groups[in.GroupName]
	if g == nil { // the type counts for a new group only
		g = &streamGroup{parts: make([]reservation, len(st.partitions)), instances: map[string]*instance{}}
		for p := range g.parts {
			if g.parts[p].next, err = st.offset(p, in.place); err != nil {
				return err
			}
		}
		st.groups[in.GroupName] = g
	}
	if in.InstanceName == "" {
		in.InstanceName = newID()
	}
	timeout := time.Duration(in.TimeoutInMs) * time.Millisecond
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	now := s.streamNow()
	g.instances[in.InstanceName] = &instance{until: now.Add(timeout), timeout: timeout}
	for p := range g.parts { // one that comes again begins where it had committed
		if x := &g.parts[p]; x.by == in.InstanceName {
			x.read = x.next
		}
	}
	c := &groupCursor{group: in.GroupName, instance: in.InstanceName, epoch: g.epoch, read: map[int]int64{}, auto: in.CommitOnGet == nil || *in.CommitOnGet}
	answer(w, http.StatusOK, map[string]string{"value": st.remember(c)})
	return nil
}

func (st *streamState) remember(c *groupCursor) string {
	id := newID()
	st.cursors[id] = c
	return id
}

// turn finds the cursor of a request and gives its instance the share of
// partitions that is its. s.mu is held.
func (s *Server) turn(r *request) (*streamState, *streamGroup, *groupCursor, error) {
	st, err := s.stream(r)
	if err != nil {
		return nil, nil, nil, err
	}
	c := st.cursors[r.URL.Query().Get("cursor")]
	if c == nil {
		return nil, nil, nil, invalidCursor("The cursor is not known.")
	}
	g, now := st.groups[c.group], s.streamNow()
	g.expire(now)
	i := g.instances[c.instance]
	if i == nil || c.epoch != g.epoch {
		return nil, nil, nil, invalidCursor("The instance of the cursor has lost its partitions.")
	}
	i.until = now.Add(i.timeout)
	g.balance(c.instance)
	return st, g, c, nil
}

func invalidCursor(message string) error {
	return Failure{http.StatusBadRequest, "InvalidCursor", message}
}

// expire forgets instances that were silent for too long.
func (g *streamGroup) expire(now time.Time) {
	for name, i := range g.instances {
		if !now.After(i.until) {
			continue
		}
		delete(g.instances, name)
		for p := range g.parts {
			if g.parts[p].by == name {
				g.parts[p].by = ""
			}
		}
	}
}

// balance brings the partitions of an instance to its share; it keeps those of
// which something is yet to be committed.
func (g *streamGroup) balance(name string) {
	most := (len(g.parts) + len(g.instances) - 1) / len(g.instances)
	have := 0
	for p := range g.parts {
		if g.parts[p].by == name {
			have++
		}
	}
	for p := range g.parts {
		x := &g.parts[p]
		switch {
		case x.by == name && have > most && x.read == x.next:
			x.by = ""
			have--
		case x.by == "" && have < most:
			x.by, x.read = name, x.next
			have++
		}
	}
}

func (s *Server) readMessages(w http.ResponseWriter, r *request) error {
	limit := 100
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 10_000 {
			return Failure{http.StatusBadRequest, "InvalidParameter", "limit is between 1 and 10000."}
		}
		limit = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st, g, c, err := s.turn(r)
	if err != nil {
		return err
	}
	if c.auto {
		g.commit(c)
	}
	items := []map[string]any{}
	after := *c
	after.read = maps.Clone(c.read)
	for p := range g.parts {
		x := &g.parts[p]
		if x.by != c.instance {
			continue
		}
		// A cursor is a place: who asks again with it is given the same.
		offset := max(c.read[p], x.next)
		for ; offset < int64(len(st.partitions[p])) && len(items) < limit; offset++ {
			m := st.partitions[p][offset]
			items = append(items, map[string]any{"stream": st.id, "partition": fmt.Sprint(p), "key": m.key, "value": m.value, "offset": offset, "timestamp": m.at.Format(time.RFC3339Nano)})
			after.read[p] = offset + 1
		}
		x.read = offset
	}
	w.Header().Set("opc-next-cursor", st.remember(&after))
	answer(w, http.StatusOK, items)
	return nil
}

// commit moves on what the instance of a cursor still has.
func (g *streamGroup) commit(c *groupCursor) {
	for p, read := range c.read {
		if x := &g.parts[p]; x.by == c.instance && read > x.next {
			x.next, x.committed = read, true
		}
	}
}

func (s *Server) consumerCommit(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, g, c, err := s.turn(r)
	if err != nil {
		return err
	}
	g.commit(c)
	after := *c
	after.read = map[int]int64{}
	answer(w, http.StatusOK, map[string]string{"value": st.remember(&after)})
	return nil
}

func (s *Server) consumerHeartbeat(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, _, c, err := s.turn(r)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, map[string]string{"value": st.remember(c)})
	return nil
}

// streamGroup finds the group of a request. s.mu is held.
func (s *Server) streamGroup(r *request) (*streamState, *streamGroup, error) {
	st, err := s.stream(r)
	if err != nil {
		return nil, nil, err
	}
	g := st.groups[r.part["group"]]
	if g == nil {
		return nil, nil, Failure{http.StatusNotFound, "GroupNotFound", "There is no group " + r.part["group"]}
	}
	return st, g, nil
}

func (s *Server) getGroup(w http.ResponseWriter, r *request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, g, err := s.streamGroup(r)
	if err != nil {
		return err
	}
	g.expire(s.streamNow())
	var all []map[string]any
	for p, x := range g.parts {
		one := map[string]any{"partition": fmt.Sprint(p)}
		if x.committed {
			one["committedOffset"] = x.next - 1
		}
		if i := g.instances[x.by]; i != nil {
			one["reservedInstance"], one["timeReservedUntil"] = x.by, i.until.Format(time.RFC3339Nano)
		}
		all = append(all, one)
	}
	answer(w, http.StatusOK, map[string]any{"streamId": st.id, "groupName": r.part["group"], "reservations": all})
	return nil
}

func (s *Server) updateGroup(w http.ResponseWriter, r *request) error {
	var to place
	if err := r.decode(&to); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st, g, err := s.streamGroup(r)
	if err != nil {
		return err
	}
	parts := make([]reservation, len(g.parts))
	for p := range parts {
		if parts[p].next, err = st.offset(p, to); err != nil {
			return err
		}
	}
	g.parts, g.instances = parts, map[string]*instance{}
	g.epoch++
	w.WriteHeader(http.StatusNoContent)
	return nil
}

package oraemu

import "database/sql/driver"

// prepared is a plan with the engine's compiled statement. On PostgreSQL stmt
// is nil: pgx keeps its own statement cache.
type prepared struct {
	*plan
	stmt       engineStmt
	text       string
	generation uint64
	busy       bool // rows are open on stmt
	evicted    bool // close stmt when they are closed
	prev, next *prepared
}

type engineStmt interface {
	driver.StmtExecContext
	driver.StmtQueryContext
	Close() error
}

// cache holds a connection's prepared statements, least recently used last.
// A connection serves one goroutine at a time, so it needs no lock.
type cache struct {
	limit      int
	byText     map[string]*prepared
	head, tail *prepared
}

func (c *cache) get(text string, generation uint64) *prepared {
	p := c.byText[text]
	if p == nil {
		return nil
	}
	if p.generation != generation {
		c.evict(p)
		return nil
	}
	if c.head != p {
		c.unlink(p)
		c.push(p)
	}
	return p
}

func (c *cache) put(p *prepared) {
	if c.byText == nil {
		c.byText = make(map[string]*prepared, c.limit)
	}
	if old := c.byText[p.text]; old != nil {
		c.evict(old)
	}
	if len(c.byText) >= c.limit {
		c.evict(c.tail)
	}
	c.byText[p.text] = p
	c.push(p)
}

func (c *cache) push(p *prepared) {
	p.prev, p.next = nil, c.head
	if c.head != nil {
		c.head.prev = p
	}
	c.head = p
	if c.tail == nil {
		c.tail = p
	}
}

func (c *cache) unlink(p *prepared) {
	if p.prev != nil {
		p.prev.next = p.next
	} else {
		c.head = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	} else {
		c.tail = p.prev
	}
	p.prev, p.next = nil, nil
}

func (c *cache) evict(p *prepared) {
	delete(c.byText, p.text)
	c.unlink(p)
	p.evicted = true
	if !p.busy {
		p.close()
	}
}

func (c *cache) clear() {
	for c.head != nil {
		c.evict(c.head)
	}
}

// release ends the use of p's statement by a query's rows.
func (p *prepared) release() {
	p.busy = false
	if p.evicted {
		p.close()
	}
}

// drop ends a call that leaves no rows open.
func (p *prepared) drop() {
	if p.evicted && !p.busy {
		p.close()
	}
}

// close gives the statement back to the engine. Its error would repeat the one
// of the last execution, which was reported then.
func (p *prepared) close() {
	if p.stmt != nil {
		p.stmt.Close()
		p.stmt = nil
	}
}

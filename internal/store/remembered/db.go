package remembered

import (
	"context"

	"tradewind/internal/store"
)

// DB is a database of which sessions and carts are remembered.
type DB struct {
	store.DB
	Memory *Memory
}

var _ store.DB = (*DB)(nil)

// InTx implements store.DB. What is read in fn comes from the database; what is
// written is forgotten as soon as it is over, also if it failed: a commit may
// have been done whose answer was lost.
func (d *DB) InTx(ctx context.Context, fn func(tx store.Stores) error) error {
	changed := &changes{m: d.Memory}
	defer changed.tell(ctx)
	return d.DB.InTx(ctx, func(tx store.Stores) error { return fn(watched(tx, changed.add)) })
}

// Read implements store.DB. Who a customer's session belongs to and what a cart
// shows may be remembered.
func (d *DB) Read() store.Stores {
	s := d.DB.Read()
	out := watched(s, func(ctx context.Context, c change) { d.Memory.forget(ctx, c) })
	out.Sessions = knownSessions{out.Sessions, d.Memory}
	out.Carts = knownCarts{out.Carts, d.Memory}
	return out
}

// changes are what a transaction has changed, each once.
type changes struct {
	m    *Memory
	list []change
	have map[change]bool
}

func (c *changes) add(_ context.Context, x change) {
	if c.have[x] {
		return
	}
	if c.have == nil {
		c.have = map[change]bool{}
	}
	c.have[x] = true
	c.list = append(c.list, x)
}

func (c *changes) tell(ctx context.Context) {
	for _, x := range c.list {
		c.m.forget(ctx, x)
	}
}

// change names the document of a session or of a cart that is another now.
type change struct {
	session bool
	key     string
}

func (m *Memory) forget(ctx context.Context, c change) {
	most := MostCarts
	if c.session {
		most = MostSessions
	}
	m.Docs.Forget(ctx, c.key, most)
}

// watched tells of each change that the stores make.
func watched(s store.Stores, tell func(ctx context.Context, c change)) store.Stores {
	out := s
	out.Carts = carts{s.Carts, func(ctx context.Context, id string) { tell(ctx, change{false, cartKey(id)}) }}
	told := func(ctx context.Context, tokenHash []byte) { tell(ctx, change{true, sessionKey(tokenHash)}) }
	out.Sessions = sessions{s.Sessions, told}
	out.Customers = customers{s.Customers, s.Sessions, told}
	out.Identities = identities{s.Identities, told}
	return out
}
